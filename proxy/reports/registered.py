"""What the registry declared when policy decided last, from the bundle that decided, which the database holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg

from proxy.errors import ProxyError
from proxy.policy.bundles import bundle
from proxy.policy.faults import BundleRefusedError

_BUNDLE = "SELECT b.packed FROM registry.bundle b WHERE b.revision = $1"


class RegistryNotStoredError(ProxyError):
    """The database does not hold the policy bundle that decided last, so nothing can be compared with its registry."""

    status = 409
    code = "registry_not_stored"


async def document(connection: asyncpg.Connection, revision: str | None) -> Mapping[str, Any]:
    """Return the data document of a policy revision; an empty one where nothing was decided yet (None).

    Raises:
        RegistryNotStoredError: there is none.

    """
    if not revision:
        return {}
    packed = await connection.fetchval(_BUNDLE, revision)
    if packed is None:
        raise RegistryNotStoredError
    try:
        return bundle.loads(packed).data
    except BundleRefusedError as error:
        raise RegistryNotStoredError from error
