"""Fills a log with years of exchanges: records of a process whose clock moves, chained, sealed and stored as it stores them.

The records of each kind of exchange are made once, as the product makes them; further exchanges are the same records with
their own id, times and data subject. The seals are signed, notes are signed along the way, and every answer is stated in
each chain and day. So everything that verifies a log verifies this one.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from proxy.audit.records import answers
from proxy.audit.records.record import Record
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.audit.writing.session import batched, chained
from proxy.core.wire import new_exchange_id
from proxy.policy.decision.document import input_document
from proxy.runtime import database
from testing import evidence

TENANTS, PERSONS = 22, 4_000
_SECONDS = 86_400
_ID, _AT, _PERSON = "018f0000-0000-7000-8000-000000000000", 1_790_000_000_000_000, "s-" + "0" * 32
Kind = tuple[Record, ...]


def kinds(log: PostgresAuditLog) -> list[Kind]:
    """Return the records of one exchange of each tenant: decision, attempt and outcome."""
    made: list[Kind] = []
    for number in range(TENANTS):
        tenant, exchange = f"tenant-{number}", evidence.exchange(_ID)
        principal = replace(exchange.principal, tenant=tenant)
        declared = replace(exchange.declared, subject_refs=(_PERSON,))
        entry = log.entry(replace(exchange, principal=principal, declared=declared, received_at=_AT / 1e6 - 0.5))
        entry.note(evidence.inspection(), evidence.facts(tenant=tenant, subject_refs=(_PERSON,)), evidence.decision())
        decision, attempt = entry._decision(), entry._attempt(evidence.outbound(_ID), 1)  # noqa: SLF001
        entry._decided = True  # noqa: SLF001
        entry._sent.append(evidence.outbound(_ID))  # noqa: SLF001
        entry.attempted(evidence.COMPLETE)
        made.append((decision, attempt, entry._settled(evidence.DELIVERED)))  # noqa: SLF001
    return made


def exchange(kind: Kind, seconds: float, person: int) -> Iterator[Record]:
    """Yield the records of an exchange at a time (Unix seconds) about a person."""
    identity, reference = new_exchange_id(seconds), f"s-{person:032d}"
    for place, one in enumerate(kind):
        at = round(seconds * 1e6) + place * 100_000
        body = one.body.replace(b'"at":%d' % one.at, b'"at":%d' % at)
        body = body.replace(one.exchange.encode(), identity.encode())
        yield one._replace(
            at=at, exchange=identity, body=body.replace(_PERSON.encode(), reference.encode()),
            beside=one.beside.replace(_PERSON, reference),
        )  # fmt: skip


class Filling:
    """Adds days of exchanges to a log; a process runs for a month."""

    def __init__(
        self, dsn: str, batch: int, forms: Sequence[Kind] = (), signing: AuditSigningKey = evidence.SIGNING
    ) -> None:
        """``batch``: exchanges under one seal; ``forms``: what they are like, as tests make them where there are none."""
        self._forms, self._signing = forms, signing
        self._dsn, self._batch, self._persons = dsn, batch, itertools.cycle(range(PERSONS))
        self.exchanges = self.records = 0

    async def days(self, first: dt.date, number: int, each: int) -> None:
        """Record so many exchanges on each of so many days."""
        days = [first + dt.timedelta(days=one) for one in range(number)]
        for _, month in itertools.groupby(days, lambda day: (day.year, day.month)):
            await self._month(list(month), each)
            await Checkpointer(self._dsn, self._signing).once()

    async def _month(self, days: Sequence[dt.date], each: int) -> None:
        owner = await database.connect(self._dsn, database.WRITER)
        await owner.fetchval("SELECT audit.add_month($1)", days[0])
        await owner.close()
        clock = evidence.FixedClock(_noon(days[0]) - _SECONDS / 2)
        log = PostgresAuditLog(
            self._dsn, fresh_writer_id("bench"), evidence.KEYRING, clock, document=input_document, signing=self._signing,
            timeout_s=60.0,
        )  # fmt: skip
        await log.start()
        forms = self._forms or kinds(log)
        for day in days:
            clock.seconds = _noon(day)
            await self._day(log, forms, each)
            if day.day % 10 == 0:  # so that no note is over very many records
                await Checkpointer(self._dsn, self._signing).once()
        await log.close()

    async def _day(self, log: PostgresAuditLog, forms: Sequence[Kind], each: int) -> None:
        stated: set[answers.Key] = set()
        turns = itertools.cycle(forms)
        for start in range(0, each, self._batch):
            records: list[Record] = []
            for number in range(start, min(start + self._batch, each)):
                seconds = log.clock.now() + number * _SECONDS / 3 / each
                made = list(exchange(next(turns), seconds, next(self._persons)))
                for one in made:
                    for answer in one.stated:
                        if (key := answers.key(one.tenant, one.at, answer.digest)) not in stated:
                            stated.add(key)
                            records.append(answers.statement(answer, one))
                    records.append(one)
            await _store(log, records)
            self.exchanges, self.records = self.exchanges + min(self._batch, each - start), self.records + len(records)


async def _store(log: PostgresAuditLog, records: Sequence[Record]) -> None:
    writer = log.writer
    assert writer._session is not None  # noqa: SLF001
    rows, head = chained(writer.writer, writer.head, records)
    await writer._session.store(rows, writer.sealer.seal(batched(rows)), 60.0)  # noqa: SLF001
    writer.head = head


def _noon(day: dt.date) -> float:
    return dt.datetime.combine(day, dt.time(12), dt.UTC).timestamp()
