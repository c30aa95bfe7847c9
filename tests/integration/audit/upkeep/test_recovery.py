from __future__ import annotations

import asyncio

import pytest

from proxy.audit.records.record import Columns, make
from proxy.audit.upkeep import recovery
from proxy.audit.upkeep.recovery import Recovery
from proxy.audit.verification.verify import verify
from proxy.errors import AuditUnavailableError
from proxy.runtime import database
from testing import evidence


async def begin(log, identity: str):
    entry = await log.entry(evidence.exchange(identity)).__aenter__()
    entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
    await entry.intend(evidence.outbound(identity), 1)
    return entry


async def recovered(recovery: Recovery) -> int:
    """A backend that was cut off takes a moment to give up its lock."""
    for _ in range(100):
        settled = await recovery.once()
        if settled:
            return settled
        await asyncio.sleep(0.02)
    return 0


async def test_exchange_of_a_dead_writer_gets_one_abandoned_outcome(fresh_dsn, open_log, superuser, serve, die):
    dead, alive = await open_log(fresh_dsn), await open_log(fresh_dsn)
    await serve(dead, "done")
    await dead.event_durable("flush", {})
    await begin(dead, "left")
    await die(dead)
    assert await recovered(Recovery(alive, grace_s=0)) == 1
    assert await Recovery(alive, grace_s=0).once() == 0
    rows = await evidence.exchanges(superuser)
    left = rows["left"]
    assert [list(left[name]) for name in ("obligations_fulfilled", "obligations_unfulfilled")] == [
        ["o-pseudonymize", "o-log"], ["o-restore"],
    ]  # fmt: skip
    assert [left[name] for name in ("ended", "code", "action")] == ["abandoned", "abandoned", "redact_and_forward"]
    assert [*left["attempt_targets"]] == ["us-1"]
    assert rows["done"]["ended"] == "delivered"
    reader = await database.connect(fresh_dsn, database.READER)
    report = await verify(reader, evidence.SIGNING.verifier)
    await reader.close()
    assert report.sound
    assert report.open == 0


async def test_living_writer_is_left_alone(fresh_dsn, open_log, superuser):
    busy, alive = await open_log(fresh_dsn), await open_log(fresh_dsn)
    entry = await begin(busy, "running")
    recovery = Recovery(alive, grace_s=0)
    assert await recovery.once() == 0
    entry.settle(evidence.DELIVERED)
    await entry.__aexit__(None, None, None)
    await busy.event_durable("flush", {})
    assert (await evidence.exchanges(superuser))["running"]["ended"] == "delivered"


async def test_dead_writer_is_given_the_grace_period(fresh_dsn, open_log, superuser, die):
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    alive = await open_log(fresh_dsn)
    held = await superuser.fetchval(locks)
    dead = await open_log(fresh_dsn)
    alive.clock = evidence.FixedClock()
    await begin(dead, "left")
    await die(dead)
    async with asyncio.timeout(20):
        while await superuser.fetchval(locks) > held:
            await asyncio.sleep(0.02)
    recovery = Recovery(alive, grace_s=20)
    assert await recovery.once() == 0
    alive.clock.seconds += 19
    assert await recovery.once() == 0
    alive.clock.seconds += 2
    assert await recovered(recovery) == 1


async def test_outcome_that_comes_after_recovery_is_kept_as_an_event(fresh_dsn, open_log, superuser, die):
    """A writer that was cut off for longer than the grace period comes back with its outcome."""
    late, alive = await open_log(fresh_dsn), await open_log(fresh_dsn)
    entry = await begin(late, "slow")
    recovery = Recovery(alive, grace_s=0)
    late.writer._session.drop()
    about = Columns(at=1, kind="decision", exchange="slow", tenant="acme", action="forward")
    records = [make(about, {}), make(about._replace(kind="attempt", attempt=1, target="us-1"), {})]
    await alive.writer.durable(alive.writer.put([recovery._abandoned(late.writer_id, records)]))
    entry.settle(evidence.DELIVERED)
    await entry.__aexit__(None, None, None)
    await late.event_durable("flush", {})
    kept = await superuser.fetchval(
        "SELECT body #>> '{facts,outcome,ended}' FROM audit.record WHERE action = 'late_outcome' AND target = 'slow'"
    )
    assert kept == "delivered"
    [row] = (await evidence.exchanges(superuser)).values()
    assert (row["ended"], row["target"]) == ("abandoned", "us-1")


async def test_writer_that_was_taken_for_dead_goes_on_under_another_name(fresh_dsn, open_log, superuser, serve, die):
    """Otherwise nobody would ever settle what it opens after its recovery."""
    cut_off, alive = await open_log(fresh_dsn), await open_log(fresh_dsn)
    await begin(cut_off, "before")
    await cut_off.writer._background.stop()
    cut_off.writer._session.drop()
    assert await recovered(Recovery(alive, grace_s=0)) == 1
    cut_off.writer._background.start("audit flusher", cut_off.writer._run())
    await begin(cut_off, "after")
    assert cut_off.writer.writer == f"{cut_off.writer_id}~2"
    await die(cut_off)
    assert await recovered(Recovery(alive, grace_s=0)) == 1
    assert (await evidence.exchanges(superuser))["after"]["ended"] == "abandoned"
    reader = await database.connect(fresh_dsn, database.READER)
    report = await verify(reader, evidence.SIGNING.verifier)
    await reader.close()
    assert (report.damages, report.open) == ([], 0)


async def test_two_processes_recover_each_exchange_once(fresh_dsn, open_log, superuser, die):
    dead, one, two = await open_log(fresh_dsn), await open_log(fresh_dsn), await open_log(fresh_dsn)
    for number in range(20):
        await begin(dead, f"left-{number}")
    await die(dead)
    await asyncio.sleep(0.1)
    async with asyncio.TaskGroup() as group:
        for log in (one, two):
            group.create_task(Recovery(log, grace_s=0).once())
    outcomes = await superuser.fetchval("SELECT count(*) FROM audit.record WHERE kind = 'outcome'")
    assert outcomes == 20
    assert await superuser.fetchval("SELECT count(*) FROM audit.record WHERE action = 'writer_recovered'") == 1


async def test_periodic_recovery_settles_without_being_asked(fresh_dsn, open_log, superuser, die):
    dead, alive = await open_log(fresh_dsn), await open_log(fresh_dsn)
    await begin(dead, "left")
    await die(dead)
    recovery = Recovery(alive, grace_s=0, period_s=0.05)
    recovery.start()
    async with asyncio.timeout(10):
        while not await superuser.fetchval("SELECT count(*) FROM audit.record WHERE kind = 'outcome'"):
            await asyncio.sleep(0.02)
    await recovery.close()


async def test_an_outage_in_between_starts_the_grace_period_again(fresh_dsn, open_log, die):
    """Seen dead, database away, seen dead: that the writer lived meanwhile cannot be excluded."""
    dead, alive = await open_log(fresh_dsn), await open_log(fresh_dsn)
    await begin(dead, "left")
    await die(dead)
    recovery = Recovery(alive, grace_s=0.4)
    for _ in range(100):  # a backend that was cut off takes a moment to give up its lock
        await recovery.once()
        if recovery._seen_dead:
            break
        await asyncio.sleep(0.02)
    reached, alive.dsn = alive.dsn, "postgres://nobody@127.0.0.1:1/x"
    with pytest.raises(AuditUnavailableError):
        await recovery.once()
    alive.dsn = reached
    await asyncio.sleep(0.5)
    assert await recovery.once() == 0
    await asyncio.sleep(0.5)
    assert await recovery.once() == 1


async def test_months_that_come_have_their_partition(fresh_dsn, superuser):
    connection = await database.connect(fresh_dsn, database.WRITER)
    await recovery.keep_up(connection)
    await recovery.keep_up(connection)
    await connection.close()
    made = "SELECT count(*) FROM generate_series(-1, 7) d WHERE to_regclass('audit.record_' || to_char((now() AT TIME ZONE 'UTC')::date + d, 'YYYY_MM')) IS NULL"
    assert await superuser.fetchval(made) == 0
