"""Behind a real PgBouncer, in every mode: sessions are ours, or nothing starts."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from proxy.audit.writing.log import PostgresAuditLog
from proxy.errors import ConfigurationError
from proxy.identity.store import ApiKeyStore
from proxy.runtime import database, pooling
from proxy.runtime.clock import SystemClock
from testing import evidence, pooler

pytestmark = pytest.mark.skipif(pooler.PROGRAM is None, reason="pgbouncer is not installed (apt-get install pgbouncer)")
REFUSED = "pool_mode = session"


@pytest.fixture
async def bouncer(fresh_dsn, tmp_path):
    """Return a connection string of a PgBouncer in this mode."""
    stack = []

    async def serve(mode, more=""):
        running = pooler.bouncing(fresh_dsn, tmp_path, mode, more)
        stack.append(running)
        return await running.__aenter__()

    yield serve
    for running in stack:
        await running.__aexit__(None, None, None)


@pytest.mark.parametrize("mode", ["transaction", "statement"])
@pytest.mark.parametrize("more", ["", "server_round_robin = 1"])
async def test_a_pooler_that_hands_sessions_around_is_refused_in_one_sentence(bouncer, mode, more):
    dsn = await bouncer(mode, more)
    with pytest.raises(ConfigurationError, match=REFUSED) as refused:
        await database.connect(dsn, database.READER)
    assert "\n" not in str(refused.value)
    with pytest.raises(ConfigurationError, match=REFUSED):
        await (await database.pool(dsn, database.IDENTITY)).fetchval("SELECT 1")


@pytest.mark.parametrize("busy", [1, 8])
async def test_it_is_refused_while_others_use_the_pooler_too(bouncer, busy):
    dsn = await bouncer("transaction", "default_pool_size = 6")
    stop = asyncio.Event()

    async def other():
        client = await asyncpg.connect(dsn, statement_cache_size=0)
        while not stop.is_set():
            await client.execute("SELECT pg_sleep(0.01)")
        await client.close()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(busy):
            tasks.create_task(other())
        await asyncio.sleep(0.2)
        for _ in range(3):
            with pytest.raises(ConfigurationError, match=REFUSED):
                await pooling.check(dsn, 2.0)
        stop.set()


async def test_a_pooler_of_sessions_is_as_good_as_none(bouncer):
    dsn = await bouncer("session")
    connection = await database.connect(dsn, database.READER, tenants=("acme",))
    told = await connection.fetchrow(
        "SELECT current_user::text, current_setting('app.tenants') AS tenants, current_setting('synchronous_commit') AS durable"
    )
    assert tuple(told) == (database.READER, '{"acme"}', "on")
    await connection.close()
    after = await asyncpg.connect(dsn)
    left = await after.fetchrow(
        "SELECT current_user::text, coalesce(current_setting('app.tenants', true), '') AS tenants"
    )
    assert tuple(left) == ("postgres", "")
    await after.close()


async def test_a_pooler_whose_sessions_are_all_taken_is_one_of_sessions(bouncer):
    dsn = await bouncer("session", "default_pool_size = 2")
    held = await asyncpg.connect(dsn)
    await held.fetchval("SELECT 1")
    await pooling.check(dsn, 1.0)
    await held.close()


async def test_the_log_is_written_and_changes_are_heard_through_a_pooler_of_sessions(bouncer, started):
    dsn = await bouncer("session", "default_pool_size = 40")
    log = await started(PostgresAuditLog(dsn, "w", evidence.KEYRING, SystemClock(), signing=evidence.SIGNING))
    await log.event_durable("catalog_loaded", {})
    keys = await started(ApiKeyStore(dsn, evidence.KEYRING, SystemClock()))
    async with asyncio.timeout(10):
        await keys.listening.wait()


async def test_a_connection_that_goes_back_to_its_pool_keeps_its_role_and_settings(fresh_dsn):
    pool = await database.pool(fresh_dsn, database.IDENTITY, size=1)
    try:
        for _ in range(3):
            async with pool.acquire() as connection:
                told = await connection.fetchrow(
                    "SELECT current_user::text AS role, current_setting('synchronous_commit') AS durable"
                )
                await connection.execute("SELECT pg_advisory_lock(7)")
            assert tuple(told) == (database.IDENTITY, "on")
        assert await pool.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0
    finally:
        pool.terminate()


async def test_a_direct_connection_is_known_as_one(fresh_dsn):
    connection = await asyncpg.connect(fresh_dsn)
    assert await pooling.is_direct(connection)
    await connection.close()


async def test_stores_of_one_role_share_their_connections(fresh_dsn):
    first, second = await database.pool(fresh_dsn, database.IDENTITY), await database.pool(fresh_dsn, database.IDENTITY)
    other = await database.pool(fresh_dsn, database.VAULT)
    assert first is second
    assert other is not first
    first.terminate()
    assert await second.fetchval("SELECT current_user::text") == database.IDENTITY
    second.terminate()
    assert second.has_ended
    again = await database.pool(fresh_dsn, database.IDENTITY)
    assert await again.fetchval("SELECT 1") == 1
    again.terminate()
    other.terminate()
