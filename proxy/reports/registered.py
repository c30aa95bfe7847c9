"""What the registry declared when policy decided last, from the bundle that decided, which the database holds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import asyncpg
import orjson

from proxy.errors import ProxyError
from proxy.policy.bundles import bundle
from proxy.policy.faults import BundleRefusedError
from proxy.reports.gathering import Gathered
from proxy.runtime import database

_BUNDLE = "SELECT b.packed FROM registry.bundle b WHERE b.revision = $1"


class RegistryNotStoredError(ProxyError):
    """The database does not hold the policy bundle that decided last, so nothing can be compared with its registry."""

    status = 409
    code = "registry_not_stored"


async def stored(connection: asyncpg.Connection, gathered: Gathered) -> Mapping[str, Any] | None:
    """Return the data document of the policy that decided last, in a transaction; an empty one before any decision.

    None: the database does not hold that policy as the log says that it was stored.
    """
    revision = gathered.revisions[0]
    if not revision:
        return {}
    async with database.reading_all(connection):  # a bundle holds the registry of every tenant
        packed = await connection.fetchval(_BUNDLE, revision)
    if packed is None or hashlib.sha256(packed).hexdigest() not in gathered.kept.get(revision, ()):
        return None
    try:
        return bundle.loads(packed).data
    except BundleRefusedError:
        return None


def meant(declared: Mapping[str, Any] | None, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a question is narrowed to, with the registry where it compares with it, and a provider's legal name.

    Raises:
        RegistryNotStoredError: it compares with a registry, and there is none.

    """
    if declared is None:
        if "registry" in values:
            raise RegistryNotStoredError
        return values
    compared = {"registry": orjson.dumps(declared).decode()} if "registry" in values else {}
    provider = values.get("provider")
    if provider is None:
        return {**values, **compared}
    return {
        **values,
        **compared,
        "provider": declared.get("providers", {}).get(provider, {}).get("legal_name", provider),
    }
