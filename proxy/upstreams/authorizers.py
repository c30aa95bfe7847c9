"""How a call to a target proves whose it is. Authorizers run last, over the very bytes that leave.

A secret stands in the call alone: never in an error, a log or a record, nor does the URL that holds one in its query.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import orjson
from pydantic import SecretStr
from yarl import URL

from proxy.core.routing.sender import Sender
from proxy.core.targets.access import Authorization
from proxy.core.targets.registered import Target
from proxy.errors import TargetCredentialError
from proxy.upstreams.credentials import Credentials
from proxy.upstreams.tokens import AccessTokens

ADD_AWS = "pip install 'compliance-proxy[aws]'"
_UNAUTHORIZED = 401
#: Characters of a value that may stand in a header.
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A call as it leaves: the URL is encoded, header names are as given."""

    method: str
    url: URL
    headers: Mapping[str, str]
    body: bytes

    def with_header(self, name: str, value: str) -> PreparedRequest:
        """Return it with one more header, in whose place none remains."""
        return replace(self, headers={**self.without(name).headers, name: value})

    def without(self, name: str) -> PreparedRequest:
        """Return it without a header."""
        return replace(self, headers={key: text for key, text in self.headers.items() if key.lower() != name.lower()})


class Authorizers:
    """Adds to a call what its target asks for."""

    def __init__(self, credentials: Credentials, tokens: AccessTokens) -> None:
        self._credentials = credentials
        self._tokens = tokens
        self._schemes: Mapping[str, Callable[[PreparedRequest, Target, str], Awaitable[PreparedRequest]]] = {
            "bearer": self._bearer,
            "caller": self._bearer,
            "header": self._header,
            "query": self._query,
            "basic": self._basic,
            "sigv4": self._sigv4,
            "oauth": self._oauth,
        }

    async def authorized(self, call: PreparedRequest, target: Target, sender: Sender) -> PreparedRequest:
        """Return the call with the target's credential in its place.

        Raises:
            TargetCredentialError: there is none, or it is not of the form that its scheme needs.

        """
        how, call = target.access.authorization, call.without("Authorization")
        if how.scheme == "none":
            return call
        secret = self._secret(target, sender)
        if secret is None:
            if how.scheme == "bearer":
                return call  # a server in one's own network, or a variable that was left unset
            raise TargetCredentialError(f"target {target.id} has no credential")
        return await self._schemes[how.scheme](call, target, secret.get_secret_value())

    def answered(self, target: Target, status: int) -> None:
        """Forget a token that the target did not accept."""
        how = target.access.authorization
        if status == _UNAUTHORIZED and how.scheme == "oauth":
            secret = self._credentials.of(target)
            if secret is not None:
                self._tokens.refused(secret.get_secret_value(), how.scope)

    def _secret(self, target: Target, sender: Sender) -> SecretStr | None:
        if target.access.authorization.scheme == "caller":
            return SecretStr(sender.credential) if sender.credential else None
        return self._credentials.of(target)

    async def _bearer(self, call: PreparedRequest, target: Target, secret: str) -> PreparedRequest:
        return call.with_header("Authorization", f"Bearer {_value(secret, target)}")

    async def _header(self, call: PreparedRequest, target: Target, secret: str) -> PreparedRequest:
        return call.with_header(target.access.authorization.name, _value(secret, target))

    async def _query(self, call: PreparedRequest, target: Target, secret: str) -> PreparedRequest:
        name = target.access.authorization.name
        return replace(call, url=with_query(call.url, ((name, secret),)))

    async def _basic(self, call: PreparedRequest, target: Target, secret: str) -> PreparedRequest:
        if ":" not in secret:
            raise TargetCredentialError(f"the credential of target {target.id} is not of the form user:password")
        return call.with_header("Authorization", "Basic " + base64.b64encode(secret.encode()).decode())

    async def _sigv4(self, call: PreparedRequest, target: Target, secret: str) -> PreparedRequest:
        return replace(call, headers={**call.headers, **signed(call, target, _aws_keys(secret, target))})

    async def _oauth(self, call: PreparedRequest, target: Target, secret: str) -> PreparedRequest:
        scope = target.access.authorization.scope
        token = await self._tokens.of(secret, scope, target.id)
        return call.with_header("Authorization", f"Bearer {_value(token, target)}")


def with_query(url: URL, pairs: tuple[tuple[str, str], ...]) -> URL:
    """Return a URL with further parameters, encoded as SigV4 reads them: a space is %20, never a plus sign."""
    said = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
    together = "&".join(part for part in (url.raw_query_string, said) if part)
    return url.with_query(None) if not together else URL(f"{url.with_query(None)}?{together}", encoded=True)


def signed(call: PreparedRequest, target: Target, keys: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of AWS Signature Version 4 over method, path, query, headers, host and body.

    Raises:
        TargetCredentialError: this installation has no signer.

    """
    how: Authorization = target.access.authorization
    try:
        from botocore.auth import SigV4Auth  # noqa: PLC0415  an extra
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415
        from botocore.credentials import Credentials as Keys  # noqa: PLC0415
    except ImportError as error:
        raise TargetCredentialError(f"target {target.id} needs a signer: {ADD_AWS}") from error
    request: Any = AWSRequest(call.method, str(call.url), headers=dict(call.headers), data=call.body)
    keys_ = Keys(keys["AccessKeyId"], keys["SecretAccessKey"], keys.get("SessionToken"))
    SigV4Auth(keys_, how.service, how.region).add_auth(request)
    return {name: value for name, value in request.headers.items() if name not in call.headers}


def _aws_keys(secret: str, target: Target) -> Mapping[str, str]:
    """Read an access key as the AWS tools write one: the output of a credential process, or ``id:secret[:token]``."""
    try:
        keys = orjson.loads(secret) if secret.startswith("{") else _parted(secret)
        if all(isinstance(keys[name], str) and keys[name] for name in ("AccessKeyId", "SecretAccessKey")):
            return {name: value for name, value in keys.items() if isinstance(value, str) and value}
    except (ValueError, KeyError):
        pass
    raise TargetCredentialError(f"the credential of target {target.id} is no AWS access key")


def _parted(secret: str) -> dict[str, str]:
    identity, key, token = (*secret.split(":", 2), "", "")[:3]
    return {"AccessKeyId": identity, "SecretAccessKey": key, "SessionToken": token}


def _value(secret: str, target: Target) -> str:
    if not _HEADER_VALUE.fullmatch(secret):
        raise TargetCredentialError(f"the credential of target {target.id} cannot stand in a header")
    return secret
