"""Streams beside a serving process: one process at a time, and never in the way of what it records."""

from __future__ import annotations

import asyncio
import time

import pytest

from proxy.reports.siem import address
from proxy.reports.siem.serving import ServedStreams


@pytest.fixture
async def serve_streams(fresh_dsn, collector):
    """Start streams as processes do; all are closed at the end."""
    opened = []

    def start(**changes):
        [to] = address.several(f"{collector.url}#format=record")
        made = ServedStreams(fresh_dsn, "audit.acme.example", [to], again_s=0.1, **changes)
        made.start()
        opened.append(made)
        return made

    yield start
    for one in opened:
        await one.close()


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.02)


def state(streams):
    [made] = streams.states.values()
    return made


async def test_two_processes_send_each_record_once_and_the_other_takes_over(serve_streams, log, collector, stored):
    first = serve_streams()
    await until(lambda: state(first).holds)
    second = serve_streams()
    await log.event_durable("catalog_loaded", {})
    await until(lambda: len(collector.places) == 2)
    assert not state(second).holds
    await first.close()
    await log.event_durable("catalog_loaded", {})
    await until(lambda: len(collector.places) == 3)
    assert state(second).holds
    assert collector.places == await stored()


async def test_a_dead_collector_slows_no_record_and_loses_none(serve_streams, log, collector, stored):
    failures = []
    collector.answers = ["close"] * 50
    streams = serve_streams(failed=failures.append)
    await until(lambda: state(streams).error)
    began = time.monotonic()
    for _ in range(50):
        await log.event_durable("catalog_loaded", {})
    assert time.monotonic() - began < 5.0
    assert log.writer.healthy
    assert list(streams.details.values()) == [state(streams).error]
    collector.answers.clear()
    await until(lambda: len(collector.places) >= 51)
    assert collector.places == await stored()
    assert failures
    assert list(streams.details.values()) == [""]


async def test_a_lost_connection_to_the_database_is_made_again(serve_streams, log, collector, stored, superuser):
    streams = serve_streams()
    await until(lambda: len(collector.places) == 1)
    await superuser.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND pid <> pg_backend_pid() "
        "AND pid IN (SELECT pid FROM pg_stat_activity WHERE query NOT LIKE '%audit.record (writer%')"
    )
    await until(lambda: not state(streams).holds)
    assert await superuser.fetchval("SELECT count(*) FROM audit.reading") == 1
    await log.event_durable("catalog_loaded", {})
    await until(lambda: len(set(collector.places)) >= 2)
    assert sorted(set(collector.places)) == await stored()


async def test_a_start_is_announced_once_in_a_process_however_often_it_begins_anew(
    serve_streams, log, collector, superuser
):
    await superuser.execute("ALTER TABLE audit.record DISABLE TRIGGER USER")
    await superuser.execute("DELETE FROM audit.record")
    failures = []
    streams = serve_streams(failed=failures.append)
    await until(lambda: len(failures) > 2)
    assert await superuser.fetchval("SELECT count(*) FROM audit.reading") == 1
    assert "are gone" in state(streams).error


async def test_a_stream_that_no_process_can_hold_says_why():
    [to] = address.several("file:/a")
    failures = []
    streams = ServedStreams("postgres://nobody@127.0.0.1:1/x", "a.example", [to], failures.append, again_s=0.1)
    streams.start()
    await until(lambda: failures)
    assert streams.details == {to.name: "ConnectionRefusedError"}
    await streams.close()
