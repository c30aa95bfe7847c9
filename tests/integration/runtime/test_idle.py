"""Connections of readers that wait, on a real database: whose they are, what they see, how they end."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import asyncpg
import pytest

from proxy.runtime import database
from proxy.runtime.idle import MOST, IdleReaders


async def process(connection):
    return await connection.fetchval("SELECT pg_backend_pid()")


async def taken(readers, tenants=None):
    async with readers.taken(tenants) as connection:
        return await process(connection)


async def test_the_next_reader_takes_what_waits_and_sees_its_own_tenants(fresh_dsn):
    readers = IdleReaders(fresh_dsn)
    before = await taken(readers)
    async with readers.taken(("acme",)) as connection:
        assert await process(connection) == before
        assert await database.tenants_read(connection) == ("acme",)
    async with readers.taken(None) as connection:
        assert await process(connection) == before
        assert await database.tenants_read(connection) is None
        assert await connection.fetchval("SELECT current_user") == database.READER
    await readers.close()


async def living(superuser, processes, number):
    """Return once so many of these processes of the server live."""
    counted = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY($1)"
    async with asyncio.timeout(30):
        while await superuser.fetchval(counted, [*processes]) != number:
            await asyncio.sleep(0.01)


async def test_nobody_waits_for_a_connection_and_few_are_kept(fresh_dsn, superuser):
    readers, together, count = IdleReaders(fresh_dsn), asyncio.Barrier(MOST + 2), MOST + 2

    async def read():
        async with readers.taken(None) as connection:
            await together.wait()
            return await process(connection)

    async with asyncio.timeout(30):
        processes = set(await asyncio.gather(*(read() for _ in range(count))))
    assert len(processes) == count
    await living(superuser, processes, MOST)
    await readers.expire_connections()
    await living(superuser, processes, 0)
    assert await taken(readers) not in processes
    await readers.close()
    assert await taken(readers) != await taken(readers), "one was kept after the end"


async def test_what_failed_or_was_left_in_a_transaction_serves_nobody_again(fresh_dsn):
    readers = IdleReaders(fresh_dsn)
    failed = await taken(readers)

    async def fail():
        async with readers.taken(None) as connection:
            assert await process(connection) == failed
            await connection.execute("SELECT 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await fail()
    async with readers.taken(None) as connection:
        left = await process(connection)
        await connection.execute("BEGIN")
    assert failed != left != await taken(readers)
    await readers.close()


async def test_one_that_the_server_ended_is_replaced(fresh_dsn, superuser):
    readers = IdleReaders(fresh_dsn)
    before = await taken(readers)
    await superuser.fetchval("SELECT pg_terminate_backend($1, 5000)", before)
    assert await taken(readers) != before
    await readers.close()


async def test_a_login_that_is_a_reader_no_longer_reads_no_more(fresh_dsn, superuser):
    address = urlsplit(fresh_dsn)
    readers = IdleReaders(address._replace(netloc=f"once_reader@{address.netloc.rpartition('@')[2]}").geturl())
    await superuser.execute("CREATE ROLE once_reader LOGIN IN ROLE proxy_reader")
    try:
        await taken(readers)
        await superuser.execute("REVOKE proxy_reader FROM once_reader")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await taken(readers)
    finally:
        await readers.close()
        await superuser.execute("DROP ROLE once_reader")
