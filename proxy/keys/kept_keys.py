"""What only a retired master key could still answer, sealed under the one in force.

Records name people by digests that are stored for years. To retire a master key, its keys for looking up data subjects
(one per tenant) are stored; nothing else of it is.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import asyncpg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from proxy.core.keyring import Keyring
from proxy.errors import AuditUnavailableError
from proxy.runtime import database

_SQL = database.statements(Path(__file__).with_name("kept_keys.sql"))
_NONCE_BYTES = 12
SUBJECT = "subject"


class KeyScope(NamedTuple):
    """Which key is stored; ``tenant`` is empty where the purpose is not per tenant."""

    key_id: str
    purpose: str
    tenant: str

    def bound(self) -> bytes:
        """Return the associated data of the seal."""
        return "\x1f".join(self).encode()


def of(old: Keyring, tenants: Iterable[str]) -> dict[KeyScope, bytes]:
    """Return the keys of an old master that are to be stored."""
    return {KeyScope(old.key_id, SUBJECT, tenant): old.derive(SUBJECT, tenant) for tenant in tenants}


def sealed(keys: Keyring, place: KeyScope, key: bytes) -> bytes:
    """Return nonce || ciphertext, which opens with this master key and in this scope only."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(keys.derive("kept-keys")).encrypt(nonce, key, place.bound())


def opened(keys: Keyring, place: KeyScope, packed: bytes) -> bytes | None:
    """Return the key, None if it was altered, moved or sealed with another master key."""
    try:
        return AESGCM(keys.derive("kept-keys")).decrypt(packed[:_NONCE_BYTES], packed[_NONCE_BYTES:], place.bound())
    except InvalidTag:
        return None


async def keep(dsn: str, keys: Keyring, old: Keyring) -> None:
    """Store what is needed of an old master key under the ring's, with what was stored under the old one.

    Raises:
        AuditUnavailableError: the database cannot be reached, or the login lacks the role of writer or reader.

    """
    with database.raising(AuditUnavailableError):
        reader = await database.connect(dsn, database.READER)
        try:
            tenants = [row["tenant"] for row in await reader.fetch(_SQL["tenants"])]
            stored = await _read(reader, old) | of(old, tenants)
        finally:
            reader.terminate()
        rows = [(*place, keys.key_id, sealed(keys, place, key)) for place, key in stored.items()]
        writer = await database.connect(dsn, database.WRITER)
        try:
            await writer.executemany(_SQL["keep"], rows)
        finally:
            writer.terminate()


async def read(connection: asyncpg.Connection, keys: Keyring) -> dict[KeyScope, bytes]:
    """Return what is stored under any master key of the ring, on a connection with the role of reader or writer."""
    found: dict[KeyScope, bytes] = {}
    for generation in keys.every:
        found |= await _read(connection, generation)
    return found


async def _read(connection: asyncpg.Connection, keys: Keyring) -> dict[KeyScope, bytes]:
    rows = await connection.fetch(_SQL["kept"], keys.key_id)
    places = {KeyScope(row["key_id"], row["purpose"], row["tenant"]): row["sealed"] for row in rows}
    keyed = ((place, opened(keys, place, packed)) for place, packed in places.items())
    return {place: key for place, key in keyed if key is not None}
