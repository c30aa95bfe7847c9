"""Reads the registry from the database in blocking code: at start, in a thread, in a command."""

from __future__ import annotations

import asyncio
import contextlib

import asyncpg

from proxy.catalog import documents
from proxy.catalog.documents import Documents
from proxy.core.keyring import Keyring
from proxy.errors import ConfigurationError, RegistryUnavailableError
from proxy.registry.store import BUNDLE, IMPORT_HINT, RegistryStore
from proxy.runtime import database

_PATIENCE_S = 15.0  # waiting for the database costs less than a restart


def active(dsn: str, keyring: Keyring, preferred: str = "", patience_s: float = _PATIENCE_S) -> Documents:
    """Return the revision in force, validated by this release; the ``preferred`` one instead, if it is stored.

    Blocks, and needs a thread without a running event loop.

    Raises:
        ConfigurationError: there is none, or it is not valid.
        RegistryUnavailableError: the database cannot be reached within ``patience_s`` seconds.

    """
    return asyncio.run(_active(dsn, keyring, preferred, patience_s))


def kept_bundle(dsn: str, revision: str) -> bytes | None:
    """Return the packed policy bundle of a revision, None if the database has none. Blocks, as ``active``.

    Raises:
        RegistryUnavailableError: the database cannot be reached.

    """
    return asyncio.run(_kept_bundle(dsn, revision))


async def _kept_bundle(dsn: str, revision: str) -> bytes | None:
    with database.raising(RegistryUnavailableError):
        connection = await database.connect(dsn, database.REGISTRY)
        try:
            packed = await connection.fetchval(BUNDLE, revision)
        finally:
            await connection.close()
    return bytes(packed) if packed is not None else None


async def _active(dsn: str, keyring: Keyring, preferred: str, patience_s: float) -> Documents:
    with contextlib.suppress(asyncpg.PostgresError):  # the store reports it
        await database.wait(dsn, database.REGISTRY, patience_s)
    store = RegistryStore(dsn, keyring)
    try:
        await store.start()
        stored = (await store.get(preferred) if preferred else None) or await store.active()
    finally:
        await store.close()
    if stored is None:
        raise ConfigurationError(IMPORT_HINT)
    try:
        return documents.check(stored.documents)
    except ConfigurationError as error:
        raise ConfigurationError(f"registry {stored.revision}: {error}") from error
