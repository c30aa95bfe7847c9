"""A primary with a real standby: what writes goes to the one that writes, before and after a failover."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from pathlib import Path

import asyncpg
import pytest

from proxy.audit.writing.log import PostgresAuditLog
from proxy.runtime import database, servers
from proxy.runtime.clock import SystemClock
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from testing import evidence
from testing.standby import Pair, sockets

pytestmark = [pytest.mark.stack]
MEMORY = Path("/dev/shm")


@pytest.fixture
async def pair():
    """A migrated primary and its standby."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        running = Pair(Path(folder), {"fsync": "off"})
        await running.start()
        await migrate(running.dsn, shipped("migrations"))
        yield running
        await running.stop()


async def follows(dsn, role, **options):
    """Whether the server that is used is the standby."""
    connection = await database.connect(dsn, role, **options)
    try:
        return await connection.fetchval("SELECT pg_is_in_recovery()")
    finally:
        connection.terminate()


async def test_the_server_that_writes_is_used_whatever_else_the_address_names(pair):
    for dsn in (pair.dsn, f"{pair.dsn}&target_session_attrs=any"):
        assert not await follows(dsn, database.WRITER)
        pool = await database.pool(dsn, database.VAULT)
        assert not await pool.fetchval("SELECT pg_is_in_recovery()")
        pool.terminate()
    assert not await follows(pair.dsn, database.READER)  # what a standby lacks would look lost
    stated = f"{pair.dsn}&target_session_attrs=prefer-standby"
    assert await follows(stated, database.READER)
    alone = f"postgresql://postgres@/proxy?host={sockets(pair.standby)}"
    assert await follows(alone, database.READER)
    with pytest.raises(servers.ReadOnlyServerError):
        await database.connect(alone, database.WRITER)
    await a_host_that_says_nothing_has_its_share_of_the_time_alone(pair)
    await a_server_that_begins_to_refuse_writes_is_an_outage_and_not_a_refusal(pair)


async def a_host_that_says_nothing_has_its_share_of_the_time_alone(pair):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ports = f"{silent.getsockname()[1]},5432"
        dsn = f"postgresql://postgres@/proxy?host=127.0.0.1,{sockets(pair.primary)}&port={ports}"
        assert not await follows(dsn, database.WRITER, timeout_s=4.0)


async def test_a_chain_goes_on_after_a_failover_and_nothing_is_lost(pair):
    log = PostgresAuditLog(pair.dsn, "w", evidence.KEYRING, SystemClock(), timeout_s=30.0, signing=evidence.SIGNING)
    await log.start()
    for number in range(3):
        await evidence.serve(log, f"before-{number}")
    writer = log.writer_id
    await pair.kill_primary()
    interrupted = [asyncio.create_task(evidence.serve(log, f"between-{number}")) for number in range(3)]
    await pair.promote()
    await asyncio.gather(*interrupted)
    await log.close()
    assert log.writer_id == writer
    connection = await asyncpg.connect(pair.standby.dsn)
    rows = await connection.fetch(
        "SELECT exchange, count(*) AS n FROM audit.record WHERE exchange <> '' GROUP BY exchange"
    )
    await connection.close()
    assert {row["exchange"]: row["n"] for row in rows} == {
        f"{when}-{number}": 3 for when in ("before", "between") for number in range(3)
    }


async def a_server_that_begins_to_refuse_writes_is_an_outage_and_not_a_refusal(pair):
    pool = await database.pool(pair.dsn, database.REGISTRY)
    assert await pool.fetchval("SELECT 1") == 1
    statement = "INSERT INTO registry.allowance SELECT * FROM registry.allowance"
    async with pool.acquire() as connection:
        await connection.execute("SET default_transaction_read_only = on")
    with pytest.raises(database.UNAVAILABLE):
        await pool.execute(statement)
    await pool.execute(statement)  # on a new connection
    pool.terminate()
