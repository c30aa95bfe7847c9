from __future__ import annotations

import time

import asyncpg

from proxy.audit.verification.verify import verify
from proxy.embedded.example.kinds import ExchangeKind
from proxy.embedded.example.quarter import QuarterWriter, drawn
from proxy.runtime import database
from testing import evidence
from testing.fakes import MemoryAudit


async def test_a_quarter_that_is_written_is_sound_and_lies_in_the_past(fresh_dsn, note):
    audit = MemoryAudit(evidence.FixedClock())
    exchange = evidence.exchange("018f0000-0000-7000-8000-000000000000")
    async with audit.entry(exchange) as entry:
        entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
        await entry.intend(evidence.outbound(exchange.id), 1)
        entry.attempted(evidence.COMPLETE)
        entry.settle(evidence.DELIVERED)
    kind = ExchangeKind.of({"by": "acme/helpdesk", "weekly": 20}, exchange.id, audit.records())
    now, told = time.time(), []
    exchanges = drawn([[kind]], now, 1, 1.0)

    async def nobody(tenant: str, person: str) -> str:
        raise AssertionError(person)

    await QuarterWriter(fresh_dsn, evidence.KEYRING, evidence.SIGNING, nobody).write(exchanges, now, 1, told.append)
    assert told[-1] == len(exchanges)
    reader = await database.connect(fresh_dsn, database.READER)
    report = await verify(reader, evidence.SIGNING.verifier)
    await reader.close()
    assert [one for one in report.damages if one.what != "protection"] == []
    connection = await asyncpg.connect(fresh_dsn)
    stored = await connection.fetchrow(
        "SELECT count(DISTINCT exchange) AS exchanges, count(DISTINCT recorded_at::date) AS days,"
        " (SELECT max(abs(extract(epoch FROM stored_at - last_at))) FROM audit.seal) AS late"
        " FROM audit.record WHERE kind <> 'event'"
    )
    await connection.close()
    assert (stored["exchanges"], stored["late"]) == (len(exchanges), 0)
    assert stored["days"] > 60
    note(f"{len(exchanges)} exchanges on {stored['days']} days")
