"""Parts beside the log: the same answers with and without, whatever somebody makes of them."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest

from proxy.audit.access import closing
from proxy.audit.access.closing import PartCloser
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.verification import parts, reading
from proxy.audit.verification.parts import Part, PartContents
from proxy.audit.verification.reading import EvidenceDamagedError
from proxy.audit.verification.verify import verify
from proxy.audit.writing.session import STATEMENTS
from proxy.reports import answer, catalogue, relations
from testing import evidence, twins

KEY = evidence.SIGNING.verifier
OFFICER = twins.query_context(signing=evidence.SIGNING)
HURRIED = replace(OFFICER, at_once=True)
FREE = "SET session_replication_role = replica; "


@pytest.fixture
async def closed(fresh_dsn, log, serve):
    """A log of which a part holds the first exchange and the beginning of one that ends behind it."""
    await serve(log, "x1")
    await log.event_durable("flush", {})
    entry = await log.entry(evidence.exchange("x2")).__aenter__()
    entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
    await entry.intend(evidence.outbound("x2"), 1)
    await Checkpointer.of(log, (), 10.0).once()
    assert await PartCloser(fresh_dsn, evidence.SIGNING).once(least=1)
    entry.attempted(evidence.COMPLETE)
    entry.settle(evidence.DELIVERED)
    await entry.__aexit__(None, None, None)
    await serve(log, "x3")
    await log.event_durable("flush", {})
    await Checkpointer.of(log, (), 10.0).once()
    return log


async def read(connection):
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return await reading.read(connection, KEY)


def names(sealed):
    with contextlib.closing(relations.session(sealed.tables, sealed.files)) as session:
        return [row[0] for row in session.execute("SELECT exchange FROM derived.exchange ORDER BY exchange").fetchall()]


async def asked(reader, name="AQ-12", **given):
    return await answer.ask(reader, catalogue.named(name), given, OFFICER)


async def test_what_a_part_holds_is_not_read_again_and_the_rows_are_the_same(closed, reader, superuser):
    behind = await read(reader)
    assert ([one.end > 0 for one in behind.parts], len(behind.derived.exchanges)) == ([True], 2)
    given = await asked(reader)
    assert given.statement["coverage"]["in_parts"] == behind.parts[0].end
    await superuser.execute("DELETE FROM audit.part")
    whole = await read(reader)
    assert (names(behind), behind.read, behind.unsealed) == (names(whole), whole.read, whole.unsealed)
    assert (await asked(reader)).rows == given.rows


async def test_a_part_that_is_not_full_is_replaced_and_a_full_one_is_followed(
    closed, fresh_dsn, reader, log, serve, monkeypatch
):
    closer = PartCloser(fresh_dsn, evidence.SIGNING)
    assert await closer.once(least=1)
    assert not await closer.once(least=1)  # nothing is new
    assert [one.rows for one in (await read(reader)).parts] == [3]
    assert [one.first for one in (await read(reader)).parts] == [0]
    monkeypatch.setattr(closing, "_FULL", 1)
    await serve(log, "x4")
    await log.event_durable("flush", {})
    await Checkpointer.of(log, (), 10.0).once()
    assert await closer.once(least=1)
    sealed = await read(reader)
    assert [one.first for one in sealed.parts] == [0, sealed.parts[0].end]
    assert names(sealed) == ["x1", "x2", "x3", "x4"]


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE audit.part SET exchange = event", "UPDATE audit.part SET rows = rows + 1", "UPDATE audit.part SET start = sha256('x')",
        "UPDATE audit.part SET digests = ARRAY[digests[2], digests[1], digests[3]]", "UPDATE audit.part SET state = state || '\\x00'",
        "UPDATE audit.part SET root = sha256('x')", "UPDATE audit.part SET first_leaf = 1", "UPDATE audit.part SET signature = ''",
        "UPDATE audit.part SET end_leaf = end_leaf + 1", "DELETE FROM audit.part",
    ],
)  # fmt: skip
async def test_a_part_that_somebody_changed_changes_no_answer(closed, reader, superuser, attack):
    before = await asked(reader)
    await superuser.execute(FREE + attack)
    after = await asked(reader)
    known = "SET exchange = event" in attack or "SET state" in attack  # this process has what was signed
    leaves = before.statement["coverage"]["in_parts"] if known else 0
    assert (after.rows, after.statement["coverage"]["in_parts"]) == (before.rows, leaves)
    named = [one.what for one in (await verify(reader, KEY)).damages]
    assert set(named) == (set() if "DELETE" in attack else {"protection"})


async def lying(superuser, signing) -> None:
    """Replace the part by one without rows of exchanges, which a key signs."""
    part = Part.of_row(await superuser.fetchrow(STATEMENTS["parts"]))
    held = PartContents(*await superuser.fetchrow(STATEMENTS["part_contents"], part.first))
    contents = held._replace(exchange=parts.packed("exchange", ()))
    made = part._replace(digests=contents.digests)
    made = made._replace(signature=signing.sign(made.text(KEY.origin)))
    await superuser.execute(f"{FREE} TRUNCATE audit.part")
    await superuser.execute(STATEMENTS["add_part"], *made, *contents)


async def test_a_lying_part_under_another_key_is_not_taken(closed, reader, superuser):
    before = await asked(reader)
    await lying(superuser, AuditSigningKey.generate(KEY.origin))
    assert (await asked(reader)).rows == before.rows


async def test_parts_behind_one_that_is_gone_are_used_and_it_is_made_again(
    closed, fresh_dsn, reader, log, serve, superuser, monkeypatch
):
    monkeypatch.setattr(closing, "_FULL", 1)
    closer = PartCloser(fresh_dsn, evidence.SIGNING)
    for number in range(4, 7):
        await serve(log, f"x{number}")
        await log.event_durable("flush", {})
        await Checkpointer.of(log, (), 10.0).once()
        assert await closer.once(least=1)
    before = await read(reader)
    _, second, *_ = before.parts
    await superuser.execute("DELETE FROM audit.part WHERE first_leaf = $1", second.first)
    between = await read(reader)
    assert between.parts == [one for one in before.parts if one != second]
    assert (names(between), between.read, between.unsealed) == (names(before), before.read, before.unsealed)
    assert await closer.once(least=10**6)
    assert [one[:8] for one in (await read(reader)).parts] == [one[:8] for one in before.parts]
    assert await reading.recomputed(reader, KEY) == []


async def test_a_long_log_is_made_into_parts_of_so_many_records_each(fresh_dsn, reader, log, serve, monkeypatch):
    monkeypatch.setattr(closing, "_FULL", 2)
    monkeypatch.setattr(closing, "_RECORDS", 8)
    for number in range(9):
        await serve(log, f"x{number}")
        await log.event_durable("flush", {})
        await Checkpointer.of(log, (), 10.0).once()
    closer, number = PartCloser(fresh_dsn, evidence.SIGNING), 0
    while await closer.once(least=1):
        number += 1
    sealed = await read(reader)
    assert number >= len(sealed.parts) > 2
    assert (len(sealed.derived.exchanges), max(one.records for one in sealed.parts) <= 24) == (0, True)
    assert names(sealed) == [f"x{number}" for number in range(9)]
    assert await reading.recomputed(reader, KEY) == []


async def test_a_log_that_is_shorter_than_its_parts_answers_nothing(closed, fresh_dsn, reader, superuser):
    assert await PartCloser(fresh_dsn, evidence.SIGNING).once(least=1)
    await superuser.execute(
        FREE
        + "DELETE FROM audit.leaf WHERE leaf > 1; DELETE FROM audit.seal s WHERE NOT EXISTS (SELECT FROM audit.leaf l WHERE "
        "l.last_seq = s.last_seq); DELETE FROM audit.record r WHERE seq > (SELECT max(last_seq) FROM audit.seal)"
    )
    with pytest.raises(EvidenceDamagedError):
        await asked(reader)


async def test_the_records_of_one_exchange_come_with_their_proof(closed, fresh_dsn, reader):
    assert await PartCloser(fresh_dsn, evidence.SIGNING).once(least=1)
    found = await asked(reader, "AQ-08", exchange="x2")
    assert [(row["kind"], row["note_size"] is not None) for row in found.rows] == [
        ("decision", True),
        ("attempt", True),
        ("outcome", True),
    ]
    assert found.statement["coverage"]["in_parts"] > 0
    told = (await asked(reader, "AQ-23", exchange="x1")).rows
    assert told[0]["facts"]["decision"]["decision_id"] == "d-1"
    assert (await asked(reader, "AQ-23", exchange="none")).rows == ()


async def test_rows_that_the_key_signed_and_no_record_makes_are_named_by_a_full_verification(closed, reader, superuser):
    assert await reading.recomputed(reader, KEY) == []
    await lying(superuser, evidence.SIGNING)
    [damage] = await reading.recomputed(reader, KEY)
    assert (damage.what, "other rows of exchange" in damage.detail) == ("protection", True)


async def at_once(connection):
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return await reading.read(connection, KEY, size=reading.PROMPT)


async def test_where_much_is_in_no_part_yet_parts_are_read_at_once_and_the_rest_is_told(
    closed, reader, superuser, monkeypatch
):
    whole = await read(reader)
    assert (names(await at_once(reader)), (await at_once(reader)).unread) == (names(whole), 0)
    monkeypatch.setattr(reading, "MOST_BEHIND", 1)
    some = await at_once(reader)
    assert (names(some), some.unread) == (["x1"], whole.read.records - some.read.records)
    await superuser.execute("DELETE FROM audit.part")
    nothing = await at_once(reader)
    assert (names(nothing), nothing.note, nothing.unread) == ([], None, whole.read.records)


async def test_a_view_that_leaves_records_for_later_does_not_cover_all(closed, reader, monkeypatch):
    monkeypatch.setattr(reading, "MOST_BEHIND", 1)
    moment = answer.SharedMoment()
    for about in (HURRIED, replace(HURRIED, moment=moment)):
        given = await answer.ask(reader, catalogue.named("AQ-12"), {}, about)
        assert given.statement["coverage"]["unread"] > 0
        assert given.statement["covers_all_records"] is False
    await moment.close()
    assert (await asked(reader)).statement["coverage"]["unread"] == 0  # who waits for all gets all


async def test_what_is_about_one_exchange_or_person_leaves_none_of_its_records_for_later(closed, reader, monkeypatch):
    monkeypatch.setattr(reading, "MOST_BEHIND", 1)

    async def story(name):
        given = await answer.ask(reader, catalogue.named("AQ-23"), {"exchange": name}, HURRIED)
        assert given.rows == (await asked(reader, "AQ-23", exchange=name)).rows
        return given.statement["coverage"]["unread"] > 0

    assert [await story(name) for name in ("x1", "x2", "x3")] == [True, False, False]
    person = {"subject": ["hmac-sha256:k:aa"]}
    given = await answer.ask(reader, catalogue.named("AQ-10"), person, HURRIED)
    assert given.statement["coverage"]["unread"] == 0


async def test_a_part_is_due_at_once_where_many_records_are_in_none(closed, fresh_dsn, monkeypatch):
    closer = PartCloser(fresh_dsn, evidence.SIGNING)
    assert not await closer.once()
    monkeypatch.setattr(closing, "_MANY", 3)
    assert await closer.once()
