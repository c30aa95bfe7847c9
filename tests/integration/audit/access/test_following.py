from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from proxy.audit.access import following
from proxy.audit.records.record import link
from proxy.core.wire import new_exchange_id


async def test_a_window_is_whole_batches_of_one_chain_in_order(log, serve, reader):
    for identity in ("x1", "x2", "x3"):
        await serve(log, identity)
    await log.event_durable("catalog_loaded", {})
    writer = log.writer.writer
    head = (await following.heads(reader))[writer]
    window = await following.window(reader, writer, 0, 100)
    assert [one.seq for one in window.records] == list(range(1, head + 1))
    assert window.until == head
    assert (await following.window(reader, writer, head, 100)) == (writer, head, [], 0)


async def test_a_window_holds_no_more_than_asked_for_but_one_batch_at_least(log, serve, reader):
    for identity in ("x1", "x2"):
        await serve(log, identity)
    await log.event_durable("catalog_loaded", {})
    read, after = [], 0
    while (window := await following.window(reader, log.writer.writer, after, 1)).until > after:
        assert window.records
        read += [one.seq for one in window.records]
        after = window.until
    assert read == list(range(1, len(read) + 1))


async def test_bodies_are_those_that_the_chain_covers(log, serve, reader):
    await serve(log, "x1")
    await log.event_durable("catalog_loaded", {})
    records = (await following.window(reader, log.writer.writer, 0, 100)).records
    for before, one in itertools.pairwise(records):
        assert link(before.hash, one.body) == one.hash


async def test_a_record_has_a_leaf_once_a_note_covers_it(log, reader):
    from proxy.audit.upkeep.checkpointer import Checkpointer

    writer = log.writer.writer
    assert [one.leaf for one in (await following.window(reader, writer, 0, 10)).records] == [None]
    await Checkpointer.of(log, (), 1.0).once()
    assert [one.leaf for one in (await following.window(reader, writer, 0, 10)).records] == [0]


async def test_heads_are_of_every_chain_or_of_those_that_have_grown_lately(log, open_log, fresh_dsn, reader, superuser):
    other = await open_log(fresh_dsn)
    known = await following.heads(reader)
    assert known == {log.writer.writer: 1, other.writer.writer: 1}
    assert await following.heads(reader, 60.0) == known
    await superuser.execute("ALTER TABLE audit.seal DISABLE TRIGGER USER")
    await superuser.execute(
        "UPDATE audit.seal SET stored_at = stored_at - interval '1 hour' WHERE writer = $1", other.writer.writer
    )
    assert await following.heads(reader, 60.0) == {log.writer.writer: 1}
    assert await following.heads(reader) == known


async def test_the_place_before_a_moment_is_the_end_of_the_batch_before_it(log, reader, superuser):
    moment = await superuser.fetchval("SELECT clock_timestamp()")
    await log.event_durable("catalog_loaded", {})
    assert await following.before(reader, moment) == {log.writer.writer: 1}
    assert await following.before(reader, moment.replace(year=2020)) == {}


def test_chains_that_go_on_are_those_beyond_what_was_read():
    assert following.grown({"a": 3, "b": 2, "c": 1}, {"a": 3, "b": 1}) == ["b", "c"]


@pytest.mark.parametrize("age", [0, 3, 100])
async def test_records_of_an_exchange_that_began_days_before_its_seal_are_read(log, serve, reader, age):
    began = datetime.now(UTC) - timedelta(days=age)
    await serve(log, new_exchange_id(began.timestamp()))
    await log.event_durable("catalog_loaded", {})
    window = await following.window(reader, log.writer.writer, 0, 100)
    assert [one.seq for one in window.records] == [1, 2, 3, 4, 5, 6]


async def test_only_the_months_around_a_seal_are_opened(log, reader, superuser):
    today = datetime.now(UTC).date()
    for age in range(24):
        await superuser.execute("SELECT audit.add_month($1)", today - timedelta(days=31 * age))
    await following.prepare(reader)
    for _ in range(8):  # after some executions a plan for all values would be taken
        async with reader.transaction():
            await following.window(reader, log.writer.writer, 0, 100)
            opened = await reader.fetchval(
                "SELECT count(DISTINCT relation) FROM pg_locks WHERE pid = pg_backend_pid() AND relation::regclass::text "
                "~ '^audit.record_[0-9_]+$'"
            )
    assert 1 <= opened <= 3
