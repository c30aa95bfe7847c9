"""OIDC bearer tokens: verified against the issuer's JWKS, which is cached and used while the issuer is unreachable.

A token carries the caller's binding in the claim ``compliance``::

    {"tenant": "acme-eu", "service": "crm", "activities": ["support-chat"], "ingress_region": "DE",
     "subject_region": "DE", "country": "DE"}

``sub`` (or ``service``) names the actor, ``amr`` containing "mfa" says that it used a second factor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from proxy.core import regions
from proxy.core.records import Principal
from proxy.log import logger
from proxy.ports import Clock

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
_REFRESH_S = 300.0
_RETRY_S = 10.0
_FETCH_S = 5.0
_LEEWAY_S = 30


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are accepted, for whom, and where the keys lie (an https URL or a file)."""

    issuer: str
    audience: str
    jwks: str


class OidcIdentity:
    """Finds the caller of a bearer token."""

    def __init__(self, issuer: Issuer, clock: Clock) -> None:
        self._issuer = issuer
        self._clock = clock
        self._keys: KeySet | None = None
        self._asked_at = float("-inf")
        self._wait_s = _RETRY_S

    async def start(self) -> None:
        """Fetch the keys; an unreachable issuer is asked again when a token comes."""
        await self._refresh()

    async def find(self, presented: str) -> Principal | None:
        """Return the caller of a valid, unexpired token with a binding, else None."""
        if self._clock.monotonic() - self._asked_at >= self._wait_s:
            await self._refresh()
        claims = self._verified(presented)
        if claims is None and self._clock.monotonic() - self._asked_at >= _RETRY_S:
            await self._refresh()  # the issuer may have rotated its keys
            claims = self._verified(presented)
        return None if claims is None else _principal(claims)

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
        self._asked_at = self._clock.monotonic()
        try:
            self._keys = KeySet.import_key_set(orjson.loads(await self._fetch()))
            self._wait_s = _REFRESH_S
        except (aiohttp.ClientError, OSError, ValueError, TypeError, LookupError, AttributeError, JoseError) as error:
            self._wait_s = _RETRY_S
            logger().warning("jwks_unavailable", error=type(error).__name__, kept=self._keys is not None)

    async def _fetch(self) -> bytes:
        if not self._issuer.jwks.startswith(("https://", "http://")):
            return await asyncio.to_thread(Path(self._issuer.jwks).read_bytes)
        timeout = aiohttp.ClientTimeout(total=_FETCH_S)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(self._issuer.jwks) as response:
            response.raise_for_status()
            return await response.read()


def _principal(claims: Mapping[str, Any]) -> Principal | None:
    bound = claims.get("compliance")
    if not isinstance(bound, Mapping):
        return None
    tenant, region, activities = _text(bound.get("tenant")), _text(bound.get("ingress_region")), bound.get("activities")
    if tenant is None or region is None or not isinstance(activities, list) or not activities:
        return None
    if not all(_text(activity) for activity in activities):
        return None
    subject = str(bound.get("service") or claims.get("sub") or "")
    roles = claims.get("roles")
    amr = claims.get("amr")
    return Principal(
        key_id=f"oidc:{claims.get('jti', '')}",
        tenant=tenant,
        service=subject,
        activities=tuple(activities),
        default_activity=str(bound.get("default_activity") or activities[0]),
        ingress_region=region,
        default_subject_region=_region(bound.get("subject_region")),
        declarable_regions=_declarable(bound.get("declarable_regions", [regions.ANY])),
        may_declare_adult=bound.get("declares_adults") is True,
        actor_type="service" if bound.get("service") else "user",
        actor_country=_text(bound.get("country")),
        roles=tuple(str(role) for role in roles) if isinstance(roles, list) else (),
        authn_method="oidc",
        mfa=isinstance(amr, list) and "mfa" in amr,
    )


def _region(value: Any) -> str | None:
    """Return a region that exists; another one tells nothing of the data subjects."""
    return value if isinstance(value, str) and regions.exists(value) else None


def _declarable(value: Any) -> tuple[str, ...]:
    return tuple(code for code in value if isinstance(code, str)) if isinstance(value, list) else ()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
