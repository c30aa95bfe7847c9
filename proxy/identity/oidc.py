"""OIDC bearer tokens, verified against the issuer's JWKS, which is cached and used while the issuer is unreachable.

A token carries the caller's binding in the claim ``compliance``::

    {"tenant": "acme-eu", "service": "crm", "activities": ["support-chat"], "ingress_region": "DE",
     "subject_region": "DE", "country": "DE"}

``service``, or else the login of a person (the claim ``sub``, or a verified ``email`` where the issuer is set to that)
names the actor; ``amr`` containing "mfa" means that it used a second factor. ``jti`` is the key's id; without one it is
made of issuer, tenant and actor. A person who only calls operations of the admin API needs the tenant and ``roles``:
without activities no AI request is theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from proxy.core.records import Principal
from proxy.core.targets import regions
from proxy.errors import IdentityUnavailableError
from proxy.ports import Clock
from proxy.runtime.background import Background
from proxy.runtime.log import logger

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
_REFRESH_S = 300.0
_RETRY_S = 10.0
_FETCH_S = 5.0
_LEEWAY_S = 30
_LONGEST_NAME = 256  # of a tenant, service or activity: they are indexed


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are accepted, for which audience, and where the keys are (an https URL or a file)."""

    issuer: str
    audience: str
    jwks: str
    login: str = "sub"  # the claim that names a person


class OidcIdentity:
    """Finds the caller of a bearer token."""

    def __init__(self, issuer: Issuer, clock: Clock) -> None:
        self._issuer = issuer
        self._clock = clock
        self._keys: KeySet | None = None
        self._fetched_at = float("-inf")
        self._wait_s = _RETRY_S
        self._background = Background()
        self._fetched = asyncio.Event()  # clear during a fetch
        self._fetched.set()

    async def start(self) -> None:
        """Fetch the keys; an unreachable issuer is tried again with the next token."""
        await self._refresh()

    async def close(self) -> None:
        """Stop fetching."""
        await self._background.stop()

    async def find(self, presented: str) -> Principal | None:
        """Return the caller of a valid, unexpired token with a binding, else None; raises as ``claims`` does."""
        claims = await self.claims(presented)
        return None if claims is None else _principal(claims, self._issuer.login)

    async def claims(self, presented: str) -> Mapping[str, Any] | None:
        """Return what a valid, unexpired token says, else None.

        Raises:
            IdentityUnavailableError: the token cannot be verified: the issuer's keys were never fetched, or it names
                a key that is not among them and newer ones cannot be fetched.

        """
        waits_for_first = self._keys is None and not self._fetched.is_set()
        if waits_for_first or self._clock.monotonic() - self._fetched_at >= self._wait_s:
            await self._refresh()
        claims = self._verified(presented)
        if claims is None and self._clock.monotonic() - self._fetched_at >= _RETRY_S:
            await self._refresh()  # the issuer may have rotated its keys
            claims = self._verified(presented)
        if claims is None and self._wait_s == _RETRY_S and self._needs_newer_keys(presented):
            raise IdentityUnavailableError
        return claims

    def _needs_newer_keys(self, token: str) -> bool:
        """Whether only keys that we do not have could verify this token."""
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError, TypeError):
            return False
        if header.get("alg") not in _ALGORITHMS:
            return False
        key_ids = {key.kid for key in self._keys.keys} if self._keys is not None else set()
        return self._keys is None or header.get("kid") not in key_ids

    def _verified(self, token: str) -> Mapping[str, Any] | None:
        if self._keys is None:
            return None
        try:
            decoded = jwt.decode(token, self._keys, algorithms=_ALGORITHMS)
            jwt.JWTClaimsRegistry(
                now=int(self._clock.now()),
                leeway=_LEEWAY_S,
                iss={"essential": True, "value": self._issuer.issuer},
                aud={"essential": True, "value": self._issuer.audience},
                exp={"essential": True},
            ).validate(decoded.claims)
        except (JoseError, ValueError):
            return None
        return decoded.claims

    async def _refresh(self) -> None:
        """Fetch once for all waiting callers; a caller that is cancelled does not cancel the fetch."""
        if self._fetched.is_set():
            self._fetched.clear()
            self._background.start("jwks", self._renew())
        await self._fetched.wait()

    async def _renew(self) -> None:
        self._fetched_at = self._clock.monotonic()
        try:
            self._keys = _key_set(orjson.loads(await self._fetch()))
            self._wait_s = _REFRESH_S
        except (aiohttp.ClientError, OSError, ValueError, TypeError, LookupError, AttributeError, JoseError) as error:
            self._wait_s = _RETRY_S
            logger().warning("jwks_unavailable", error=type(error).__name__, kept=self._keys is not None)
        finally:
            self._fetched.set()

    async def _fetch(self) -> bytes:
        if not self._issuer.jwks.startswith(("https://", "http://")):
            return await asyncio.to_thread(Path(self._issuer.jwks).read_bytes)
        timeout = aiohttp.ClientTimeout(total=_FETCH_S)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(self._issuer.jwks) as response:
            response.raise_for_status()
            return await response.read()


def _key_set(document: Mapping[str, Any]) -> KeySet:
    """Return the keys that the library supports; one of an unknown type or curve does not invalidate the others."""
    keys: list[Key] = []
    listed = document["keys"]
    for entry in listed:
        with contextlib.suppress(JoseError, ValueError, TypeError, LookupError):
            keys.append(KeySet.import_key_set({"keys": [entry]}).keys[0])
    if len(keys) < len(listed):
        logger().warning("jwks_keys_unknown", unknown=len(listed) - len(keys), known=len(keys))
    if not keys:
        raise ValueError
    return KeySet(keys)


def _principal(claims: Mapping[str, Any], login: str) -> Principal | None:
    bound = claims.get("compliance")
    if not isinstance(bound, Mapping):
        return None
    tenant, region, activities = _text(bound.get("tenant")), _text(bound.get("ingress_region")), bound.get("activities")
    if (
        tenant is None
        or not isinstance(activities, list | None)
        or not all(_text(activity) for activity in activities or ())
    ):
        return None
    is_person = not bound.get("service")
    subject = (person(claims, login) if is_person else str(bound["service"]))[:_LONGEST_NAME]
    roles = claims.get("roles")
    amr = claims.get("amr")
    officer = is_person and subject and isinstance(roles, list) and roles and not activities
    if not officer and not (activities and region):
        return None
    return Principal(
        key_id="oidc:" + (_text(claims.get("jti")) or f"{claims['iss']} {tenant}/{subject}"),
        tenant=tenant,
        service=subject,
        activities=tuple(activities or ()),
        default_activity=str(bound.get("default_activity") or (activities or [""])[0]),
        ingress_region=region or "",
        default_subject_region=_region(bound.get("subject_region")),
        declarable_regions=_declarable(bound.get("declarable_regions", [regions.ANY])),
        may_declare_adult=bound.get("declares_adults") is True,
        actor_type="user" if is_person else "service",
        actor_country=_text(bound.get("country")),
        roles=tuple(str(role) for role in roles) if isinstance(roles, list) else (),
        authn_method="oidc",
        mfa=isinstance(amr, list) and "mfa" in amr,
    )


def person(claims: Mapping[str, Any], login: str) -> str:
    """Return who a person is, "" if the token does not say: of an address only one that the issuer verified."""
    if login == "email" and claims.get("email_verified") is not True:
        return ""
    return str(claims.get(login) or "").casefold() if login == "email" else str(claims.get(login) or "")


def _region(value: Any) -> str | None:
    """Return a region that exists; an unknown one says nothing about the data subjects."""
    return value if isinstance(value, str) and regions.exists(value) else None


def _declarable(value: Any) -> tuple[str, ...]:
    return tuple(code for code in value if isinstance(code, str)) if isinstance(value, list) else ()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME else None
