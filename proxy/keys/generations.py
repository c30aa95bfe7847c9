"""The master keys an installation has known: what a start is checked against, and how one takes the place of another.

The database keeps the SHA-256 of a proof of each key, so that a wrong key is noticed before anything is made with it or
looked for in vain. A generation is live until it is retired: whoever starts must hold every live one.
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
    """One master key that made something here: ``known_by`` is the SHA-256 of its proof."""

    key_id: str
    known_by: bytes
    since: datetime
    in_force: bool

    def is_of(self, keys: Keyring) -> bool:
        """Whether this is the ring's master."""
        return self.key_id == keys.key_id and hmac.compare_digest(self.known_by, known_by(keys))


def known_by(keys: Keyring) -> bytes:
    """Return what the database keeps of a master key, 32 bytes."""
    return hashlib.sha256(keys.proof()).digest()


async def check(dsn: str, keys: Keyring) -> None:
    """Refuse a wrong master key, and one that leaves something unreadable; the first start notes its key.

    Raises:
        ConfigurationError: one sentence that says what to do.
        AuditUnavailableError: the database cannot be reached, or the login may not act as the writer.

    """
    async with _connection(dsn) as connection:
        if not await live(connection):
            await connection.fetchval(_SQL["found"], keys.key_id, keys.proof(), datetime.now(UTC))
        await agree(connection, keys)


async def agree(connection: asyncpg.Connection, keys: Keyring) -> None:
    """Refuse as ``check`` does, on a connection of any role; notes nothing.

    Raises:
        ConfigurationError: one sentence that says what to do.

    """
    if wrong := problem(await live(connection), keys):
        raise ConfigurationError(wrong)


async def known(dsn: str) -> tuple[Generation, ...]:
    """Return the generations that are not retired, oldest first.

    Raises:
        ConfigurationError: the database is of an older release.
        AuditUnavailableError: it cannot be reached, or the login may not act as the writer.

    """
    async with _connection(dsn) as connection:
        return await live(connection)


async def live(connection: asyncpg.Connection) -> tuple[Generation, ...]:
    """Return the generations that are not retired, oldest first."""
    return tuple(Generation(**row) for row in await connection.fetch(_SQL["live"]))


def problem(held: Sequence[Generation], keys: Keyring) -> str:
    """Return what is wrong with the keys for an installation with these live generations, in one sentence, or ""."""
    in_force = next((one for one in held if one.in_force), None)
    if in_force is not None and not any(one.is_of(keys) for one in held):
        if any(in_force.is_of(other) for other in keys.others):
            return (
                f"the master key {keys.key_id} is not in force: put the one in force ({in_force.key_id}) in its place, "
                "or let this one replace it with: compliance-proxy keys rotate-master"
            )
        return (
            f"the master key is not this installation's: it is {keys.key_id}, the installation's is {in_force.key_id} "
            f"since {in_force.since:%Y-%m-%d}; set PROXY_SECRET_KEY, its _FILE or _COMMAND to that one"
        )
    missing = [one.key_id for one in held if not any(one.is_of(own) for own in keys.every)]
    if missing:
        return (
            f"the master key {missing[0]} is missing, and what it made could not be read: add it to "
            f"PROXY_OLD_SECRET_KEYS_FILE, or end its use with: compliance-proxy keys retire-master {missing[0]}"
        )
    return ""


async def rotate(dsn: str, keys: Keyring) -> str:
    """Put the ring's master in force instead of the one that is; return that one's id, "" where it is in force already.

    Raises:
        ConfigurationError: the master in force is not among the ring's others.
        AuditUnavailableError: the database cannot be reached, or the login may not act as the writer.

    """
    async with _connection(dsn) as connection:
        in_force = next((one for one in await live(connection) if one.in_force), None)
        if in_force is None:
            raise ConfigurationError("no master key was used here yet: start with this one, it replaces none")
        if in_force.is_of(keys):
            return ""
        before = next((other for other in keys.others if in_force.is_of(other)), None)
        if before is None:
            raise ConfigurationError(
                f"the master key in force ({in_force.key_id}) is needed as well: give it in PROXY_OLD_SECRET_KEYS_FILE"
            )
        now = datetime.now(UTC)
        await connection.fetchval(_SQL["rotate"], before.key_id, before.proof(), keys.key_id, keys.proof(), now)
    return before.key_id


async def retire(dsn: str, keys: Keyring, key_id: str) -> bool:
    """End a generation: no start asks for it any more. False: there is none, or it is in force, or another holds here.

    Raises:
        AuditUnavailableError: the database cannot be reached, or the login may not act as the writer.

    """
    async with _connection(dsn) as connection:
        done = await connection.fetchval(_SQL["retire"], key_id, keys.key_id, keys.proof(), datetime.now(UTC))
    return bool(done)


@asynccontextmanager
async def _connection(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    with database.raising(AuditUnavailableError):
        connection = await database.connect(dsn, database.WRITER)
        try:
            yield connection
        except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError) as error:
            raise ConfigurationError("the database is of an older release: run compliance-proxy migrate") from error
        finally:
            connection.terminate()
