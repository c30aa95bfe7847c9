"""Days of the log: one exchange lies in one of them, once; they come and weaken nothing; what was there stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from proxy.audit.upkeep import recovery
from proxy.audit.verification import structure
from proxy.core.wire import new_exchange_id
from proxy.runtime import database

_DAY = date(2026, 11, 27)
_NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
_ID = "01a21ce0-6e00-7a3b-9606-049219da72e6"
_ADD = """
INSERT INTO audit.record (writer, seq, recorded_at, kind, exchange, attempt, tenant, activity, action, target, prev, hash, body, packed{day})
SELECT 'w', $1, $2, $3, $4, ($3 = 'attempt')::integer, '', '', $5, $6, sha256(''), sha256(''), '{{}}', CASE $3 WHEN 'event' THEN '' ELSE 'p' END::bytea{of_day}
"""
ADD = _ADD.format(day=", day", of_day=", audit.day_of_record($3, $5, $4, $6, $2)")
ADD_WITHOUT_DAY = _ADD.format(day="", of_day="")
PLACES = "SELECT tableoid::regclass::text AS part, count(*) AS n FROM audit.record GROUP BY 1 ORDER BY 1"


@pytest.fixture
async def owner(fresh_dsn):
    connection = await asyncpg.connect(fresh_dsn)
    yield connection
    await connection.close()


@pytest.fixture
async def adding(owner):
    """As the owner, where records need no seal."""
    await owner.execute("ALTER TABLE audit.record DISABLE TRIGGER record_sealed")
    return owner


async def places(connection) -> dict[str, int]:
    return {row["part"]: row["n"] for row in await connection.fetch(PLACES)}


@pytest.mark.parametrize("seconds", [0, 1_790_000_000.25, 4_000_000_000])
async def test_database_reads_the_day_of_an_exchange_from_its_id(owner, seconds):
    assert (
        await owner.fetchval("SELECT audit.day_of($1)", new_exchange_id(seconds))
        == datetime.fromtimestamp(seconds, UTC).date()
    )


@pytest.mark.parametrize("identity", ["x", "", "5f" * 16, _ID.upper(), f"{_ID}0", _ID.replace("-7a", "-4a")])
async def test_other_ids_have_no_day(owner, identity):
    assert await owner.fetchval("SELECT audit.day_of($1) = '-infinity'", identity)


async def test_reading_is_announced_under_an_id_with_its_day(owner):
    identity = await owner.fetchval("SELECT audit.announce_reading('{}')")
    assert await owner.fetchval("SELECT audit.day_of($1)", str(identity)) == datetime.now(UTC).date()
    assert identity.version == 7


async def test_no_record_fails_for_a_missing_day_and_its_day_takes_it_over(adding):
    await adding.execute(ADD, 1, _NOON, "decision", _ID, "a", "")
    await adding.execute(ADD, 2, _NOON + timedelta(days=1), "outcome", _ID, "a", "")
    await adding.execute(ADD, 3, _NOON + timedelta(days=9), "event", "", "a", "")
    before = await adding.fetch("SELECT r.*, r.body::text FROM audit.record r ORDER BY seq")
    assert await places(adding) == {"audit.record_rest": 3}
    assert await adding.fetchval("SELECT audit.add_month($1)", _DAY)
    assert await places(adding) == {"audit.record_2026_11": 2, "audit.record_rest": 1}
    assert await adding.fetch("SELECT r.*, r.body::text FROM audit.record r ORDER BY seq") == before
    assert not await adding.fetchval("SELECT audit.add_month($1)", _DAY)


@pytest.mark.parametrize("kind", ["decision", "attempt", "outcome"])
@pytest.mark.parametrize("made", [True, False], ids=["in its day", "in the rest"])
async def test_there_is_no_second_record_of_a_kind_however_it_is_added(adding, kind, made):
    if made:
        await adding.fetchval("SELECT audit.add_month($1)", _DAY)
    await adding.execute(ADD, 1, _NOON, kind, _ID, "a", "")
    with pytest.raises(asyncpg.UniqueViolationError):
        await adding.execute(ADD, 2, _NOON + timedelta(days=9), kind, _ID, "a", "")
    with pytest.raises(asyncpg.CheckViolationError):
        await adding.execute(ADD_WITHOUT_DAY, 2, _NOON, kind, _ID, "a", "")


async def test_a_reading_is_recorded_once_whatever_the_day(adding):
    reading = str(await adding.fetchval("SELECT audit.announce_reading('{}')"))
    await adding.execute(ADD, 1, _NOON, "event", "", "log_read", reading)
    with pytest.raises(asyncpg.UniqueViolationError):
        await adding.execute(ADD, 2, _NOON + timedelta(days=1), "event", "", "log_read", reading)
    assert await adding.fetchval("SELECT audit.reading_recorded($1::text::uuid)", reading)


@pytest.mark.parametrize("day", ["'2026-11-28'", "'2026-12-28'", "'-infinity'", "'infinity'"])
async def test_a_record_of_another_day_than_its_exchanges_is_refused(adding, day):
    await adding.fetchval("SELECT audit.add_month('2026-12-28')")
    statement = _ADD.format(day=", day", of_day=f", {day}")
    with pytest.raises(asyncpg.CheckViolationError):
        await adding.execute(statement, 1, _NOON, "decision", _ID, "a", "")


async def test_only_records_of_no_day_lie_without_one(adding):
    await adding.execute(ADD_WITHOUT_DAY, 1, _NOON, "decision", "5f" * 16, "a", "")
    await adding.execute(ADD_WITHOUT_DAY, 2, _NOON, "event", "", "a", "")
    assert await places(adding) == {"audit.record_former": 2}


async def test_writer_adds_to_days_that_it_makes_and_reads_none(adding, fresh_dsn):
    writer = await database.connect(fresh_dsn, database.WRITER)
    await recovery.keep_up(writer)
    await writer.execute(ADD, 1, datetime.now(UTC), "event", "", "a", "")
    for statement in ("SELECT * FROM {}", "INSERT INTO {} DEFAULT VALUES", "TRUNCATE {}", "DROP TABLE {}"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await writer.execute(statement.format(f"audit.record_{datetime.now(UTC):%Y_%m}"))
    await writer.close()
    made = await adding.fetchval("SELECT count(*) FROM pg_inherits WHERE inhparent = 'audit.record'::regclass")
    assert (made in {3, 4}, await adding.fetchval("SELECT count(*) FROM audit.record_rest")) == (True, 0)


@pytest.mark.parametrize("part", ["audit.record", "audit.record_rest", "audit.record_former", "audit.record_2026_11"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET tenant = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
async def test_even_the_superuser_is_stopped_by_the_trigger_of_each_part(owner, part, statement):
    await owner.fetchval("SELECT audit.add_month($1)", _DAY)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await owner.execute(statement.format(part))


async def test_day_is_not_made_while_somebody_reads_for_long(adding, fresh_dsn):
    reader = await database.connect(fresh_dsn, database.READER)
    async with reader.transaction():
        await reader.fetch("SELECT count(*) FROM audit.record")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await adding.fetchval("SELECT audit.add_month($1)", _DAY)
        await asyncio.wait_for(recovery.keep_up(adding), 10)
        await adding.execute(ADD, 1, _NOON, "event", "", "a", "")
    await reader.close()
    assert await adding.fetchval("SELECT audit.add_month($1)", _DAY)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("SELECT", ""),
        ("ALTER TABLE {} DISABLE TRIGGER record_append_only", "trigger {}.record_append_only"),
        ("DROP TRIGGER record_append_only ON {}", "trigger {}.record_append_only is missing"),
        ("ALTER TABLE {} DROP CONSTRAINT record_in_its_day", "constraint {}.record_in_its_day is missing"),
        ("ALTER TABLE {} DROP CONSTRAINT record_2026_11_pkey", "index {}_pkey is missing"),
        ("DROP INDEX {}_exchange_kind_attempt_idx", "index {}_exchange_kind_attempt_idx is missing"),
        ("GRANT DELETE ON {} TO proxy_writer", "table {}: grants"),
        ("ALTER TABLE {} OWNER TO CURRENT_USER", "table {}: owner"),
        ("CREATE INDEX extra ON {} (tenant)", ""),
        ("CREATE UNIQUE INDEX extra ON {} (tenant)", "index audit.extra is not the release's"),
        ("ALTER TABLE audit.record DETACH PARTITION {}", "table {}: bounds changed from 'its month' to 'none'"),
        ("ALTER TABLE audit.record DETACH PARTITION {0}; ALTER TABLE audit.record ATTACH PARTITION {0} "
         "FOR VALUES FROM ('2027-01-01') TO ('2027-01-02')".replace("{0}", "{}"), "table {}: bounds"),
        ("CREATE TABLE audit.record_2 PARTITION OF audit.record FOR VALUES FROM ('2027-01-01') TO ('2027-01-02')",
         "table audit.record_2 is not the release's"),
        ("CREATE RULE r AS ON INSERT TO {} DO INSTEAD NOTHING", "rule {}.r is not the release's"),
    ],
)  # fmt: skip
async def test_a_weakened_day_is_named(owner, statement, named):
    day = "audit.record_2026_11"
    await owner.fetchval("SELECT audit.add_month($1)", _DAY)
    await owner.execute(statement.replace("{}", day))
    found = [one.sentence for one in await structure.differences(owner) if one.weakens]
    assert bool(found) == bool(named)
    assert not named or [one for one in found if one.startswith(named.replace("{}", day))], found


async def test_days_are_compared_alike_under_any_style_of_dates(owner):
    await owner.fetchval("SELECT audit.add_month($1)", _DAY)
    await owner.execute("SET datestyle = 'German'")
    assert await structure.differences(owner) == ()


SEAL = """
INSERT INTO audit.seal (writer, first_seq, last_seq, first_at, last_at, head, root, signature)
VALUES ('w', $1, $2, now(), now(), sha256(''), sha256(''), sha512(''))
"""


async def sealed(connection, first: int, last: int, places: Iterable[int], at: datetime = _NOON) -> None:
    async with connection.transaction():
        await connection.execute(SEAL, first, last)
        for seq in places:
            await connection.execute(ADD, seq, at, "event", "", "a", "")


async def test_no_place_of_a_chain_is_taken_twice_whatever_the_day(fresh_dsn, owner):
    writer = await database.connect(fresh_dsn, database.WRITER)
    tomorrow = _NOON + timedelta(days=9)
    for moment in (_NOON, tomorrow):
        assert await writer.fetchval("SELECT audit.add_month($1)", moment.date())
    await sealed(writer, 1, 2, (1, 2))
    with pytest.raises(asyncpg.CheckViolationError, match="with the seal over them"):
        await writer.execute(ADD, 2, tomorrow, "event", "", "a", "")
    for first, last in ((1, 2), (1, 9), (2, 2), (2, 9)):
        with pytest.raises((asyncpg.UniqueViolationError, asyncpg.CheckViolationError)):
            await sealed(writer, first, last, (first,), tomorrow)
    with pytest.raises(asyncpg.CheckViolationError, match="with the seal over them"):
        await sealed(writer, 3, 3, (3, 2), tomorrow)
    with pytest.raises(asyncpg.CheckViolationError, match="where another of its writer ended"):
        await sealed(writer, 4, 4, (4,))
    await sealed(writer, 3, 3, (3,), tomorrow)
    await writer.close()
    assert [row["seq"] for row in await owner.fetch("SELECT seq FROM audit.record ORDER BY seq")] == [1, 2, 3]
