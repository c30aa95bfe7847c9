"""The typed rows in the batch's transaction: never without their records, and never at the price of one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from proxy.audit.records.record import Columns, make
from proxy.audit.verification.verify import verify
from proxy.audit.writing import typed
from proxy.runtime import database
from testing import evidence


async def test_rows_are_stored_with_their_records(log, serve, superuser):
    await serve(log, "x1")
    await log.event_durable("flush", {})
    same = await superuser.fetchval(
        "SELECT count(*) FROM evidence.exchange e JOIN audit.record r USING (writer, seq) WHERE e.xmin = r.xmin"
    )
    assert same == 1
    event = await superuser.fetchrow(
        "SELECT e.event FROM evidence.event e JOIN audit.record r USING (writer, seq) WHERE e.xmin = r.xmin AND r.action = 'flush'"
    )
    assert event["event"] == "flush"


async def test_a_row_that_cannot_be_stored_costs_no_record(fresh_dsn, log, serve, superuser):
    await superuser.execute("ALTER TABLE evidence.exchange ADD CHECK (exchange <> 'odd')")
    for name in ("x1", "odd", "x2"):
        await serve(log, name)
    await log.event_durable("flush", {})
    assert await superuser.fetchval("SELECT count(*) FROM audit.record WHERE kind = 'outcome'") == 3
    rows = await superuser.fetch("SELECT exchange FROM evidence.exchange ORDER BY exchange")
    assert [row["exchange"] for row in rows] == ["x1", "x2"]
    connection = await database.connect(fresh_dsn, database.READER)
    report = await verify(connection, evidence.SIGNING.verifier)
    await connection.close()
    assert {one.what for one in report.damages} == {"protection"}  # the constraint that the test added, and on "rest"


async def test_a_day_that_is_made_while_a_record_waits_for_it_costs_no_row(log, superuser):
    day = datetime(2031, 5, 5, tzinfo=UTC)
    event = make(Columns(at=round(day.timestamp() * 1_000_000), kind="event", action="early"), {})
    async with superuser.transaction():
        assert await superuser.fetchval("SELECT audit.add_day($1)", day.date())
        unit = log.writer.put([event])
        while not await superuser.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.01)
    await log.writer.durable(unit)
    assert await superuser.fetchval("SELECT tableoid::regclass::text FROM audit.record WHERE action = 'early'") == (
        "audit.record_2031_05_05"
    )
    assert await superuser.fetchval("SELECT count(*) FROM evidence.event WHERE event = 'early'") == 1


async def test_a_row_that_the_driver_cannot_write_costs_no_record(log, superuser):
    odd = make(Columns(at=1, kind="outcome", exchange="odd"), {})._replace(typed=("no moment",))
    await log.writer.durable(log.writer.put([make(Columns(at=1, kind="decision", exchange="odd"), {}), odd]))
    assert await superuser.fetchval("SELECT count(*) FROM audit.record WHERE exchange = 'odd'") == 2
    await log.event_durable("after", {})
    assert await superuser.fetchval("SELECT count(*) FROM evidence.event WHERE event = 'after'") == 1


async def test_an_outcome_that_another_wrote_first_becomes_an_event_with_its_row(
    fresh_dsn, open_log, log, serve, superuser
):
    other = await open_log(fresh_dsn)
    async with log.entry(evidence.exchange("x1")) as entry:
        entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
        await entry.intend(evidence.outbound("x1"), 1)
        outcome = make(Columns(at=1, kind="outcome", exchange="x1", codes=("abandoned",)), {"ended": "abandoned"})
        await other.writer.durable(other.writer.put([outcome]))
        entry.settle(evidence.DELIVERED)
    await log.event_durable("flush", {})
    assert await superuser.fetchval("SELECT count(*) FROM evidence.exchange") == 0  # the other one had no row
    late = await superuser.fetchrow("SELECT exchange, status FROM evidence.event WHERE event = 'late_outcome'")
    assert tuple(late) == ("x1", 200)


def test_rows_stand_at_the_place_of_their_record():
    event = make(Columns(at=1, kind="event", action="e"), {})
    outcome = make(Columns(at=2, kind="outcome", exchange="x"), {})._replace(typed=("row",))
    made = typed.rows("w", 7, [make(Columns(at=0, kind="attempt", exchange="x", attempt=1), {}), outcome, None, event])
    assert made.exchanges == [("w", 9, "row")]
    assert [row[:2] for row in made.events] == [("w", 11)]
    assert not typed.any_of([outcome._replace(typed=None)])
