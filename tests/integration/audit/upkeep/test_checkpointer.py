"""Checkpoints by themselves: what is new is signed and anchored; nothing is signed over a log that lost something."""

from __future__ import annotations

import asyncio

import pytest

from proxy.audit.sealing import notes
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep.anchors.file import FileAnchor
from proxy.audit.upkeep.checkpointer import LOG, AgeLimit, Checkpointer, LogInconsistentError
from proxy.audit.verification.verify import verify
from proxy.audit.writing.session import STATEMENTS
from proxy.errors import AuditUnavailableError
from proxy.runtime import database
from testing import evidence

FREE = "SET session_replication_role = replica"


@pytest.fixture
def anchor(tmp_path):
    return FileAnchor(tmp_path / "audit.anchor")


@pytest.fixture
def checkpointer(fresh_dsn, anchor):
    return Checkpointer(fresh_dsn, evidence.SIGNING, (anchor,))


async def verified(dsn, anchor):
    connection = await database.connect(dsn, database.READER)
    try:
        return await verify(connection, evidence.SIGNING.verifier, anchor.lines())
    finally:
        await connection.close()


async def test_what_is_new_is_signed_once_and_anchored(fresh_dsn, log, checkpointer, anchor, serve):
    first = await checkpointer.once()
    assert await checkpointer.once() == first
    for number in range(3):
        await serve(log, f"x{number}")
    await log.event_durable("flush", {})
    second = await checkpointer.once()
    assert second.size > first.size
    assert [notes.anchored(line, evidence.SIGNING.verifier) for line in anchor.lines()] == [first, second]
    report = await verified(fresh_dsn, anchor)
    assert (report.state, report.checkpoints, report.seals, report.tail) == ("witnessed", 2, second.size, 0)


async def test_tail_after_the_last_anchored_checkpoint_is_counted(fresh_dsn, log, checkpointer, anchor):
    await checkpointer.once()
    for number in range(4):
        await log.event_durable("later", {"n": number})
    report = await verified(fresh_dsn, anchor)
    assert (report.state, report.tail) == ("witnessed", 4)
    assert report.tail_since > report.witnessed_to


async def test_nothing_sealed_is_nothing_signed(checkpointer, anchor):
    assert await checkpointer.once() is None
    assert list(anchor.lines()) == []


async def test_it_signs_by_itself(log, checkpointer, anchor):
    checkpointer.period_s = 0.02
    checkpointer.start()
    async with asyncio.timeout(10):
        while not anchor.last():
            await asyncio.sleep(0.02)
    before = anchor.last()
    await log.event_durable("new", {})
    async with asyncio.timeout(10):
        while anchor.last() == before:
            await asyncio.sleep(0.02)
    await checkpointer.close()


async def test_several_processes_make_one_log(fresh_dsn, open_log, serve, tmp_path, anchor):
    logs = [await open_log(fresh_dsn) for _ in range(3)]
    makers = [Checkpointer(fresh_dsn, evidence.SIGNING, (FileAnchor(tmp_path / f"{n}"), anchor)) for n in range(3)]

    async def work(number: int) -> None:
        for turn in range(6):
            await serve(logs[number], f"{number}-{turn}")
            await makers[number].once()

    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(work(number))
    for log in logs:
        await log.event_durable("flush", {})
    for maker in makers:
        await maker.once()
    for kept in (anchor, *(FileAnchor(tmp_path / f"{n}") for n in range(3))):
        report = await verified(fresh_dsn, kept)
        assert (report.damages, report.state, report.tail) == ([], "witnessed", 0)


async def test_checkpoint_is_signed_over_more_seals_than_fit_one_statement(
    fresh_dsn, log, checkpointer, anchor, monkeypatch
):
    monkeypatch.setattr("proxy.audit.upkeep.checkpointer._AT_ONCE", 2)
    statement = "proxy.audit.upkeep.checkpointer.STATEMENTS"
    from proxy.audit.writing.session import STATEMENTS

    few = {**STATEMENTS, "unlisted_seals": STATEMENTS["unlisted_seals"].replace("LIMIT 5000", "LIMIT 2")}
    monkeypatch.setattr(statement, few)
    for number in range(7):
        await log.event_durable("e", {"n": number})
    assert (await checkpointer.once()).size == 8
    assert (await verified(fresh_dsn, anchor)).state == "witnessed"


LAST = """
DELETE FROM audit.leaf WHERE noted = (SELECT max(size) FROM audit.note);
DELETE FROM audit.note WHERE size = (SELECT max(size) FROM audit.note);
"""


@pytest.fixture
async def grown(log, checkpointer):
    """Two checkpoints."""
    await checkpointer.once()
    await log.event_durable("more", {})
    await log.event_durable("still more", {})
    return await checkpointer.once()


@pytest.mark.parametrize("again", ["same process", "new process"])
async def test_nothing_is_signed_over_a_log_that_lost_its_end(
    fresh_dsn, log, checkpointer, anchor, grown, superuser, again
):
    """What a process or its anchor saw counts, whatever the database says now."""
    await superuser.execute(f"{FREE}; {LAST}")
    maker = checkpointer if again == "same process" else Checkpointer(fresh_dsn, evidence.SIGNING, (anchor,))
    with pytest.raises(LogInconsistentError, match="signed before"):
        await maker.once()
    assert "signed before" in maker.refused


async def test_nothing_is_signed_over_other_seals(checkpointer, log, grown, superuser, fresh_dsn, anchor):
    await superuser.execute(f"{FREE}; UPDATE audit.note SET note = $$x$$ WHERE size = {grown.size}")
    with pytest.raises(LogInconsistentError, match="not signed"):
        await checkpointer.once()


async def test_a_log_made_anew_under_the_right_key_is_refused(checkpointer, grown, superuser, fresh_dsn, anchor, log):
    """Somebody with the product's key and all rights: longer than before, but not its continuation."""
    await superuser.execute(f"{FREE}; DELETE FROM audit.leaf; DELETE FROM audit.note")
    await superuser.execute("UPDATE audit.seal SET stored_at = stored_at - interval '1 second' * last_seq")
    for number in range(3):
        await log.event_durable("e", {"n": number})
    await Checkpointer(fresh_dsn, evidence.SIGNING).once()
    for maker in (checkpointer, Checkpointer(fresh_dsn, evidence.SIGNING, (anchor,))):
        with pytest.raises(LogInconsistentError):
            await maker.once()
    assert (await verified(fresh_dsn, anchor)).state == "damaged"


async def test_a_log_under_another_key_is_refused(fresh_dsn, grown):
    with pytest.raises(LogInconsistentError, match="this installation's audit key"):
        await Checkpointer(fresh_dsn, AuditSigningKey.generate()).once()


async def test_refusal_and_its_end_are_told_once(checkpointer, log, grown, superuser):
    said: list[str] = []
    checkpointer.on_refusal = said.append
    kept = await superuser.fetchrow("SELECT size, peaks, note FROM audit.note WHERE size = $1", grown.size)
    await superuser.execute(f"{FREE}; DELETE FROM audit.note WHERE size = {grown.size}")
    for _ in range(2):
        with pytest.raises(LogInconsistentError):
            await checkpointer.once()
    await superuser.execute("INSERT INTO audit.note (size, peaks, note) VALUES ($1, $2, $3)", *kept)
    assert await checkpointer.once() == grown
    assert len(said) == 2
    assert said[1] == ""


async def test_anchor_that_cannot_be_written_is_told_and_made_good(fresh_dsn, log, tmp_path):
    place = tmp_path / "volume"
    place.write_text("")
    made = Checkpointer(fresh_dsn, evidence.SIGNING, (FileAnchor(place / "audit.anchor"),))
    note = await made.once()
    assert str(place) in made.unanchored
    place.unlink()
    assert await made.once() == note
    assert made.unanchored == ""
    assert len(FileAnchor(place / "audit.anchor").lines()) == 1


class BrokenAnchor(FileAnchor):
    """One whose driver fails in a way of its own."""

    async def newest(self, origin):
        raise RuntimeError("credentials")

    put = every = newest


async def test_an_anchor_that_fails_in_any_way_keeps_nothing_from_being_signed(fresh_dsn, log, tmp_path):
    made = Checkpointer(fresh_dsn, evidence.SIGNING, (BrokenAnchor(tmp_path / "x"), FileAnchor(tmp_path / "y")), 0.02)
    made.start()
    async with asyncio.timeout(10):
        while not FileAnchor(tmp_path / "y").lines():
            await asyncio.sleep(0.02)
    before = FileAnchor(tmp_path / "y").last()
    await log.event_durable("later", {})
    async with asyncio.timeout(10):
        while FileAnchor(tmp_path / "y").last() == before:
            await asyncio.sleep(0.02)
    assert "RuntimeError" in made.details["unanchored"]
    assert "credentials" not in made.details["unanchored"]
    await made.close()


async def test_a_round_that_fails_in_any_way_is_told_and_not_the_last(fresh_dsn, log, anchor):
    class Clumsy(Checkpointer):
        async def _anchored(self):
            if not self.refused:
                raise ZeroDivisionError
            return await super()._anchored()

    said: list[str] = []
    made = Clumsy(fresh_dsn, evidence.SIGNING, (anchor,), 0.02, on_refusal=said.append)
    made.start()
    async with asyncio.timeout(10):
        while len(said) < 2:
            await asyncio.sleep(0.02)
    await made.close()
    assert said[:2] == ["a round failed: ZeroDivisionError", ""]


async def test_seals_that_nobody_signs_are_late_although_every_anchor_keeps_the_newest_note(log, superuser, anchor):
    made = Checkpointer.of(log, (anchor,), 0.02, AgeLimit(0.3, refuses=True))
    await made.once()
    await superuser.execute("SELECT pg_advisory_lock(hashtextextended('audit log of seals', 0))")  # hangs for ever
    await log.event_durable("later", {})
    made.start()
    try:
        async with asyncio.timeout(20):
            while not log.suspended:
                await asyncio.sleep(0.02)
        assert LOG in made.late
        await superuser.execute("SELECT pg_advisory_unlock_all()")
        async with asyncio.timeout(20):
            while log.suspended:
                await asyncio.sleep(0.02)
    finally:
        await made.close()


async def test_who_hangs_with_the_lock_of_the_log_loses_it(fresh_dsn):
    connection = await database.connect(fresh_dsn, database.WRITER)
    async with connection.transaction():
        assert await connection.fetchval(STATEMENTS["take_log_lock"])
        assert await connection.fetchval("SHOW idle_in_transaction_session_timeout") == "1min"
    assert await connection.fetchval("SHOW idle_in_transaction_session_timeout") == "0"
    await connection.close()


async def test_seals_that_grew_old_while_nothing_was_signed_are_signed_afterwards(checkpointer, log, grown, superuser):
    other = Checkpointer(checkpointer.dsn, evidence.SIGNING)
    await other.once()
    kept = await superuser.fetchrow("SELECT size, peaks, note FROM audit.note WHERE size = $1", grown.size)
    await superuser.execute(f"{FREE}; DELETE FROM audit.note WHERE size = {grown.size}")
    await log.event_durable("meanwhile", {})
    with pytest.raises(LogInconsistentError):
        await other.once()
    await superuser.execute("UPDATE audit.seal SET stored_at = stored_at - interval '2 hours'")
    await superuser.execute("INSERT INTO audit.note (size, peaks, note) VALUES ($1, $2, $3)", *kept)
    assert (await other.once()).size > grown.size


async def test_database_away_says_so(tmp_path):
    with pytest.raises(AuditUnavailableError):
        await Checkpointer("postgres://nobody@127.0.0.1:1/x", evidence.SIGNING).once()


async def test_tables_of_the_log_are_append_only(superuser, log, grown):
    for table in ("seal", "leaf", "note", "witness"):
        for statement in (f"UPDATE audit.{table} SET ", f"DELETE FROM audit.{table}", f"TRUNCATE audit.{table}"):
            column = {
                "seal": "last_at = now()",
                "leaf": "noted = noted + 1",
                "note": "note = ''",
                "witness": "at = now()",
            }[table]
            with pytest.raises(Exception, match="append-only"):
                await superuser.execute(statement + (column if statement.endswith("SET ") else ""))


async def test_a_process_records_that_it_refuses_and_goes_on(log, superuser, anchor):
    made = Checkpointer.of(log, (anchor,), 10.0)
    note = await made.once()
    kept = await superuser.fetchrow("SELECT size, peaks, note FROM audit.note WHERE size = $1", note.size)
    await superuser.execute(f"{FREE}; DELETE FROM audit.note WHERE size = {note.size}")
    with pytest.raises(LogInconsistentError):
        await made.once()
    assert "signed before" in made.details["checkpoints_refused"]
    await superuser.execute("INSERT INTO audit.note (size, peaks, note) VALUES ($1, $2, $3)", *kept)
    await made.once()
    assert made.details == {"checkpoints_refused": "", "unanchored": "", "anchors_late": ""}
    await log.event_durable("flush", {})
    rows = await superuser.fetch("SELECT action FROM audit.record WHERE action LIKE 'checkpoints_%' ORDER BY seq")
    assert [row["action"] for row in rows] == ["checkpoints_refused", "checkpoints_resumed"]
