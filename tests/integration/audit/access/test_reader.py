from __future__ import annotations

from datetime import UTC, datetime

import asyncpg
import pytest

from proxy.audit.access.reader import AuditReader, Overseer, OversightResult
from proxy.audit.upkeep.readings import Requester
from proxy.audit.verification.findings import VerificationReport
from proxy.core.records import Obligation, TargetVerdict
from proxy.grants.obligations import GrantObligations
from proxy.runtime import database
from testing import evidence, fakes


@pytest.fixture
async def reader(fresh_dsn, log, serve):
    for number in range(3):
        await serve(log, f"x{number}")
    async with log.entry(evidence.exchange("denied")) as entry:
        subject = evidence.KEYRING.digest(b"patient 7", "subject", "acme")
        entry.note(
            evidence.inspection(), evidence.facts(subject_refs=(subject,)),
            evidence.decision(permit=False, action="block", selected=None, block_codes=("GDPR_NO_TRANSFER",)),
        )  # fmt: skip
        entry.deny(evidence.DENIAL)
    await log.event_durable("flush", {})
    connection = await database.connect(fresh_dsn, database.READER)
    yield AuditReader(connection, Requester("officer", "quarterly review"))
    await connection.close()


async def test_exchange_tells_decision_attempt_and_outcome_in_order(reader):
    records = await reader.exchange("x0")
    assert [record["kind"] for record in records] == ["decision", "attempt", "outcome"]
    assert records[0]["body"]["facts"]["decision"]["decision_id"] == "d-1"
    assert await reader.exchange("unknown") == []


async def test_every_read_is_on_record_with_who_why_and_how_many(reader):
    await reader.events(datetime(2026, 1, 1, tzinfo=UTC), None, "key_created", 5)
    await reader.exchange("x0")
    await reader.verified(VerificationReport(records=7))
    events = await reader.events(None, None, "log_read", 10)
    told = [(row["facts"]["command"], row["facts"]["rows"]) for row in events]
    assert told[1:] == [("audit show", 3), ("audit events", 0)]
    assert told[0][0] == "audit verify"
    assert {row["facts"]["by"] for row in events} == {"officer"}
    assert {row["facts"]["purpose"] for row in events} == {"quarterly review"}
    assert events[2]["facts"]["filter"] == {"since": "2026-01-01T00:00:00+00:00", "action": "key_created"}


TARGET = "us-1"


class NoStore:
    async def use(self, grant, exchange):
        raise AssertionError("there is no grant")


@pytest.fixture
async def overseer(log, fresh_dsn):
    connection = await database.connect(fresh_dsn, database.READER)
    yield lambda name="alice": Overseer(connection, Requester(name))
    await connection.close()


async def carried_out(log, identity, *types):
    """Do what a permit obliges to beside a request."""
    verdict = TargetVerdict(TARGET, True, 0, (), tuple(Obligation(kind, kind) for kind in types))
    decision = fakes.decision(TARGET, (verdict,), "forward", document={})
    await GrantObligations(NoStore(), log).carry_out(evidence.exchange(identity), decision, TARGET)


async def test_an_item_is_open_until_somebody_closes_it(log, overseer, fresh_dsn):
    await carried_out(log, "x1", "human_oversight", "post_review")
    await carried_out(log, "x2", "human_oversight")
    await carried_out(log, "x2", "human_oversight")  # another hop
    await carried_out(log, "x3", "notify")  # told, and nothing to close
    found = await overseer().items()
    assert [(one["exchange"], one["obliged"]) for one in found] == [
        ("x1", ["human_oversight", "post_review"]), ("x2", ["human_oversight"]),
    ]  # fmt: skip
    assert await overseer().items(tenant="other") == []
    assert await overseer().close(log, "x1", OversightResult.OVERRIDDEN, "the ranking was wrong", "alice")
    assert not await overseer().close(log, "x1", OversightResult.ACCEPTED, "", "alice")
    assert not await overseer().close(log, "x2", OversightResult.ACCEPTED, "", "helpdesk")  # the service that asked
    assert not await overseer().close(log, "x3", OversightResult.ACCEPTED, "", "alice")
    assert [one["exchange"] for one in await overseer().items(activity="support")] == ["x2"]
    connection = await asyncpg.connect(fresh_dsn)
    [row] = await connection.fetch("SELECT target, tenant, body::text AS body FROM audit.record WHERE action = 'oversight_closed'")  # fmt: skip
    await connection.close()
    assert (row["target"], row["tenant"]) == ("x1", "acme")
    assert '"by":"alice"' in row["body"]
    assert '"finding":"overridden"' in row["body"]
