from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.audit.access.reader import AuditReader
from proxy.audit.upkeep.readings import Asker
from proxy.audit.verification.findings import VerificationReport
from proxy.runtime import database
from testing import evidence


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
    yield AuditReader(connection, Asker("officer", "quarterly review"))
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
