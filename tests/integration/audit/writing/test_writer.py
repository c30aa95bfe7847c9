"""The writer against a real server: durable, complete and chained through broken connections and dead servers."""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import signal
import time

import asyncpg
import orjson
import psutil
import pytest

from bench.tamper import forging
from proxy.audit.records.record import Columns, make, stored
from proxy.audit.verification.verify import verify
from proxy.audit.writing import writer as writing
from proxy.audit.writing.log import PostgresAuditLog
from proxy.audit.writing.writer import ChainWriter
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.errors import AuditUnavailableError
from proxy.runtime import database
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from proxy.runtime.steps import in_turns
from testing import evidence, log_lines


def event(number: int, **columns):
    return make(Columns(at=number, kind="event", action="e", **columns), {"n": number})


async def sound(dsn: str):
    connection = await database.connect(dsn, database.READER)
    try:
        return await verify(connection, evidence.SIGNING.verifier)
    finally:
        await connection.close()


async def break_connection(superuser, log):
    while not log.healthy:
        await asyncio.sleep(0.005)
    await superuser.execute("SELECT pg_terminate_backend($1)", log.writer._session._connection.get_server_pid())


async def test_unit_is_stored_when_durable_returns(log, superuser):
    unit = log.writer.put([event(1), event(2)])
    await log.writer.durable(unit)
    assert await superuser.fetchval("SELECT count(*) FROM audit.record WHERE action = 'e'") == 2


async def test_many_waiting_units_share_commits_in_order(log, superuser):
    units = [log.writer.put([event(n)]) for n in range(2000)]
    async with asyncio.TaskGroup() as group:
        for unit in units:
            group.create_task(log.writer.durable(unit))
    numbers = await superuser.fetch(
        "SELECT body #>> '{facts,n}' AS n FROM audit.record WHERE action = 'e' ORDER BY seq"
    )
    assert [int(row["n"]) for row in numbers] == list(range(2000))
    commits = await superuser.fetchval("SELECT count(DISTINCT xmin::text) FROM audit.record")
    assert commits < 20


def outcome(number: int):
    return make(Columns(at=number, kind="outcome", exchange=f"x{number}", action="e"), {"n": number})


async def batches(superuser) -> list[list[int]]:
    """Return the numbers of the records in the order of the chain, batch by batch."""
    rows = await superuser.fetch("""
        SELECT r.*, s.last_seq
        FROM audit.seal s JOIN audit.record r ON r.writer = s.writer AND r.seq BETWEEN s.first_seq AND s.last_seq
        WHERE r.action = 'e' ORDER BY r.seq""")
    batch = itertools.groupby(rows, lambda row: row["last_seq"])
    return [[orjson.loads(evidence.body_of(row))["facts"]["n"] for row in some] for _, some in batch]


async def test_records_nobody_waits_for_gather_and_go_together(log, superuser, monkeypatch):
    monkeypatch.setattr(writing, "_PATIENCE_S", 1.0)
    late = [log.writer.put([outcome(1)], lazy=True)]
    for number in (2, 3):
        await log.writer.durable(log.writer.put([make(Columns(at=1, kind="decision", exchange=f"x{number}", action="e"),
                                                      {"n": number})]))  # fmt: skip
        late.append(log.writer.put([outcome(number * 10)], lazy=True))
    assert not any(unit.taken for unit in late)
    for unit in late:
        await log.writer.durable(unit)
    assert await batches(superuser) == [[2], [3], [1, 20, 30]]


async def test_records_that_gathered_go_with_the_next_batch(log, superuser):
    late = log.writer.put([outcome(1)], lazy=True)
    log.writer._gathered()
    assert not late.taken
    decision = make(Columns(at=1, kind="decision", exchange="x2", action="e"), {"n": 2})
    await log.writer.durable(log.writer.put([decision]))
    assert await batches(superuser) == [[1, 2]]


async def test_a_batch_waits_for_the_records_of_requests_that_are_at_work(log, superuser, monkeypatch):
    monkeypatch.setattr(writing, "_COMPANY_S", 60.0)

    async def request(number):
        for step in range(10):
            time.sleep(0.001)
            units.append(log.writer.put([outcome(10 * number + step)]))
            await asyncio.sleep(0)

    units = []
    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(in_turns(f"tenant {number}", request(number)))
    for unit in units:
        await log.writer.durable(unit)
    stored = await batches(superuser)
    assert (sum(map(len, stored)), max(map(len, stored)) > 20) == (40, True)


async def test_events_come_after_records_that_were_put_before(log, superuser):
    log.writer.put([outcome(1)], lazy=True)
    await log.writer.durable(log.writer.put([event(2)]))
    log.writer.put([outcome(3)], lazy=True)
    await log.close()
    assert await batches(superuser) == [[1, 2], [3]]
    assert await superuser.fetchval("SELECT action FROM audit.record ORDER BY seq DESC LIMIT 1") == "writer_closed"


async def test_codes_and_places_are_stored_as_they_are(log, superuser):
    told = [(), ("A",), ('a"b', "c\\d", "{e,f}", "NULL", "", " g\n", "\N{LATIN SMALL LETTER E WITH ACUTE}")]
    await log.writer.durable(log.writer.put([event(n, codes=codes) for n, codes in enumerate(told)]))
    rows = await superuser.fetch("SELECT * FROM audit.record WHERE action = 'e' ORDER BY seq")
    assert [stored(evidence.body_of(row)).codes for row in rows] == told
    assert [(row["writer"], row["seq"]) for row in rows] == [(log.writer.writer, n) for n in (2, 3, 4)]


async def test_refused_record_does_not_hold_back_its_neighbours(fresh_dsn, log):
    bad = make(Columns(at=1, kind="event", exchange="events have none", action="e"), {})
    units = [log.writer.put([event(n)]) for n in range(5)]
    refused = log.writer.put([bad])
    units += [log.writer.put([event(n)]) for n in range(5, 10)]
    for unit in units:
        await log.writer.durable(unit)
    with pytest.raises(AuditUnavailableError):
        await log.writer.durable(refused)
    assert (await sound(fresh_dsn)).records == 11
    assert (await sound(fresh_dsn)).sound


async def test_queue_is_bounded_except_for_admitted_exchanges(log):
    log.writer.capacity = 3
    log.writer.put([event(1), event(2), event(3)])
    with pytest.raises(AuditUnavailableError):
        log.writer.put([event(4)])
    log.writer.put([event(5)], admitted=True)


async def test_broken_connection_is_replaced_and_nothing_is_lost(fresh_dsn, log, superuser):
    for round_number in range(5):
        units = [log.writer.put([event(n)]) for n in range(50)]
        await asyncio.sleep(0.002 * round_number)
        await break_connection(superuser, log)
        for unit in units:
            await log.writer.durable(unit)
        while not log.writer.healthy:
            await asyncio.sleep(0.01)
    report = await sound(fresh_dsn)
    assert report.sound
    assert report.records == 251


async def test_commit_whose_answer_was_lost_is_not_stored_twice(fresh_dsn, log, superuser):
    session = log.writer._session

    class Lossy:
        alive = True

        async def store(self, *batch):
            await session.store(*batch)
            session.drop()
            raise ConnectionResetError

        def drop(self):
            session.drop()

    log.writer._session = Lossy()
    await log.writer.durable(log.writer.put([event(1), event(2)]))
    await log.writer.durable(log.writer.put([event(3)]))
    assert (await sound(fresh_dsn)).sound
    assert await superuser.fetchval("SELECT count(*) FROM audit.record WHERE action = 'e'") == 3


async def test_chain_that_the_database_lost_goes_on_under_another_name(fresh_dsn, log, superuser):
    await log.writer.durable(log.writer.put([event(1)]))
    left = log.writer.writer
    await superuser.execute(
        "SET session_replication_role = replica; DELETE FROM audit.record WHERE action = 'e'; DELETE FROM audit.seal WHERE first_seq > 1; RESET session_replication_role"
    )
    await break_connection(superuser, log)
    await log.writer.durable(log.writer.put([event(2)]))
    assert log.writer.writer == f"{left}~2"
    rows = await superuser.fetch(
        "SELECT action, body #>> '{facts,continues}' AS left FROM audit.record WHERE writer = $1 ORDER BY seq",
        log.writer.writer,
    )
    assert [(row["action"], row["left"]) for row in rows] == [("writer_started", left), ("e", None)]


async def test_close_writes_what_waits_and_a_closing_record(fresh_dsn, open_log, superuser):
    log = await open_log(fresh_dsn)
    for n in range(10):
        log.writer.put([event(n)])
    await log.close()
    last = await superuser.fetchval(
        "SELECT action FROM audit.record WHERE writer = $1 ORDER BY seq DESC LIMIT 1", log.writer_id
    )
    assert last == "writer_closed"
    assert (await sound(fresh_dsn)).records == 12


async def test_start_without_a_database_fails(tmp_path):
    writer = ChainWriter(f"postgresql://postgres@/x?host={tmp_path}", "w")
    with pytest.raises(AuditUnavailableError):
        await writer.start()


async def test_login_that_may_not_write_cannot_start(fresh_dsn, superuser):
    await superuser.execute("DO $$ BEGIN CREATE ROLE stranger LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    writer = ChainWriter(fresh_dsn.replace("postgres@", "stranger@"), "w")
    with pytest.raises(AuditUnavailableError):
        await writer.start()


@pytest.fixture
async def own_server(tmp_path):
    server = EmbeddedPostgres(tmp_path / "pg", {"shared_buffers": "16MB", "max_connections": "20"})
    await server.start()
    await migrate(server.dsn, shipped("migrations"))
    yield server
    await server.stop()


async def killed(server):
    """Kill a server; return when the processes of its connections, which notice by themselves, have ended too."""
    backends = psutil.Process(server.process.pid).children(recursive=True)
    os.killpg(server.process.pid, signal.SIGKILL)
    await server.process.wait()
    _, left = await asyncio.to_thread(psutil.wait_procs, backends, 20)
    assert left == []


async def test_dead_server_refuses_intents_and_keeps_outcomes_until_it_returns(own_server, open_log, serve):
    log = await open_log(own_server.dsn, timeout_s=0.3)
    await serve(log, "before")
    async with log.entry(evidence.exchange("across")) as entry:
        entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
        await entry.intend(evidence.outbound("across"), 1)
        await killed(own_server)
        entry.settle(evidence.DELIVERED)
    async with log.entry(evidence.exchange("during")) as entry:
        entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
        with pytest.raises(AuditUnavailableError):
            await entry.intend(evidence.outbound("during"), 1)
        entry.fault("audit_unavailable", 503)
    assert not log.healthy
    await own_server.start()
    async with asyncio.timeout(10):
        while log.waiting:
            await asyncio.sleep(0.02)
    await serve(log, "after")
    await log.event_durable("done", {})
    connection = await asyncpg.connect(own_server.dsn)
    rows = await connection.fetch(
        "SELECT exchange, array_agg(kind ORDER BY kind) AS kinds FROM audit.record WHERE exchange <> '' GROUP BY 1"
    )
    ended = (await evidence.exchanges(connection))["during"]["code"]
    await connection.close()
    kinds = {row["exchange"]: row["kinds"] for row in rows}
    assert kinds["before"] == kinds["across"] == kinds["after"] == ["attempt", "decision", "outcome"]
    assert kinds["during"] in (["decision", "outcome"], ["attempt", "decision", "outcome"])
    assert ended == "audit_unavailable"
    assert (await sound(own_server.dsn)).sound


async def test_killed_again_and_again_while_serving_loses_and_doubles_nothing(own_server, open_log, serve):
    log = await open_log(own_server.dsn, timeout_s=5.0)
    sent: list[str] = []

    async def client(number: int) -> None:
        for turn in range(40):
            identity = f"{number}-{turn}"
            try:
                await serve(log, identity)
            except AuditUnavailableError:
                continue
            sent.append(identity)
            await asyncio.sleep(0.003)

    async def trouble() -> None:
        for _ in range(3):
            await asyncio.sleep(0.05)
            os.killpg(own_server.process.pid, signal.SIGKILL)
            await own_server.process.wait()
            await own_server.start()

    async with asyncio.TaskGroup() as group:
        group.create_task(trouble())
        for number in range(8):
            group.create_task(client(number))
    await log.event_durable("done", {})
    connection = await asyncpg.connect(own_server.dsn)
    rows = await connection.fetch(
        "SELECT exchange, array_agg(kind ORDER BY kind) AS kinds FROM audit.record WHERE exchange <> '' GROUP BY 1"
    )
    await connection.close()
    kinds = {row["exchange"]: row["kinds"] for row in rows}
    assert len(sent) > 100
    assert all(kinds[identity] == ["attempt", "decision", "outcome"] for identity in sent)
    assert (await sound(own_server.dsn)).sound


async def test_a_record_too_large_for_an_index_holds_nobody_back(log, superuser):
    """Index rows end at 8 kB (54000); the records around it are stored."""
    long = "".join(secrets.token_hex(16) for _ in range(600))
    before = log.writer.put([event(1)])
    refused = log.writer.put([make(Columns(at=2, kind="decision", exchange=long, action="e"), {})])
    after = log.writer.put([event(3)])
    await log.writer.durable(before)
    await log.writer.durable(after)
    with pytest.raises(AuditUnavailableError):
        await log.writer.durable(refused)
    assert await superuser.fetchval("SELECT count(*) FROM audit.record WHERE action = 'e'") == 2


async def test_nothing_follows_the_closing_record(log, superuser):
    await log.close()
    log.event("late", {})
    with pytest.raises(AuditUnavailableError):
        await log.event_durable("later", {})
    last = await superuser.fetchval("SELECT action FROM audit.record ORDER BY seq DESC LIMIT 1")
    assert last == "writer_closed"


async def test_a_chain_in_which_somebody_put_a_record_goes_on_under_another_name(fresh_dsn, log, superuser):
    """A login with the writer's role takes the next place of a chain: nothing is lost, and what it put there is named."""
    left = log.writer.writer
    await log.writer.durable(log.writer.put([event(1)]))
    await forging.put(superuser, left, [event(9)], forging.opening(left, evidence.SIGNING)[1])
    await log.writer.durable(log.writer.put([event(2)]))
    await log.writer.durable(log.writer.put([event(3)]))
    assert log.writer.writer == f"{left}~2"
    report = await sound(fresh_dsn)
    assert [(one.writer, one.seq, one.what) for one in report.damages] == [(left, 3, "seal")]
    assert await superuser.fetchval("SELECT count(*) FROM audit.record WHERE action = 'e'") == 4


async def test_a_refused_batch_leaves_no_seal(log, superuser, fresh_dsn):
    bad = make(Columns(at=1, kind="event", exchange="events have none", action="e"), {})
    with pytest.raises(AuditUnavailableError):
        await log.writer.durable(log.writer.put([bad]))
    assert await superuser.fetchval("SELECT count(*) FROM audit.seal") == 1
    assert (await sound(fresh_dsn)).sound


async def test_the_opening_record_tells_how_far_the_clock_is_off(fresh_dsn, open_log, superuser):
    log = await open_log(fresh_dsn)
    skew = await superuser.fetchval(
        "SELECT (body #>> '{facts,clock_skew_ms}')::bigint FROM audit.record WHERE writer = $1 AND seq = 1",
        log.writer_id,
    )
    assert abs(skew) < 5_000
    assert abs(await log.writer.clock_skew_ms(lambda: log.clock.now() + 3600) - 3_600_000) < 5_000


@pytest.mark.parametrize("late_s", [0, 300])
async def test_a_clock_that_is_far_off_is_logged_as_an_error(late_s, fresh_dsn):
    log = PostgresAuditLog(fresh_dsn, "late", evidence.KEYRING, evidence.FixedClock(time.time() - late_s))
    with log_lines.captured() as said:
        await log.start()
    await log.close()
    assert [one["log_level"] for one in said if one["event"] == "clock_skewed"] == ["error"] * bool(late_s)
