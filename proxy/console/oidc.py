"""Officers log in at an issuer: OpenID Connect, authorization code with PKCE (RFC 7636).

The issuer's claim ``roles`` has a person's roles of the admin API, ``audit_tenants`` the tenants whose evidence they
read without a role for all. A second factor counts where ``amr`` names one, from the time that the issuer states.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson
from aiohttp import web

from proxy.console import security
from proxy.console.visit import Console
from proxy.errors import IdentityUnavailableError, UnauthenticatedError
from proxy.identity.console_logins import LoginKind
from proxy.identity.oidc import Issuer, OidcIdentity, person
from proxy.ports import Clock

_FETCH_S = 5.0
_PATH = "/console/login/answer"
#: What an issuer calls a second factor (RFC 8176).
_SECOND = frozenset({"mfa", "otp", "hwk", "swk", "fpt", "face", "sc"})
_FRESH_S = "300"
_LONGEST = 256


@dataclass(slots=True)
class OidcLogin:
    """A client of an issuer. ``url``: where browsers reach this service; ``login``: the claim that names a person."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    url: str
    clock: Clock
    login: str = "sub"
    _metadata: Mapping[str, Any] = field(default_factory=dict)
    _identity: OidcIdentity | None = None

    async def asked(self, console: Console, wanted: str, *, fresh: bool) -> web.Response:
        """Return the way to the issuer; what comes back must fit what this browser asked.

        Raises:
            IdentityUnavailableError: the issuer does not say where it is asked.

        """
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        state = await console.logins.add(LoginKind.ASKING, {"verifier": verifier, "nonce": nonce, "next": wanted})
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": self.url + _PATH, "scope": "openid",
            "state": state, "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256",
            **({"prompt": "login", "max_age": _FRESH_S} if fresh else {}),
        }  # fmt: skip
        at = str((await self._discovered())["authorization_endpoint"])
        location = f"{at}{'&' if '?' in at else '?'}{urlencode(query)}"
        response = web.Response(status=303, headers={**security.HEADERS, "Location": location})
        response.set_cookie(
            self._cookie, state, path="/", max_age=600, secure=console.site.secure, httponly=True, samesite="Lax"
        )
        return response

    async def person(self, console: Console, request: web.Request) -> tuple[Mapping[str, Any], str]:
        """Return who the issuer says has come, and the page that they wanted.

        Raises:
            UnauthenticatedError: this browser did not ask, it asked before, or the issuer says something else.
            IdentityUnavailableError: the issuer does not answer.

        """
        state = request.query.get("state", "")
        if not state or state != request.cookies.get(self._cookie):
            raise UnauthenticatedError
        asked = await console.logins.take(LoginKind.ASKING, state)
        if asked is None or "code" not in request.query:
            raise UnauthenticatedError
        token = await self._exchanged(request.query["code"], str(asked.login["verifier"]))
        claims = await (await self._checked_by()).claims(token)
        if claims is None or claims.get("nonce") != asked.login["nonce"]:
            raise UnauthenticatedError
        return _person(claims, self.login), str(asked.login["next"])

    @property
    def _cookie(self) -> str:
        return "__Host-cp_asking" if self.url.startswith("https://") else "cp_asking"

    async def _exchanged(self, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.url + _PATH,
            "client_id": self.client_id, "code_verifier": verifier,
            **({"client_secret": self.client_secret} if self.client_secret else {}),
        }  # fmt: skip
        answer = await self._fetched("POST", str((await self._discovered())["token_endpoint"]), form)
        return str(answer.get("id_token", ""))

    async def _discovered(self) -> Mapping[str, Any]:
        if not self._metadata:
            metadata = await self._fetched("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if metadata.get("issuer") != self.issuer:
                raise IdentityUnavailableError
            self._metadata = metadata
        return self._metadata

    async def _checked_by(self) -> OidcIdentity:
        if self._identity is None:
            jwks = str((await self._discovered())["jwks_uri"])
            self._identity = OidcIdentity(Issuer(self.issuer, self.client_id, jwks), self.clock)
        return self._identity

    async def _fetched(self, method: str, url: str, form: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        timeout = aiohttp.ClientTimeout(total=_FETCH_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.request(method, url, data=form, allow_redirects=False) as response,
            ):
                answer = orjson.loads(await response.read())
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise IdentityUnavailableError from error
        if not isinstance(answer, Mapping):
            raise IdentityUnavailableError
        return answer


def _person(claims: Mapping[str, Any], login: str) -> Mapping[str, Any]:
    """Return a person as a session keeps it.

    Raises:
        UnauthenticatedError: the token names nobody.

    """
    name = person(claims, login)[:_LONGEST]
    if not name:
        raise UnauthenticatedError
    methods, at = set(_texts(claims.get("amr"))), claims.get("auth_time")
    second = bool(_SECOND & methods) and isinstance(at, int | float)
    tenants = _texts(claims.get("audit_tenants"))
    return {
        "person": name,
        "roles": _texts(claims.get("roles")),
        "tenant": tenants[0] if tenants else "",
        "by": "oidc",
        "mfa": second,
        "fresh_at": at if second else 0,
    }


def _texts(value: Any) -> list[str]:
    return [text[:_LONGEST] for text in value if isinstance(text, str)] if isinstance(value, list) else []
