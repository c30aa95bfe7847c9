"""What the registry declared when policy decided last, from the bundle that decided, which the database holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg
import orjson

from proxy.errors import ProxyError
from proxy.policy.bundles import bundle
from proxy.policy.faults import BundleRefusedError
from proxy.runtime import database

_BUNDLE = "SELECT b.packed FROM registry.bundle b WHERE b.revision = $1"


class RegistryNotStoredError(ProxyError):
    """The database does not hold the policy bundle that decided last, so nothing can be compared with its registry."""

    status = 409
    code = "registry_not_stored"


async def meant(connection: asyncpg.Connection, revision: str | None, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a question is narrowed to, with the registry where it compares with it, and a provider's legal name.

    Raises:
        RegistryNotStoredError: it compares with a registry that the database does not hold.

    """
    provider = values.get("provider")
    if "registry" not in values and provider is None:
        return values
    try:
        declared = await document(connection, revision)
    except RegistryNotStoredError:
        if "registry" in values:
            raise
        return values
    known = declared.get("providers", {}).get(provider, {})
    compared = {"registry": orjson.dumps(declared).decode()} if "registry" in values else {}
    named = {"provider": known.get("legal_name", provider)} if provider is not None else {}
    return {**values, **compared, **named}


async def document(connection: asyncpg.Connection, revision: str | None) -> Mapping[str, Any]:
    """Return the data document of a policy revision, in a transaction; an empty one before the first decision (None).

    Raises:
        RegistryNotStoredError: there is none.

    """
    if not revision:
        return {}
    async with database.reading_all(connection):  # a bundle holds the registry of every tenant
        packed = await connection.fetchval(_BUNDLE, revision)
    if packed is None:
        raise RegistryNotStoredError
    try:
        return bundle.loads(packed).data
    except BundleRefusedError as error:
        raise RegistryNotStoredError from error
