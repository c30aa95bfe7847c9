"""The embedded server: first start, hard kills, left-overs, long paths."""

from __future__ import annotations

import asyncio
import os
import signal

import asyncpg
import pytest

from proxy.embedded.postgres import EmbeddedPostgres
from proxy.errors import ConfigurationError
from proxy.runtime import database

FAST = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}


@pytest.fixture
async def server(tmp_path):
    made = EmbeddedPostgres(tmp_path / "pg", FAST)
    await made.start()
    yield made
    await made.stop()


async def query(server: EmbeddedPostgres, sql: str):
    connection = await asyncpg.connect(server.dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_server_answers_on_a_private_socket_and_no_tcp_port(server):
    assert await server.healthy()
    assert await query(server, "SHOW listen_addresses") == ""
    assert server._places.sockets.stat().st_mode & 0o077 == 0


async def test_acknowledged_rows_survive_a_kill_during_writing(server):
    await query(server, "CREATE TABLE kept (n bigint PRIMARY KEY)")
    acknowledged = 0

    async def write() -> None:
        nonlocal acknowledged
        connection = await asyncpg.connect(server.dsn)
        while True:
            rows = [(acknowledged + one,) for one in range(1, 51)]
            await connection.copy_records_to_table("kept", records=rows)
            acknowledged += 50

    writing = asyncio.ensure_future(write())
    await asyncio.sleep(0.3)
    os.killpg(server.process.pid, signal.SIGKILL)
    with pytest.raises(database.UNAVAILABLE):
        await writing
    await server.process.wait()
    assert not await server.healthy()
    await server.start()
    assert acknowledged
    assert await query(server, "SELECT count(*) FROM kept") >= acknowledged


async def test_server_that_outlived_its_owner_is_ended_and_its_data_kept(server):
    await query(server, "CREATE TABLE kept AS SELECT 7 AS n")
    orphan = server.process
    server._lock.close()  # the owner is gone, its child is not
    heir = EmbeddedPostgres(server.root, FAST)
    await heir.start()
    try:
        await asyncio.wait_for(orphan.wait(), 5)
        assert await query(heir, "SELECT n FROM kept") == 7
    finally:
        await heir.stop()
        server._lock = None


async def test_second_instance_on_the_same_folder_is_refused(server):
    with pytest.raises(ConfigurationError, match="already running"):
        await EmbeddedPostgres(server.root, FAST).start()
    assert await server.healthy()


async def test_stop_leaves_no_process_and_allows_a_new_start(server):
    process = server.process
    await server.stop()
    assert process.returncode == 0
    assert not (server._places.data / "postmaster.pid").exists()
    await server.start()
    assert await server.healthy()


async def test_long_path_gets_a_short_private_socket_folder(tmp_path):
    made = EmbeddedPostgres(tmp_path / ("long" * 30), FAST)
    await made.start()
    try:
        assert await made.healthy()
        assert len(str(made._places.sockets)) < 90
    finally:
        await made.stop()
        made._places.sockets.rmdir()


async def test_server_that_cannot_start_says_where_to_look(tmp_path):
    made = EmbeddedPostgres(tmp_path / "pg", {"no_such_setting": "1"})
    with pytest.raises(ConfigurationError, match="no_such_setting"):
        await made.start()
    await made.stop()


def test_address_before_the_first_start_is_an_error(tmp_path):
    with pytest.raises(ConfigurationError):
        _ = EmbeddedPostgres(tmp_path).dsn
