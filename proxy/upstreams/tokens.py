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

import aiohttp
import orjson

from proxy.errors import TargetCredentialError, TokenUnavailableError, UpstreamError
from proxy.ports import Clock
from proxy.runtime.background import Background
from proxy.upstreams.circuit import OPEN_S

#: (URL, form) -> (status, body) of a POST of the form.
Post = Callable[[str, Mapping[str, str]], Awaitable[tuple[int, bytes]]]

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION_S = 3600  # the longest that Google accepts
_EARLY_S, _LAST_S = 60.0, 5.0  # a token is renewed this long before its end, and used until this long before it
_USUAL_S = 300  # the lifetime of a token that does not state one
_OK = 200


#: The fault of a target whose token could not be fetched.
_Fault = Callable[[str], UpstreamError]


@dataclass(slots=True)
class _CachedToken:
    """A token; ``fault`` is why there is none until ``again_at``, ``fetching`` what all callers wait for."""

    token: str = field(default="", repr=False)
    expires_at: float = 0.0
    fault: _Fault | None = None
    again_at: float = float("-inf")
    fetching: asyncio.Event | None = None


class AccessTokens:
    """Fetches tokens and caches each until shortly before its end; one that a target refuses is fetched again.

    All callers wait for one fetch, of at most ``limit_s`` seconds, that none of them ends by leaving; while the token
    before is valid nobody waits, and its renewal may fail. After a failure there is none for ``OPEN_S`` seconds.
    """

    def __init__(self, post: Post, clock: Clock, limit_s: float, background: Background) -> None:
        self._post = post
        self._background = background
        self._clock = clock
        self._limit_s = limit_s
        self._cached: dict[bytes, _CachedToken] = {}

    async def of(self, secret: str, scope: str, target: str) -> str:
        """Return a token for a target.

        Raises:
            TargetCredentialError: the secret has no known form, or no token was issued.
            TokenUnavailableError: the endpoint did not answer in time.

        """
        cached = self._cached.setdefault(_key(secret, scope), _CachedToken())
        now = self._clock.monotonic()
        if cached.expires_at - _EARLY_S <= now and cached.again_at <= now and cached.fetching is None:
            cached.fetching = asyncio.Event()
            self._background.start("token", self._fetch(cached, cached.fetching, secret, scope))
        if cached.expires_at - _LAST_S <= now:
            if cached.fetching is not None:
                await cached.fetching.wait()
            if cached.fault is not None:
                raise cached.fault(target)
        return cached.token

    def refused(self, secret: str, scope: str) -> None:
        """Forget a token that a target refused."""
        self._cached.pop(_key(secret, scope), None)

    async def _fetch(self, cached: _CachedToken, ended: asyncio.Event, secret: str, scope: str) -> None:
        """Fetch a token, or note why there is none."""
        cached.fault = TokenUnavailableError.of
        try:
            async with asyncio.timeout(self._limit_s):
                cached.token, lifetime = await self._issued(secret, scope)
            cached.expires_at, cached.fault = self._clock.monotonic() + lifetime, None
        except _NoTokenError as error:
            cached.fault = error.fault
        except (TimeoutError, aiohttp.ClientError, OSError):
            pass
        except UpstreamError as error:
            cached.fault = _same(error)
        finally:
            if cached.fault is not None:
                cached.again_at = self._clock.monotonic() + OPEN_S
            cached.fetching = None
            ended.set()

    async def _issued(self, secret: str, scope: str) -> tuple[str, float]:
        try:
            account = orjson.loads(secret)
            address, form = str(account["token_uri"]), await self._form(account, scope)
        except (ValueError, KeyError, TypeError) as error:
            raise _NoTokenError("the credential of target {} is neither a service account nor a client") from error
        status, body = await self._post(address, form)
        try:
            answer = orjson.loads(body) if status == _OK else {}
            return str(answer["access_token"]), float(answer.get("expires_in", _USUAL_S))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _NoTokenError(f"no token was issued for target {{}} (status {status})") from error

    async def _form(self, account: Mapping[str, Any], scope: str) -> Mapping[str, str]:
        if "private_key" not in account:
            client = {"client_id": str(account["client_id"]), "client_secret": str(account["client_secret"])}
            return {"grant_type": "client_credentials", **client, **({"scope": scope} if scope else {})}
        now = int(self._clock.now())
        claims = {"iss": account["client_email"], "aud": account["token_uri"], "iat": now, "exp": now + _ASSERTION_S}
        header = {"alg": "RS256", "typ": "JWT", **_named(account, "private_key_id", "kid")}
        pem = account["private_key"]
        signed = await asyncio.to_thread(_signed, header, {**claims, "scope": scope}, pem)  # a key is checked at length
        return {"grant_type": _GRANT, "assertion": signed}


def _same(fault: UpstreamError) -> _Fault:
    return lambda _target: type(fault)(str(fault))


class _NoTokenError(Exception):
    """The text of why there is no token, with a placeholder for the target."""

    def fault(self, target: str) -> UpstreamError:
        return TargetCredentialError(str(self).format(target))


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
