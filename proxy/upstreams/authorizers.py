"""Authorizes calls to targets. Authorizers run last, over exactly the bytes that are sent."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from pydantic import SecretStr

from proxy.core.routing.routing import Sender
from proxy.core.targets.registered import Target
from proxy.errors import TargetCredentialError
from proxy.schemes import SCHEMES
from proxy.schemes.scheme import Credential, PreparedRequest, without
from proxy.upstreams.credentials import Credentials
from proxy.upstreams.tokens import AccessTokens


class Authorizers:
    """Adds to a call the credential that its target requires."""

    def __init__(self, credentials: Credentials, tokens: AccessTokens) -> None:
        self._credentials = credentials
        self._tokens = tokens

    async def authorized(self, call: PreparedRequest, target: Target, sender: Sender) -> PreparedRequest:
        """Return the call with the target's credential in place.

        Raises:
            TargetCredentialError: there is none, or it lacks the form that its scheme requires.

        """
        how, call = target.access.authorization, replace(call, headers=without("Authorization", call.headers))
        scheme = SCHEMES[how.scheme]
        if scheme.credential is Credential.NONE:
            return call
        secret = self._secret(target, sender)
        if secret is None:
            if scheme.credential is Credential.OPTIONAL:
                return call  # a server in one's own network, or a variable left unset
            raise TargetCredentialError(f"target {target.id} has no credential")
        value = secret.get_secret_value()
        if scheme.exchange_scope:
            value = await self._tokens.of(value, how[scheme.exchange_scope], target.id)
        try:
            call = scheme.present(call, how, value)
            account = sender.accounts.get(how[scheme.account]) if scheme.account else None
            return call.with_header(how[scheme.account], account) if account else call
        except ValueError as error:
            raise TargetCredentialError(f"the credential of target {target.id} {error}") from None

    def answered(self, target: Target, status: int) -> None:
        """Forget a token that the target did not accept."""
        how = target.access.authorization
        scope = SCHEMES[how.scheme].exchange_scope
        if status == HTTPStatus.UNAUTHORIZED and scope:
            secret = self._credentials.of(target)
            if secret is not None:
                self._tokens.refused(secret.get_secret_value(), how[scope])

    def _secret(self, target: Target, sender: Sender) -> SecretStr | None:
        if SCHEMES[target.access.authorization.scheme].credential is Credential.CALLER:
            return SecretStr(sender.credential) if sender.credential else None
        return self._credentials.of(target)
