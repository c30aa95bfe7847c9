"""Brings a database to the schema of this release: plain SQL files, forward only, applied once and never edited."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from proxy.errors import ConfigurationError
from proxy.runtime import servers

_FILE = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
#: How long a statement waits for a lock: whoever reads or writes meanwhile queues behind it.
_PATIENCE = "SET LOCAL lock_timeout = '1s'"
_AGAIN_S, _TRIES = 2.0, 150
_CONNECTS_S = 60.0
_LOCK = 7_204_113_905  # any constant: one migration at a time per database
_ADVICE = "use the build that made it, or an empty database"
_LEDGER = """
CREATE SCHEMA IF NOT EXISTS installation;
CREATE TABLE IF NOT EXISTS installation.migration (
    name       text PRIMARY KEY,
    sha256     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS installation.example (
    single   boolean PRIMARY KEY DEFAULT true CHECK (single),
    seed     bigint NOT NULL,
    finished timestamptz
);
GRANT USAGE ON SCHEMA installation TO PUBLIC;
GRANT SELECT ON installation.example TO PUBLIC;
"""


class OtherBuildError(ConfigurationError):
    """The database has a schema that another build made."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of the ``migrations`` folder."""

    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """The digest that reveals a later edit of the file."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read(folder: Path) -> tuple[Migration, ...]:
    """Return the migrations in order.

    Raises:
        ConfigurationError: numbers are missing or duplicate.

    """
    paths = sorted(path for path in folder.glob("*.sql") if _FILE.match(path.name))
    numbers = [int(path.name[:4]) for path in paths]
    if numbers != list(range(1, len(numbers) + 1)):
        raise ConfigurationError(f"the migrations in {folder} must be numbered 0001, 0002, ... without gaps")
    return tuple(Migration(path.name, path.read_text(encoding="utf-8")) for path in paths)


async def migrate(dsn: str, folder: Path) -> tuple[str, ...]:
    """Apply the missing migrations, each in its own transaction; return their names.

    The login needs CREATE on the database and, the first time, CREATEROLE (or membership in the product's roles).

    Raises:
        OtherBuildError: an applied file was edited, or the database is newer than this release.
        asyncpg.LockNotAvailableError: somebody has kept a lock that a migration needs for minutes.

    """
    shipped = read(folder)
    connection = await servers.connected(dsn, timeout=_CONNECTS_S)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await connection.execute(_LEDGER)
        applied = {row["name"]: row["sha256"] for row in await connection.fetch(
            "SELECT name, sha256 FROM installation.migration")}  # fmt: skip
        missing = pending(shipped, applied)
        for migration in missing:
            await _apply_between(connection, migration)
    finally:
        await connection.close()
    return tuple(migration.name for migration in missing)


def pending(shipped: tuple[Migration, ...], applied: dict[str, str]) -> tuple[Migration, ...]:
    """Return the migrations that are not applied yet.

    Raises:
        OtherBuildError: an applied file was edited, or the database is newer than this release.

    """
    digests = {migration.name: migration.sha256 for migration in shipped}
    unknown = sorted(set(applied) - set(digests))
    if unknown:
        raise OtherBuildError(
            f"the database has migrations that this release does not know: {', '.join(unknown)}; {_ADVICE}"
        )
    edited = sorted(name for name, digest in applied.items() if digests[name] != digest)
    if edited:
        raise OtherBuildError(f"migrations were edited after they were applied: {', '.join(edited)}; {_ADVICE}")
    return tuple(migration for migration in shipped if migration.name not in applied)


async def _apply_between(connection: asyncpg.Connection, migration: Migration) -> None:
    """Apply a migration once nobody is in its way; between two tries those who queued behind it go on."""
    for _ in range(_TRIES):
        with contextlib.suppress(asyncpg.LockNotAvailableError):
            return await _apply(connection, migration)
        await asyncio.sleep(_AGAIN_S)
    return await _apply(connection, migration)


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(_PATIENCE)
        await connection.execute(migration.sql)
        await connection.execute(
            "INSERT INTO installation.migration (name, sha256) VALUES ($1, $2)", migration.name, migration.sha256
        )
