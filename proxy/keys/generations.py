"""The generations of an installation's master key: checked at every start, rotated and retired by command.

The database stores the SHA-256 of a proof of each key, so that a wrong key is noticed before it seals or looks up
anything. A generation is live until it is retired: every process must hold all live ones to start.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from proxy.core.keyring import Keyring
from proxy.errors import AuditUnavailableError, ConfigurationError
from proxy.runtime import database

_SQL = database.statements(Path(__file__).with_name("generations.sql"))


@dataclass(frozen=True, slots=True)
class Generation:
    """One master key that was used here; ``known_by`` is the SHA-256 of its proof."""

    key_id: str
    known_by: bytes
    since: datetime
    in_force: bool

    def is_of(self, keys: Keyring) -> bool:
        """Whether this is the generation of the ring's master key."""
        return self.key_id == keys.key_id and hmac.compare_digest(self.known_by, known_by(keys))


def known_by(keys: Keyring) -> bytes:
    """Return what the database stores of a master key, 32 bytes."""
    return hashlib.sha256(keys.proof()).digest()


async def check(dsn: str, keys: Keyring) -> None:
    """Refuse a wrong master key, or a ring that would leave data unreadable; the first start registers its key.

    Raises:
        ConfigurationError: one sentence that says what to do.
        AuditUnavailableError: the database cannot be reached, or the login is not a member of the writer role.

    """
    async with _connection(dsn) as connection:
        if not await live(connection):
            await connection.fetchval(_SQL["found"], keys.key_id, keys.proof(), datetime.now(UTC))
        await agree(connection, keys)


async def agree(connection: asyncpg.Connection, keys: Keyring) -> None:
    """Refuse as ``check`` does, on a connection of any role; registers nothing.

    Raises:
        ConfigurationError: one sentence that says what to do.

    """
    if wrong := problem(await live(connection), keys):
        raise ConfigurationError(wrong)


async def unretired(dsn: str) -> tuple[Generation, ...]:
    """Return the generations that are not retired, oldest first.

    Raises:
        ConfigurationError: the database is from an older release.
        AuditUnavailableError: it cannot be reached, or the login is not a member of the writer role.

    """
    async with _connection(dsn) as connection:
        return await live(connection)


async def live(connection: asyncpg.Connection) -> tuple[Generation, ...]:
    """Return the generations that are not retired, oldest first."""
    return tuple(Generation(**row) for row in await connection.fetch(_SQL["live"]))


def problem(generations: Sequence[Generation], keys: Keyring) -> str:
    """Return in one sentence why these keys do not fit an installation with these live generations; "" if they do."""
    in_force = next((generation for generation in generations if generation.in_force), None)
    if in_force is not None and not any(generation.is_of(keys) for generation in generations):
        if any(in_force.is_of(other) for other in keys.read_only):
            return (
                f"the master key {keys.key_id} is not in force: use the one in force ({in_force.key_id}) instead, "
                "or replace it with: compliance-proxy keys rotate-master"
            )
        return (
            f"the master key {keys.key_id} is not this installation's, which is {in_force.key_id} "
            f"since {in_force.since:%Y-%m-%d}; set PROXY_SECRET_KEY, its _FILE or _COMMAND to that one"
        )
    missing = [stored.key_id for stored in generations if not any(stored.is_of(key) for key in keys.every)]
    if missing:
        return (
            f"the master key {missing[0]} is missing, so what it sealed could not be read: add it to "
            f"PROXY_OLD_SECRET_KEYS_FILE, or retire it with: compliance-proxy keys retire-master {missing[0]}"
        )
    return ""


async def rotate(dsn: str, keys: Keyring) -> str:
    """Put the ring's master key in force; return the id of the one it replaces, "" if it is in force already.

    Raises:
        ConfigurationError: the key in force is not among the ring's others.
        AuditUnavailableError: the database cannot be reached, or the login is not a member of the writer role.

    """
    async with _connection(dsn) as connection:
        in_force = next((generation for generation in await live(connection) if generation.in_force), None)
        if in_force is None:
            raise ConfigurationError("there is no master key to replace yet: start with this one")
        if in_force.is_of(keys):
            return ""
        before = next((other for other in keys.read_only if in_force.is_of(other)), None)
        if before is None:
            raise ConfigurationError(
                f"the master key in force ({in_force.key_id}) is needed too: add it to PROXY_OLD_SECRET_KEYS_FILE"
            )
        now = datetime.now(UTC)
        await connection.fetchval(_SQL["rotate"], before.key_id, before.proof(), keys.key_id, keys.proof(), now)
    return before.key_id


async def retire(dsn: str, keys: Keyring, key_id: str) -> bool:
    """Retire a generation, so that no start needs it. False if it is unknown, in force, or this ring's key is not.

    Raises:
        AuditUnavailableError: the database cannot be reached, or the login is not a member of the writer role.

    """
    async with _connection(dsn) as connection:
        retired = await connection.fetchval(_SQL["retire"], key_id, keys.key_id, keys.proof(), datetime.now(UTC))
    return bool(retired)


@asynccontextmanager
async def _connection(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    with database.raising(AuditUnavailableError):
        connection = await database.connect(dsn, database.WRITER)
        try:
            yield connection
        except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError) as error:
            raise ConfigurationError("the database is from an older release: run compliance-proxy migrate") from error
        finally:
            connection.terminate()
