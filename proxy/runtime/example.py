"""Whether a database holds the example world, which is never mixed with anything else."""

from __future__ import annotations

import asyncpg

from proxy.errors import ConfigurationError
from proxy.runtime import servers

_CONNECTS_S = 10.0
#: What an installation holds that is in use.
_IN_USE = """
SELECT EXISTS (SELECT FROM audit.record) OR EXISTS (SELECT FROM identity.api_key)
    OR EXISTS (SELECT FROM registry.revision)
"""
_FOREIGN = "this database holds other records: the example world needs an empty one (unset DATABASE_URL)"
_HALF = "the example world in this database was not finished: give it an empty database, or another PROXY_STATE_DIR"
_EXAMPLE = "this database holds the example world: start it with --demo, or use another PROXY_STATE_DIR or DATABASE_URL"


async def is_example(dsn: str) -> bool:
    """Whether a database holds the example world."""
    connection = await servers.connected(dsn, timeout=_CONNECTS_S, writes=False)
    try:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM installation.example)"))
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InsufficientPrivilegeError):
        return False
    finally:
        await connection.close()


async def refuse(dsn: str) -> None:
    """Refuse a database that holds the example world.

    Raises:
        ConfigurationError: it does.

    """
    if await is_example(dsn):
        raise ConfigurationError(_EXAMPLE)


async def claim(dsn: str, seed: int) -> bool:
    """Make a migrated database the example's; return whether it has yet to be filled.

    Raises:
        ConfigurationError: it holds other records, or an example that was not finished.

    """
    connection = await servers.connected(dsn, timeout=_CONNECTS_S)
    try:
        row = await connection.fetchrow("SELECT finished FROM installation.example")
        if row is not None and row["finished"] is None:
            raise ConfigurationError(_HALF)
        if row is not None:
            return False
        if await connection.fetchval(_IN_USE):
            raise ConfigurationError(_FOREIGN)
        await connection.execute("INSERT INTO installation.example (seed) VALUES ($1)", seed)
    finally:
        await connection.close()
    return True


async def finish(dsn: str) -> None:
    """Note that the example world is whole."""
    connection = await servers.connected(dsn, timeout=_CONNECTS_S)
    try:
        await connection.execute("UPDATE installation.example SET finished = now()")
    finally:
        await connection.close()
