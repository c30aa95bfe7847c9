from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from proxy.audit.access.reader import AuditReader, Filter
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
    connection = await database.connect(fresh_dsn, database.READER)
    yield AuditReader(connection, Asker("officer", "quarterly review"))
    await connection.close()


async def identities(reader: AuditReader, limit: int = 50, **which) -> list[str]:
    return [row["exchange"] for row in await reader.exchanges(Filter(**which), limit)]


async def test_exchanges_come_newest_first_and_limited(reader):
    assert await identities(reader) == ["denied", "x2", "x1", "x0"]
    assert await identities(reader, limit=2) == ["denied", "x2"]


async def test_exchanges_are_filtered(reader):
    now = datetime.now(UTC)
    assert await identities(reader, action="block") == ["denied"]
    assert await identities(reader, code="GDPR_NO_TRANSFER") == ["denied"]
    assert await identities(reader, target="us-1") == ["x2", "x1", "x0"]
    assert await identities(reader, tenant="other") == []
    assert await identities(reader, tenant="acme", activity="support", since=now - timedelta(hours=1)) != []
    assert await identities(reader, until=now - timedelta(hours=1)) == []


async def test_exchange_tells_decision_attempt_and_outcome_in_order(reader):
    records = await reader.exchange("x0")
    assert [record["kind"] for record in records] == ["decision", "attempt", "outcome"]
    assert records[0]["body"]["facts"]["decision"]["decision_id"] == "d-1"
    assert await reader.exchange("unknown") == []


async def test_every_read_is_on_record_with_who_why_and_how_many(reader):
    await reader.exchanges(Filter(tenant="acme"), 50)
    await reader.exchange("x0")
    await reader.verified(VerificationReport(records=7))
    events = await reader.events(None, None, "log_read", 10)
    told = [(row["facts"]["command"], row["facts"]["rows"]) for row in events]
    assert told[1:] == [("audit show", 3), ("audit list", 4)]
    assert told[0][0] == "audit verify"
    assert {row["facts"]["by"] for row in events} == {"officer"}
    assert {row["facts"]["purpose"] for row in events} == {"quarterly review"}
    assert events[2]["facts"]["filter"] == {"tenant": "acme"}
