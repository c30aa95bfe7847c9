"""Access tokens for targets: a service account's signed assertion, or a client's secret, becomes a short-lived token.

The secret is JSON. With ``client_email``, ``private_key`` and ``token_uri``, as Google Cloud issues it for a service
account, it signs an assertion (RFC 7523); with ``client_id``, ``client_secret`` and ``token_uri`` it is a client's own
(RFC 6749 section 4.4, Microsoft Entra).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from proxy.errors import TargetCredentialError
from proxy.ports import Clock

#: (URL, form) -> (status, body) of a POST of the form.
Post = Callable[[str, Mapping[str, str]], Awaitable[tuple[int, bytes]]]

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION_S = 3600  # the longest that Google accepts
_EARLY_S = 60.0  # a token is renewed this long before its end
_USUAL_S = 300  # the lifetime of a token that does not state one
_OK = 200


@dataclass(slots=True)
class _CachedToken:
    token: str = field(default="", repr=False)
    expires_at: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class AccessTokens:
    """Fetches tokens and caches each until shortly before its end; one that a target refuses is fetched again."""

    def __init__(self, post: Post, clock: Clock) -> None:
        self._post = post
        self._clock = clock
        self._cached: dict[bytes, _CachedToken] = {}

    async def of(self, secret: str, scope: str, target: str) -> str:
        """Return a token for a target.

        Raises:
            TargetCredentialError: the secret has no known form, or no token was issued.
            Whatever ``post`` raises: the endpoint did not answer.

        """
        cached = self._cached.setdefault(_key(secret, scope), _CachedToken())
        async with cached.lock:
            if cached.expires_at - _EARLY_S <= self._clock.monotonic():
                cached.token, lifetime = await self._fetch(secret, scope, target)
                cached.expires_at = self._clock.monotonic() + lifetime
            return cached.token

    def refused(self, secret: str, scope: str) -> None:
        """Forget a token that a target refused."""
        self._cached.pop(_key(secret, scope), None)

    async def _fetch(self, secret: str, scope: str, target: str) -> tuple[str, float]:
        try:
            account = orjson.loads(secret)
            address, form = str(account["token_uri"]), self._form(account, scope)
        except (ValueError, KeyError, TypeError) as error:
            raise TargetCredentialError(
                f"the credential of target {target} is neither a service account nor a client"
            ) from error
        status, body = await self._post(address, form)
        try:
            answer = orjson.loads(body) if status == _OK else {}
            return str(answer["access_token"]), float(answer.get("expires_in", _USUAL_S))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TargetCredentialError(f"no token was issued for target {target} (status {status})") from error

    def _form(self, account: Mapping[str, Any], scope: str) -> Mapping[str, str]:
        if "private_key" not in account:
            client = {"client_id": str(account["client_id"]), "client_secret": str(account["client_secret"])}
            return {"grant_type": "client_credentials", **client, **({"scope": scope} if scope else {})}
        now = int(self._clock.now())
        claims = {"iss": account["client_email"], "aud": account["token_uri"], "iat": now, "exp": now + _ASSERTION_S}
        header = {"alg": "RS256", "typ": "JWT", **_named(account, "private_key_id", "kid")}
        return {"grant_type": _GRANT, "assertion": _signed(header, {**claims, "scope": scope}, account["private_key"])}


def _signed(header: Mapping[str, str], claims: Mapping[str, Any], pem: str) -> str:
    """Return the claims as a signed token.

    Raises:
        ValueError: the key is invalid.

    """
    from joserfc import jwt  # noqa: PLC0415 - a twentieth of a second that few need
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import RSAKey  # noqa: PLC0415

    try:
        return jwt.encode(dict(header), dict(claims), RSAKey.import_key(pem))
    except JoseError as error:
        raise ValueError("invalid key") from error


def _named(account: Mapping[str, Any], member: str, name: str) -> dict[str, str]:
    return {name: str(account[member])} if member in account else {}


def _key(secret: str, scope: str) -> bytes:
    return hashlib.sha256(f"{secret}\0{scope}".encode()).digest()
