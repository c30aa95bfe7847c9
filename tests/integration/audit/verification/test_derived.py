"""The typed tables against the records: equal as they are written, named where they differ, made again."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from proxy.audit.upkeep.recovery import Recovery
from proxy.audit.verification import derived, structure
from proxy.core.records import EntitySummary
from proxy.core.statuses import Attempt
from proxy.runtime import database
from testing import evidence


async def refused(log, identity: str) -> None:
    async with log.entry(evidence.exchange(identity)) as entry:
        entry.note(
            evidence.inspection(), evidence.facts(), evidence.decision(permit=False, action="block", selected=None)
        )
        entry.deny(evidence.DENIAL)


async def failed_over(log, identity: str) -> None:
    principal = evidence.exchange(identity).declared
    exchange = evidence.exchange(
        identity, declared=replace(principal, subject_refs=("hmac-sha256:k1:aa", "hmac-sha256:k1:bb"))
    )
    async with log.entry(exchange) as entry:
        facts = evidence.facts(entities=(EntitySummary("PERSON", 2, 0.9), EntitySummary("IBAN", 1, 1.0)))
        entry.note(evidence.inspection(), facts, evidence.decision())
        await entry.intend(evidence.outbound(identity), 1)
        entry.attempted(Attempt(1, "us-1", 503, "upstream_error", 40, 20, 12))
        entry.note(evidence.inspection(), replace(facts, phase="fallback"), evidence.decision(id="d-2"))
        await entry.intend(evidence.outbound(identity, "de-1"), 2)
        entry.attempted(Attempt(2, "de-1", 200, "complete", 40, 20, 12, region="eu-central-1"))
        entry.settle(evidence.DELIVERED)


@pytest.fixture
async def filled(fresh_dsn, open_log, serve, die, log):
    """A log with one exchange of each kind, one of them settled for a process that died."""
    dead = await open_log(fresh_dsn)
    entry = await dead.entry(evidence.exchange("left")).__aenter__()
    entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
    await entry.intend(evidence.outbound("left"), 1)
    await die(dead)
    await serve(log, "served")
    await refused(log, "refused")
    await failed_over(log, "moved")
    await log.event_durable("key_created", {"key_id": "k2", "by": "ann", "expires": None}, tenant="acme")
    recovery = Recovery(log, grace_s=0)
    while not await recovery.once():
        await asyncio.sleep(0.02)
    return log


@pytest.fixture
async def owner(superuser):
    await superuser.execute("SET ROLE proxy_owner")
    return superuser


async def test_typed_rows_are_what_the_records_say(filled, owner):
    compared = await derived.check(owner)
    assert (compared.exchanges, compared.differences) == (4, [])
    rows = {row["exchange"]: row for row in await owner.fetch("SELECT * FROM evidence.exchange")}
    assert {name: row["ended"] for name, row in rows.items()} == {
        "left": "abandoned", "served": "delivered", "refused": "denied", "moved": "delivered",
    }  # fmt: skip
    moved = rows["moved"]
    assert moved["attempt_targets"] == ["us-1", "de-1"]
    assert moved["attempt_endings"] == ["upstream_error", "complete"]
    assert (moved["requested"], moved["target"], moved["reported_region"]) == ("us-1", "de-1", "eu-central-1")
    assert (moved["decision_id"], moved["subjects"]) == ("d-2", ["hmac-sha256:k1:aa", "hmac-sha256:k1:bb"])
    assert moved["entity_types"] == ["PERSON", "PERSON", "IBAN", "IBAN"]
    assert (moved["entity_found"], moved["entity_operators"]) == (
        [2, 0, 1, 0],
        ["pseudonymize", "pseudonymize", "", ""],
    )
    assert (rows["left"]["attempt_endings"], rows["left"]["target"]) == (["abandoned"], "us-1")
    assert rows["left"]["transfer_destinations"] == ["US"]
    event = await owner.fetchrow("SELECT * FROM evidence.event WHERE event = 'key_created'")
    assert (event["actor"], event["tenant"], event["facts"]) == (
        "ann",
        "acme",
        '{"by": "ann", "key_id": "k2", "expires": null}',
    )


async def test_months_are_made_ahead(filled, owner):
    assert await owner.fetchval("SELECT count(*) FROM evidence.exchange_rest") == 0
    assert await owner.fetchval("SELECT count(*) FROM pg_partition_tree('evidence.exchange') WHERE isleaf") == 4
    assert await structure.differences(owner) == ()


async def rows(connection) -> list:
    found = await connection.fetch("SELECT * FROM evidence.exchange ORDER BY exchange")
    return [{name: value for name, value in row.items() if name != "stored_at"} for row in found]


_WRONG = """
UPDATE evidence.exchange SET tenant = 'other', restored = 9 WHERE exchange = 'served';
DELETE FROM evidence.exchange WHERE exchange = 'refused';
INSERT INTO evidence.exchange (writer, seq, at, ended_at, exchange) VALUES ('w', 7, now(), now(), 'never');
INSERT INTO evidence.exchange SELECT * FROM evidence.exchange WHERE exchange = 'moved';
UPDATE evidence.event SET facts = '{}' WHERE event = 'key_created';
DELETE FROM evidence.event WHERE event = 'writer_recovered';
"""


async def test_what_differs_is_named_and_made_again(filled, owner):
    before = await rows(owner)
    await owner.execute(_WRONG)
    found = {(one.table, one.what, one.detail) for one in (await derived.check(owner)).differences}
    assert found == {
        ("exchange", "differs", "tenant, restored"), ("exchange", "missing", ""), ("exchange", "surplus", ""),
        ("exchange", "differs", "stored twice"), ("event", "differs", "facts"), ("event", "missing", ""),
    }  # fmt: skip
    assert (await derived.rebuild(owner)).differing == 6
    assert (await derived.check(owner)).differences == []
    assert await rows(owner) == before
    assert (await derived.rebuild(owner)).differing == 0


async def test_history_comes_from_the_records_and_is_complete_then(filled, owner):
    sums = "SELECT sum(n) AS n, sum(restored) AS restored FROM evidence.day"
    before = await owner.fetchrow(sums)
    await owner.execute(
        "DELETE FROM evidence.exchange; DELETE FROM evidence.event; UPDATE evidence.folded SET complete = false"
    )
    compared = await derived.rebuild(owner)
    assert compared.differing == compared.exchanges + compared.events
    assert await owner.fetchrow(sums) == before
    assert await owner.fetchval("SELECT complete FROM evidence.folded")


async def test_a_rollup_that_differs_is_named_by_its_day_and_made_again(filled, owner):
    await owner.execute("UPDATE evidence.exchange SET stored_at = now() - interval '3 hours'")
    await owner.execute("UPDATE evidence.folded SET through = '-infinity'; SELECT evidence.fold()")
    assert (await derived.check(owner)).differences == []
    await owner.execute("UPDATE evidence.day_folded SET n = n + 1; DELETE FROM evidence.touch_folded")
    found = [(one.table, one.what) for one in (await derived.check(owner)).differences]
    assert found == [("day", "differs"), ("touch", "differs")]
    await derived.rebuild(owner)
    assert (await derived.check(owner)).differences == []
    assert await owner.fetchval("SELECT sum(n) FROM evidence.day") == 4


async def test_readers_may_compare_and_not_rebuild(filled, fresh_dsn):
    connection = await database.connect(fresh_dsn, database.READER)
    try:
        assert (await derived.check(connection)).differences == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await derived.rebuild(connection)
    finally:
        await connection.close()


async def test_rows_whose_links_have_ended_are_as_they_should_be_and_stay_so(filled, owner):
    day = "(SELECT (at AT TIME ZONE 'UTC')::date FROM evidence.exchange WHERE exchange = 'moved')"
    await owner.execute(
        f"INSERT INTO identity.linking_key (tenant, day, until, sealed_by, destroyed_at) SELECT 'acme', {day}, {day}, 'k-00000000', now()"
    )
    linked = "SELECT count(*) FROM evidence.exchange WHERE subjects <> '{}' OR conversation <> ''"
    assert {one.detail for one in (await derived.check(owner)).differences} == {
        "conversation",
        "conversation, subjects",
    }
    await owner.execute(f"SELECT evidence.unlink('acme', {day})")
    assert (await derived.check(owner)).differences == []
    assert await owner.fetchval(linked) == 0
    await owner.execute("DELETE FROM evidence.exchange")
    await derived.rebuild(owner)
    assert await owner.fetchval(linked) == 0
    assert (await derived.check(owner)).differences == []
