"""Records a quarter of exchanges: those of each kind again and again, with their own ids, times, persons and sizes.

They are written as a process writes them whose clock stood then: chained, sealed and stored day by day, each month in a
chain of its own. Which there are, of whom and when, is drawn by a seed.
"""

from __future__ import annotations

import random  # noqa: TID251 - drawn by a seed; nothing here is secret
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

import orjson

from proxy.audit.access import reader
from proxy.audit.access.closing import PartCloser
from proxy.audit.records import record as records_of
from proxy.audit.records.record import Columns, Record
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.core.keyring import Keyring
from proxy.core.wire import new_exchange_id
from proxy.embedded.example.kinds import FIRST, ExchangeKind
from proxy.policy.decision.document import input_document
from proxy.runtime import servers
from proxy.runtime.clock import timestamp

DAYS, _CONNECTS_S = 91, 10.0
_DAY_S, _DAY_US, _SEAL = 86_400, 86_400_000_000, 15
#: How busy the days of a week are, from Monday on, and the hours of a day.
_WEEK = (1.0, 1.05, 1.1, 1.05, 0.95, 0.3, 0.25)
_HOURS = (0.2,) * 6 + (1.6,) * 6 + (1.0,) * 2 + (1.6,) * 8 + (0.2,) * 2
_OVERSEERS, _LEFT_OPEN_DAYS = ("m.visser", "r.dahlem"), 4
_FINDINGS = (reader.OversightResult.ACCEPTED.value, reader.OversightResult.OVERRIDDEN.value)

Reference = Callable[[str, str], Awaitable[str]]


@dataclass
class MovedClock:
    """Implements ``ports.Clock``: it stands where it is put, in Unix seconds."""

    seconds: float

    def now(self) -> float:
        """Unix seconds."""
        return self.seconds

    def monotonic(self) -> float:
        """The same."""
        return self.seconds


@dataclass(frozen=True, slots=True)
class Drawn:
    """One exchange that there will be: its kind, when it is received (Unix seconds), and its person, "" for nobody."""

    kind: ExchangeKind
    at: float
    person: str


def drawn(kinds: Sequence[Sequence[ExchangeKind]], until: float, seed: int, share: float) -> list[Drawn]:
    """Return the exchanges of the quarter that ends at a time, in order: ``share`` of what ``weekly`` says.

    ``kinds`` are the runs of each kind, of which each exchange takes one.
    """
    luck, records = random.Random(seed), []  # noqa: S311 - an example
    for number in range(DAYS):
        start = until - (DAYS - number) * _DAY_S
        busy = _WEEK[datetime.fromtimestamp(start, UTC).weekday()] * (0.85 + 0.3 * number / DAYS) * share / sum(_WEEK)
        for runs in kinds:
            for _ in range(int(runs[0].stated["weekly"] * busy + luck.random())):
                hour = luck.choices(range(24), _HOURS)[0]
                at = start - start % _DAY_S + (hour + luck.random()) * 3600
                records.append(Drawn(luck.choice(runs), min(at, until - 60 * luck.random()), _person(luck, runs[0])))
    return sorted(records, key=lambda item: item.at)


def _person(luck: random.Random, kind: ExchangeKind) -> str:
    """Return whom an exchange is about; few come often."""
    named = kind.stated.get("subjects", {}).items()
    return next((f"{prefix}-{1 + int(number * luck.random() ** 2):04}" for prefix, number in named), "")


def repeated(item: Drawn, references: Mapping[str, str], luck: random.Random) -> Iterator[Record]:
    """Yield the records of an exchange. ``references``: the one of its kind's person, and that of its own."""
    kind, start_us = item.kind, round(item.at * 1e6)
    longer = luck.lognormvariate(0.0, 0.5)
    renamed = {
        kind.exchange: new_exchange_id(item.at),
        timestamp(kind.received_us / 1e6): timestamp(item.at),
        **references,
    }
    renamed |= {name: f"{name[:-12]}{secrets.token_hex(6)}" for name in kind.decisions}
    for record in kind.records:
        body = record.body
        for before, after in renamed.items():
            body = body.replace(before.encode(), after.encode())
        document = orjson.loads(body)
        taken_us = record.at - kind.received_us
        at = start_us + round(taken_us * longer if record.kind == "outcome" else taken_us)
        facts = _moved(document["facts"], longer, start_us - kind.received_us)
        moved = records_of.make(records_of.columns_of(document)._replace(at=at), facts)
        yield moved._replace(stated=record.stated)


def _moved(facts: dict[str, Any], longer: float, moved_us: int) -> dict[str, Any]:
    """Return facts of a record that is moved in time, of an exchange that took ``longer`` times what its kind did."""
    if "retain_until" in facts:
        days = (moved_us // _DAY_US) + 1 if moved_us % _DAY_US else moved_us // _DAY_US
        facts["retain_until"] = (date.fromisoformat(facts["retain_until"]) + timedelta(days=days)).isoformat()
    if "caller" in facts:
        facts["caller"]["received_at"] += moved_us
    for attempt in facts.get("attempts", ()):
        used = attempt.get("usage", {})
        attempt |= {name: round(attempt[name] * longer) for name in ("bytes_out", "bytes_in", "duration_ms")}
        used |= {name: round(count * longer) for name, count in used.items() if isinstance(count, int)}
    if "duration_ms" in facts:
        facts["duration_ms"] = round(facts["duration_ms"] * longer)
    return facts


@dataclass(frozen=True, slots=True)
class QuarterWriter:
    """Writes exchanges into the log of an installation. ``reference`` names a person of a tenant in records."""

    dsn: str
    keyring: Keyring
    signing: AuditSigningKey
    reference: Reference

    async def write(self, exchanges: Sequence[Drawn], until: float, seed: int, step: Callable[[int], None]) -> None:
        """Write them; ``step`` is told how many are done."""
        luck, done = random.Random(seed + 1), 0  # noqa: S311 - an example
        for _, month in groupby(exchanges, lambda exchange: datetime.fromtimestamp(exchange.at, UTC).strftime("%Y-%m")):
            of_month = list(month)
            async with self._log(of_month[0].at - 1) as (log, clock):
                for start in range(0, len(of_month), _SEAL):
                    batch = of_month[start : start + _SEAL]
                    records = [record for item in batch for record in await self._records(item, until, luck)]
                    clock.seconds = max(record.at for record in records) / 1e6
                    await log.writer.durable(log.writer.put(records, admitted=True))
                    done += len(batch)
                    step(done)
        await aged(self.dsn)
        await self._close_parts()

    async def _close_parts(self) -> None:
        """Sign how far the log has come, and have its parts made, so that the first page is as quick as later ones."""
        await Checkpointer(self.dsn, self.signing).once()
        closer = PartCloser(self.dsn, self.signing)
        while await closer.once(least=1):
            pass

    @asynccontextmanager
    async def _log(self, at: float) -> AsyncIterator[tuple[PostgresAuditLog, MovedClock]]:
        connection, clock = await servers.connected(self.dsn, timeout=_CONNECTS_S), MovedClock(at)
        await connection.fetchval("SELECT audit.add_month($1)", datetime.fromtimestamp(at, UTC).date())
        await connection.fetchval("SELECT audit.add_month($1)", datetime.fromtimestamp(at + 2, UTC).date())
        await connection.close()
        log = PostgresAuditLog(
            self.dsn, fresh_writer_id("example"), self.keyring, clock, timeout_s=60.0, document=input_document,
            signing=self.signing, host="example",
        )  # fmt: skip
        await log.start()
        try:
            yield log, clock
        finally:
            await log.close()

    async def _records(self, item: Drawn, until: float, luck: random.Random) -> list[Record]:
        tenant, references = item.kind.tenant, {}
        for prefix in item.kind.stated.get("subjects", ()):
            references[await self.reference(tenant, FIRST.format(prefix))] = await self.reference(tenant, item.person)
        records = list(repeated(item, references, luck))
        if (
            any(record.action == "oversight_required" for record in records)
            and item.at < until - _LEFT_OPEN_DAYS * _DAY_S
        ):
            records.append(_overseen(records[-1], luck))
        return records


def _overseen(ended: Record, luck: random.Random) -> Record:
    """Return the event that a person has closed what an exchange left to people."""
    finding, by = luck.choices(_FINDINGS, (9, 1))[0], luck.choice(_OVERSEERS)
    facts = {"exchange": ended.exchange, "finding": finding, "note": "", "by": by, "obliged": ["human_oversight"]}
    columns = Columns(
        ended.at + 3_600_000_000, "event", action=reader.CLOSED, tenant=ended.tenant, activity=ended.activity,
        service=ended.service, target=ended.exchange,
    )  # fmt: skip
    return records_of.make(columns, facts)


async def aged(dsn: str) -> None:
    """Have the database say that it stored each batch when its writer's clock says that it sealed it.

    Only a superuser may, as of the embedded database; elsewhere the database says what is so.
    """
    connection = await servers.connected(dsn, timeout=_CONNECTS_S)
    try:
        if await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
            await connection.execute(
                "SET session_replication_role = replica; UPDATE audit.seal SET stored_at = last_at"
            )
    finally:
        await connection.close()
