"""The typed tables: months, rollups that are folded once, and what each role may not do."""

from __future__ import annotations

import asyncpg
import pytest

from proxy.audit.verification import structure
from proxy.runtime import database

_EXCHANGE = """
INSERT INTO evidence.exchange (stored_at, writer, seq, at, ended_at, exchange, tenant, target, subjects, attempt_targets,
    attempt_recipients, attempt_operators, attempt_regions, attempt_accounted, attempt_endings, entity_types, entity_targets,
    entity_operators, entity_confidences, entity_found, entity_sent, restored)
SELECT now() - $1 * interval '1 hour', 'w', n, $2::timestamptz, $2, 'x' || n, 'acme', 'eu', '{s1,s2}', '{us,eu}', '{US Inc,EU SE}',
    '{third_party,third_party}', '{US,DE}', '{false,true}', $3::text[], '{PERSON,PERSON}', '{us,eu}', '{redact,""}', '{0.9,0.9}',
    '{3,0}', '{3,3}', 2
FROM generate_series(1, $4::integer) n
"""
_SUMS = """
SELECT (SELECT sum(n) FROM evidence.day) AS exchanges, (SELECT sum(restored) FROM evidence.day) AS restored,
       (SELECT sum(failovers) FROM evidence.day) AS failovers, (SELECT sum(found) FROM evidence.entity_day) AS found,
       (SELECT sum(sent) FROM evidence.entity_day) AS sent, (SELECT sum(n) FROM evidence.touch WHERE subject = 's1') AS touched,
       (SELECT sum(disclosures) FROM evidence.touch WHERE subject = 's1') AS disclosures
"""
_AT = "2026-11-05T10:00:00Z"
_SENT = ["complete", "complete"]


@pytest.fixture
async def owner(fresh_dsn):
    connection = await asyncpg.connect(fresh_dsn)
    await connection.set_type_codec("timestamptz", schema="pg_catalog", encoder=str, decoder=str)
    yield connection
    await connection.close()


async def test_a_months_rows_move_out_of_the_rest_when_its_partition_is_added(owner):
    await owner.execute(_EXCHANGE, 0, _AT, _SENT, 3)
    assert await owner.fetchval("SELECT evidence.add_month('2026-11-30')")
    assert await owner.fetchval("SELECT count(*) FROM evidence.exchange_2026_11") == 3
    assert await owner.fetchval("SELECT count(*) FROM evidence.exchange_rest") == 0
    assert not await owner.fetchval("SELECT evidence.add_month('2026-11-01')")
    await owner.execute(_EXCHANGE, 0, "2026-10-31T23:59:59Z", _SENT, 1)
    assert await owner.fetchval("SELECT count(*) FROM evidence.exchange_rest") == 1


async def test_folding_changes_no_sum_and_happens_once(owner):
    await owner.execute(_EXCHANGE, 3, _AT, _SENT, 4)
    await owner.execute(_EXCHANGE, 0, _AT, _SENT, 2)
    before = dict(await owner.fetchrow(_SUMS))
    assert before == {
        "exchanges": 6, "restored": 12, "failovers": 6, "found": 18, "sent": 36, "touched": 12, "disclosures": 6,
    }  # fmt: skip
    for _ in range(2):
        await owner.fetchval("SELECT evidence.fold()")
        assert dict(await owner.fetchrow(_SUMS)) == before
    assert await owner.fetchval("SELECT sum(n) FROM evidence.day_folded") == 4


async def test_what_comes_late_is_folded_into_the_rows_of_its_day(owner):
    await owner.execute(_EXCHANGE, 5, _AT, _SENT, 4)
    await owner.fetchval("SELECT evidence.fold()")
    await owner.execute("UPDATE evidence.folded SET through = through - interval '2 hours'")
    await owner.execute(_EXCHANGE, 2, _AT, _SENT, 1)
    await owner.fetchval("SELECT evidence.fold()")
    for table in ("day", "touch"):
        assert await owner.fetchval(f"SELECT count(DISTINCT {table}_folded) = count(*) FROM evidence.{table}_folded")
    assert await owner.fetchval("SELECT sum(n) FROM evidence.day_folded WHERE day = '2026-11-05'") == 5
    assert await owner.fetchval("SELECT sum(n) FROM evidence.touch_folded WHERE subject = 's2' AND target = 'us'") == 5


async def test_one_who_folds_keeps_no_other_waiting(owner, fresh_dsn):
    other = await asyncpg.connect(fresh_dsn)
    async with owner.transaction():
        await owner.fetch("SELECT * FROM evidence.folded FOR UPDATE")
        assert await other.fetchval("SELECT evidence.fold()", timeout=5) is None
    await other.close()


async def test_a_subject_is_touched_by_the_targets_that_something_was_sent_to(owner):
    await owner.execute(_EXCHANGE, 0, _AT, ["unsent", "reset"], 1)
    rows = await owner.fetch("SELECT target, recipient, disclosures FROM evidence.touch WHERE subject = 's1'")
    assert [tuple(row) for row in rows] == [("eu", "EU SE", 1)]
    await owner.execute("UPDATE evidence.exchange SET attempt_endings = '{unsent,unsent}'")
    rows = await owner.fetch("SELECT target, recipient, disclosures FROM evidence.touch WHERE subject = 's1'")
    assert [tuple(row) for row in rows] == [("", "", 0)]


async def test_months_are_the_releases_unless_somebody_adds_to_them(owner):
    await owner.fetchval("SELECT evidence.add_month('2026-11-01')")
    assert await structure.differences(owner) == ()
    await owner.execute(
        "CREATE FUNCTION public.alter_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
    )
    await owner.execute(
        "CREATE TRIGGER gone BEFORE INSERT ON evidence.exchange_2026_11 FOR EACH ROW EXECUTE FUNCTION public.alter_it()"
    )
    await owner.execute("GRANT DELETE ON evidence.exchange_2026_11 TO proxy_writer")
    assert sorted(await structure.differences(owner)) == [
        (True, "table evidence.exchange_2026_11 is not the release's"),
        (True, "trigger evidence.exchange_2026_11.gone is not the release's"),
    ]


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        (database.WRITER, "SELECT * FROM evidence.exchange"),
        (database.WRITER, "SELECT * FROM evidence.day"),
        (database.WRITER, "DELETE FROM evidence.event"),
        (database.WRITER, "UPDATE evidence.folded SET complete = true"),
        (database.READER, "INSERT INTO evidence.exchange DEFAULT VALUES"),
        (database.READER, "SELECT evidence.fold()"),
        (database.VAULT, "SELECT * FROM evidence.exchange"),
    ],
)
async def test_what_a_role_may_not_do(fresh_dsn, role, statement):
    connection = await database.connect(fresh_dsn, role)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_readers_see_rollups_and_how_complete_they_are(fresh_dsn):
    connection = await database.connect(fresh_dsn, database.READER)
    try:
        for view in ("day", "entity_day", "transfer_day", "touch", "exchange", "event"):
            assert await connection.fetch(f"SELECT * FROM evidence.{view}") == []
        assert await connection.fetchval("SELECT complete FROM evidence.folded")
    finally:
        await connection.close()
