"""What a retired master key alone could still answer, sealed under the one in force.

Records name people by digests that are kept for years, and checkpoints stay signed. So that their master key can go,
its keys for looking up data subjects (one per tenant) and its public key of checkpoints stay, and nothing else of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import asyncpg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from proxy.core.keyring import Keyring
from proxy.errors import AuditUnavailableError
from proxy.runtime import database

_SQL = database.statements(Path(__file__).with_name("kept_keys.sql"))
_NONCE_BYTES = 12
SUBJECT, CHECKPOINT = "subject", "audit-checkpoint"


class KeyScope(NamedTuple):
    """Whose key is kept for what; ``tenant`` is empty where the purpose has none."""

    key_id: str
    purpose: str
    tenant: str

    def bound(self) -> bytes:
        """Return what the seal is bound to."""
        return "\x1f".join(self).encode()


def of(old: Keyring, tenants: Iterable[str]) -> dict[KeyScope, bytes]:
    """Return the keys of an old master that are kept."""
    signing = Ed25519PrivateKey.from_private_bytes(old.derive(CHECKPOINT))
    kept = {KeyScope(old.key_id, CHECKPOINT, ""): signing.public_key().public_bytes_raw()}
    return kept | {KeyScope(old.key_id, SUBJECT, tenant): old.derive(SUBJECT, tenant) for tenant in tenants}


def sealed(keys: Keyring, place: KeyScope, key: bytes) -> bytes:
    """Return nonce || ciphertext, which only this master opens, and only in this place."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(keys.derive("kept-keys")).encrypt(nonce, key, place.bound())


def opened(keys: Keyring, place: KeyScope, packed: bytes) -> bytes | None:
    """Return the key, None where it was altered, moved or sealed with another master."""
    try:
        return AESGCM(keys.derive("kept-keys")).decrypt(packed[:_NONCE_BYTES], packed[_NONCE_BYTES:], place.bound())
    except InvalidTag:
        return None


async def keep(dsn: str, keys: Keyring, old: Keyring) -> None:
    """Keep what is needed of an old master under the ring's one, and what was kept under the old one before.

    Raises:
        AuditUnavailableError: the database cannot be reached, or the login may act neither as writer nor as reader.

    """
    with database.raising(AuditUnavailableError):
        reader = await database.connect(dsn, database.READER)
        try:
            tenants = [row["tenant"] for row in await reader.fetch(_SQL["tenants"])]
            kept = await _read(reader, old) | of(old, tenants)
        finally:
            reader.terminate()
        rows = [(*place, keys.key_id, sealed(keys, place, key)) for place, key in kept.items()]
        writer = await database.connect(dsn, database.WRITER)
        try:
            await writer.executemany(_SQL["keep"], rows)
        finally:
            writer.terminate()


async def read(connection: asyncpg.Connection, keys: Keyring) -> dict[KeyScope, bytes]:
    """Return what is kept under any master of the ring, on a connection that acts as reader or writer."""
    found: dict[KeyScope, bytes] = {}
    for one in keys.every:
        found |= await _read(connection, one)
    return found


async def _read(connection: asyncpg.Connection, keys: Keyring) -> dict[KeyScope, bytes]:
    rows = await connection.fetch(_SQL["kept"], keys.key_id)
    places = {KeyScope(row["key_id"], row["purpose"], row["tenant"]): row["sealed"] for row in rows}
    keyed = ((place, opened(keys, place, packed)) for place, packed in places.items())
    return {place: key for place, key in keyed if key is not None}
