"""What somebody with all rights on the database does to the log, and what the verifier says."""

from __future__ import annotations

import pytest

from proxy.audit.records.record import link
from proxy.audit.verification.verify import verify
from proxy.runtime import database
from testing import evidence

FREE = "SET session_replication_role = replica"  # a superuser switches every trigger off


@pytest.fixture
async def filled(fresh_dsn, open_log, serve):
    logs = [await open_log(fresh_dsn) for _ in range(3)]
    for number in range(30):
        await serve(logs[number % 3], f"x{number}")
    for log in logs:
        await log.event_durable("flush", {})
    return logs


async def damages(dsn) -> list[tuple[str, int, str]]:
    connection = await database.connect(dsn, database.READER)
    try:
        report = await verify(connection)
    finally:
        await connection.close()
    assert report.writers == 3
    return [(one.writer, one.seq, one.what) for one in report.damages]


async def place(connection, writer, kind) -> int:
    """The place in a chain of the second record of a kind; outcomes follow their exchange by some records."""
    seqs = "SELECT seq FROM audit.record WHERE writer = $1 AND kind = $2 ORDER BY seq OFFSET 1 LIMIT 1"
    return await connection.fetchval(seqs, writer, kind)


async def test_untouched_log_is_sound(fresh_dsn, filled):
    assert await damages(fresh_dsn) == []


@pytest.mark.parametrize("column", ["tenant", "action", "target", "activity"])
async def test_altered_column_is_reported_with_its_place(fresh_dsn, filled, superuser, column):
    writer = filled[0].writer_id
    at = await place(superuser, writer, "outcome")
    await superuser.execute(f"{FREE}; UPDATE audit.record SET {column} = 'x' WHERE writer = '{writer}' AND seq = {at}")
    assert await damages(fresh_dsn) == [(writer, at, "column")]


async def test_altered_time_is_reported(fresh_dsn, filled, superuser):
    writer = filled[0].writer_id
    await superuser.execute(
        f"{FREE}; UPDATE audit.record SET recorded_at = recorded_at - interval '1 microsecond' WHERE writer = '{writer}' AND seq = 5"
    )
    assert await damages(fresh_dsn) == [(writer, 5, "column")]


async def test_altered_body_is_reported_with_its_place(fresh_dsn, filled, superuser):
    writer = filled[1].writer_id
    await superuser.execute(FREE)
    await evidence.rewritten(superuser, f"writer = '{writer}' AND seq = 6", lambda body: body.replace("us-1", "de-1"))
    assert (writer, 6, "body") in await damages(fresh_dsn)


async def test_body_that_only_changed_its_spacing_is_reported(fresh_dsn, filled, superuser):
    writer = filled[1].writer_id
    await superuser.execute(FREE)
    await evidence.rewritten(superuser, f"writer = '{writer}' AND seq = 6", lambda body: f"{body} ")
    assert await damages(fresh_dsn) == [(writer, 6, "body")]


async def test_deleted_record_is_a_gap_and_an_exchange_without_decision(fresh_dsn, filled, superuser):
    writer = filled[2].writer_id
    at = await place(superuser, writer, "decision")
    await superuser.execute(f"{FREE}; DELETE FROM audit.record WHERE writer = '{writer}' AND seq = {at}")
    assert await damages(fresh_dsn) == [(writer, at, "missing"), (writer, at + 1, "decision")]


async def test_deleted_exchange_at_the_end_of_a_closed_chain_is_out_of_order(fresh_dsn, filled, superuser):
    log = filled[2]
    await log.close()
    last = await superuser.fetchval("SELECT max(seq) FROM audit.record WHERE writer = $1", log.writer_id)
    await superuser.execute(f"{FREE}; DELETE FROM audit.record WHERE writer = '{log.writer_id}' AND seq = {last - 2}")
    assert (log.writer_id, last - 2, "missing") in await damages(fresh_dsn)


async def test_forged_record_with_recomputed_hash_breaks_the_chain(fresh_dsn, filled, superuser):
    writer = filled[0].writer_id
    await superuser.execute(FREE)
    await evidence.rewritten(superuser, f"writer = '{writer}' AND seq = 5", lambda body: body.replace("us-1", "de-1"))
    row = await superuser.fetchrow("SELECT * FROM audit.record WHERE writer = $1 AND seq = 5", writer)
    made = link(row["prev"], evidence.body_of(row))
    await superuser.execute("UPDATE audit.record SET hash = $2 WHERE writer = $1 AND seq = 5", writer, made)
    assert (writer, 6, "link") in await damages(fresh_dsn)


async def test_second_decision_for_an_exchange_is_reported(fresh_dsn, filled, superuser):
    await superuser.execute(f"{FREE}; DROP INDEX audit.record_once")
    writer = filled[0].writer_id
    await superuser.execute(
        "INSERT INTO audit.record SELECT 99, recorded_at, day, attempt, writer, kind, exchange, tenant, activity, action, target,"
        " prev, hash, body, packed FROM audit.record WHERE writer = $1 AND kind = 'decision' ORDER BY seq LIMIT 1", writer,
    )  # fmt: skip
    assert "decision" in {what for _, _, what in await damages(fresh_dsn)}


async def test_second_record_of_an_attempt_is_reported(fresh_dsn, filled, superuser):
    await superuser.execute(f"{FREE}; DROP INDEX audit.record_once")
    writer = filled[0].writer_id
    await superuser.execute(
        "INSERT INTO audit.record SELECT 99, recorded_at, day, attempt, writer, kind, exchange, tenant, activity, action, target,"
        " prev, hash, body, packed FROM audit.record WHERE writer = $1 AND kind = 'attempt' ORDER BY seq LIMIT 1", writer,
    )  # fmt: skip
    assert "attempt" in {what for _, _, what in await damages(fresh_dsn)}


async def test_missing_outcome_of_a_closed_writer_is_reported(fresh_dsn, filled, superuser):
    log = filled[0]
    await log.close()
    await superuser.execute(
        f"{FREE}; DELETE FROM audit.record WHERE writer = '{log.writer_id}' AND kind = 'outcome' AND exchange = 'x0'"
    )
    assert {"missing", "outcome"} <= {what for _, _, what in await damages(fresh_dsn)}


async def test_disabled_trigger_and_widened_grant_are_reported(fresh_dsn, filled, superuser):
    await superuser.execute(
        "ALTER TABLE audit.record DISABLE TRIGGER record_append_only; GRANT DELETE ON audit.record TO proxy_writer"
    )
    assert [what for _, _, what in await damages(fresh_dsn)] == ["protection", "protection"]
