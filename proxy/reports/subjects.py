"""Under which keyed references a data subject is recorded: by every master key, the retired ones too."""

from __future__ import annotations

import asyncpg

from proxy.core.keyring import Keyring, digests
from proxy.keys import generations, kept_keys

_KEYED = "hmac-sha256:"


def is_keyed(subject: str) -> bool:
    """Whether this is a keyed reference already, as records hold it."""
    return subject.startswith(_KEYED)


async def references(connection: asyncpg.Connection, keys: Keyring, subject: str, tenant: str) -> tuple[str, ...]:
    """Return the references of a tenant's data subject, on a connection that acts as the reader.

    Raises:
        ConfigurationError: the installation knows another master key.

    """
    if is_keyed(subject):
        return (subject,)
    await generations.agree(connection, keys)
    stored = await kept_keys.read(connection, keys)
    retired = (
        digests(scope.key_id, key, subject.encode())
        for scope, key in stored.items()
        if (scope.purpose, scope.tenant) == (kept_keys.SUBJECT, tenant)
    )
    return (*keys.digests(subject.encode(), "subject", tenant), *(one for pair in retired for one in pair))
