"""Parts beside the log: the same answers with and without, whatever somebody makes of them."""

from __future__ import annotations

import pytest

from proxy.audit.access import closing
from proxy.audit.access.closing import PartCloser
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.verification import parts, reading
from proxy.audit.verification.reading import EvidenceDamagedError
from proxy.audit.verification.verify import verify
from proxy.reports import answer, catalogue
from testing import evidence, twins

KEY = evidence.SIGNING.verifier
OFFICER = twins.enquiry(signing=evidence.SIGNING)
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
    return sorted(sealed.tables["exchange"].column("exchange").to_pylist())


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
        "UPDATE audit.part SET exchange = event", "UPDATE audit.part SET state = convert_to(replace(convert_from(state, 'UTF8'), 'acme', 'other'), 'UTF8')",
        "UPDATE audit.part SET root = sha256('x')", "UPDATE audit.part SET first_leaf = 1", "UPDATE audit.part SET signature = ''",
        "UPDATE audit.part SET end_leaf = end_leaf + 1", "DELETE FROM audit.part",
    ],
)  # fmt: skip
async def test_a_part_that_somebody_changed_changes_no_answer(closed, reader, superuser, attack):
    before = await asked(reader)
    await superuser.execute(FREE + attack)
    after = await asked(reader)
    assert (after.rows, after.statement["coverage"]["in_parts"]) == (before.rows, 0)
    named = [one.what for one in (await verify(reader, KEY)).damages]
    assert set(named) == (set() if "DELETE" in attack else {"protection"})


async def test_a_lying_part_under_another_key_is_not_taken(closed, fresh_dsn, reader, superuser):
    before = await asked(reader)
    forged = (await read(reader)).parts[0]
    rows = parts.opened(forged, "exchange").slice(0, 0)
    tables = {"exchange": rows, "event": parts.opened(forged, "event")}
    lying = forged._replace(exchange=parts.packed(tables)[0])
    await superuser.execute(f"{FREE} TRUNCATE audit.part")
    await superuser.execute(
        "INSERT INTO audit.part (first_leaf, end_leaf, root, exchange, event, state, signature) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        *lying,
    )
    assert (await asked(reader)).rows == before.rows


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
    part = (await read(reader)).parts[0]
    tables = {name: parts.opened(part, name).slice(0, 0) for name in ("exchange", "event")}
    lying = part._replace(exchange=parts.packed(tables)[0])
    signature = evidence.SIGNING.sign(lying.text(KEY.origin))
    await superuser.execute("UPDATE audit.part SET exchange = $1, signature = $2", lying.exchange, signature)
    [damage] = await reading.recomputed(reader, KEY)
    assert (damage.what, "other rows of exchange" in damage.detail) == ("protection", True)
