"""What a batch is checked for is as strict as ever, and costs no more the longer the chain is."""

from __future__ import annotations

import random
import re
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

_ID_FORM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
_SEALS = """
INSERT INTO audit.seal (writer, first_seq, last_seq, first_at, last_at, head, root, signature)
SELECT 'w', n, n, $1, $1, sha256(''), sha256(''), sha256('') || sha256('') FROM generate_series($2::integer, $3) n
"""
_SEALED = """
WITH stored AS (
    INSERT INTO audit.record (writer, seq, recorded_at, kind, exchange, attempt, tenant, activity, action, target, prev, hash, body, packed, day)
    SELECT $4::text, n, $1::timestamptz, 'event', '', 0, '', '', 'a', '', sha256(''), sha256(''), '{}', '', date '2026-11-27'
    FROM generate_series($2::bigint, $3::bigint) n)
INSERT INTO audit.seal (writer, first_seq, last_seq, first_at, last_at, head, root, signature)
VALUES ($4::text, $5::bigint, $6::bigint, $1, $1, sha256(''), sha256(''), sha256('') || sha256(''))
"""
_READ = "SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_xact_user_tables WHERE relid = 'audit.seal'::regclass"


@pytest.fixture
async def long_chain(superuser):
    """A chain of 3,000 seals."""
    await superuser.execute("ALTER TABLE audit.seal DISABLE TRIGGER seal_goes_on")
    await superuser.execute(_SEALS, _NOON, 1, 3000)
    await superuser.execute("ALTER TABLE audit.seal ENABLE TRIGGER seal_goes_on")
    return superuser


@pytest.mark.parametrize("analyzed", [False, True], ids=["as it comes", "analyzed"])
async def test_the_check_of_a_batch_reads_no_earlier_seals_than_the_one_before(long_chain, analyzed):
    if analyzed:
        await long_chain.execute("ANALYZE audit.seal")
    async with long_chain.transaction():
        await long_chain.execute(_SEALED, _NOON, 3001, 3002, "w", 3001, 3002)
        assert await long_chain.fetchval(_READ) <= 4


@pytest.mark.parametrize(
    ("records", "seal"),
    [((3001, 3002), (3001, 3001)), ((3000, 3001), (3001, 3001)), ((1, 2), (3001, 3001)), ((3001, 3001), (3002, 3002))],
    ids=["more after it", "one before it", "under earlier seals", "before it"],
)
async def test_records_come_with_the_seal_over_all_of_them(long_chain, records, seal):
    with pytest.raises(asyncpg.CheckViolationError, match="seal"):
        await long_chain.execute(_SEALED, _NOON, *records, "w", *seal)


async def test_records_under_a_seal_that_was_stored_before_are_refused(long_chain):
    await long_chain.execute(_SEALS, _NOON, 3001, 3001)
    with pytest.raises(asyncpg.CheckViolationError, match="seal over them"):
        await long_chain.execute(_SEALED, _NOON, 3001, 3001, "w", 3002, 3002)


async def test_a_writer_is_named_by_letters_digits_and_a_few_signs(superuser):
    for writer in ("a", "A.b_c~2-x", "a" * 128):
        await superuser.execute(_SEALED, _NOON, 1, 1, writer, 1, 1)


@pytest.mark.parametrize(("table", "other", "constraint"), [
    ("audit.record_rest", "audit.seal", "seal_writer_check"),
    ("audit.seal", "audit.record_rest", "record_writer_is_a_name"),
])  # fmt: skip
async def test_another_name_is_refused_of_records_and_of_seals(superuser, table, other, constraint):
    await superuser.execute(f"ALTER TABLE {other} DROP CONSTRAINT {constraint}")
    for writer in ("", "a b", "a\n", "\na", "\N{LATIN SMALL LETTER E WITH ACUTE}", "a" * 129, "a/b", "a]"):
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await superuser.execute(_SEALED, _NOON, 1, 1, writer, 1, 1)
        assert f"audit.{refused.value.table_name}" == table


def _day(identity: str) -> date | None:
    if _ID_FORM.fullmatch(identity) is None:
        return None
    return date(1970, 1, 1) + timedelta(days=int(identity[:8] + identity[9:13], 16) // 86_400_000)


async def test_an_id_has_a_day_where_it_is_a_uuid_of_version_7_and_nowhere_else(superuser):
    chosen = random.Random(7)
    whole = [f"01a21ce0-6e00-7a3b-{variant}606-049219da72e6" for variant in "0123456789abcdef"]
    changed = [
        one[:place] + chosen.choice("0179afgAF-_%. \n\N{DEGREE SIGN}") + one[place + chosen.randint(0, 1) :]
        for one in chosen.choices(whole, k=4000)
        for place in [chosen.randrange(len(one))]
    ]
    ids = [*whole, *changed, "", "00000000-0000-7000-8000-000000000000"]
    rows = await superuser.fetch("SELECT x, nullif(audit.day_of(x), '-infinity') AS day FROM unnest($1::text[]) x", ids)
    assert [row["day"] for row in rows] == [_day(identity) for identity in ids]
    assert len({row["day"] for row in rows}) > 2
    assert await superuser.fetchval("SELECT audit.day_of(NULL) IS NULL")
