"""Whether a session of the database is ours from its beginning to its end.

The product needs that: it acts as a role and for tenants that it sets, listens, and holds advisory locks. A pooler in
transaction or statement mode gives each transaction another session, so a role would be set for somebody else.

Who connects is told the number of its backend, and PgBouncer makes one up: where it is the true one, nothing is in
between (one query). Otherwise other clients begin transactions one after the other and keep them open. Where sessions
are handed around, ours goes to one of them, or we find ourselves on another one, or on none as all are taken. Where
ours is kept, none of that can happen.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

import asyncpg

from proxy.errors import ConfigurationError
from proxy.runtime import servers

_ROUNDS = 8
_OWN = "SELECT pg_backend_pid()"
_REFUSED = (
    "DATABASE_URL leads to a pooler that gives each transaction another session (PgBouncer in transaction or statement "
    "mode): let it pool sessions (pool_mode = session), or connect to PostgreSQL itself"
)


async def is_direct(connection: asyncpg.Connection) -> bool:
    """Whether nothing that pools is between this process and the server."""
    pid = await connection.fetchval("SELECT pg_backend_pid()")
    return bool(pid == connection.get_server_pid())


async def check(dsn: str, timeout_s: float) -> None:
    """Return if a pooler keeps a session for its client.

    Raises:
        ConfigurationError: it gives each transaction another one.
        one of ``database.UNAVAILABLE``.

    """
    async with AsyncExitStack() as stack:
        try:
            kept = await _is_kept(dsn, timeout_s, stack)
        except asyncpg.ConnectionDoesNotExistError:  # statement mode ends whoever begins a transaction
            kept = False
    if not kept:
        raise ConfigurationError(_REFUSED)


async def _is_kept(dsn: str, timeout_s: float, stack: AsyncExitStack) -> bool:
    first = await _client(dsn, timeout_s, stack)
    backend = await first.fetchval(_OWN, timeout=timeout_s)
    for _ in range(_ROUNDS):
        other = await _other(dsn, timeout_s, stack)
        if other == backend or not await _is_still(first, backend, timeout_s):
            return False
        if other is None:
            return True  # all sessions are taken, and ours is still ours
    return True


async def _other(dsn: str, timeout_s: float, stack: AsyncExitStack) -> int | None:
    """Return the backend of another client's transaction, which stays open; None where there is none left for it."""
    try:
        client = await _client(dsn, timeout_s, stack)
        await client.execute("BEGIN", timeout=timeout_s)
        backend: int = await client.fetchval(_OWN, timeout=timeout_s)
    except asyncpg.ConnectionDoesNotExistError:
        raise
    except (TimeoutError, asyncpg.PostgresError):
        return None
    return backend


async def _is_still(client: asyncpg.Connection, backend: int, timeout_s: float) -> bool:
    try:
        return bool(await client.fetchval(_OWN, timeout=timeout_s) == backend)
    except TimeoutError:
        return False


async def _client(dsn: str, timeout_s: float, stack: AsyncExitStack) -> asyncpg.Connection:
    client = await servers.connected(dsn, timeout=timeout_s, writes=False, statement_cache_size=0)
    stack.callback(client.terminate)
    return client
