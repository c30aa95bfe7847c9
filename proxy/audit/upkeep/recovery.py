"""Records what others cannot: an outcome that says ``abandoned`` where a process died, and who read the log.

It also makes the partitions of days that come (``days``).

A writer is dead when nobody holds its advisory lock, seen so by every look over at least ``grace_s``. One process
recovers at a time, and holds the lock of the writer it settles. A writer that was only cut off and comes back finds its
outcome taken, records it as an event, and goes on under another name.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby

import asyncpg
import orjson

from proxy.audit.records.packing import unpacked
from proxy.audit.records.record import Columns, Record, make, stored
from proxy.audit.upkeep import outbox, readings
from proxy.audit.writing.log import PostgresAuditLog
from proxy.audit.writing.session import STATEMENTS
from proxy.core.decision.reasons import of_outcome
from proxy.errors import AuditUnavailableError
from proxy.runtime import database
from proxy.runtime.background import Background
from proxy.runtime.log import logger

_AROUND = timedelta(days=-1), timedelta(days=7)


async def keep_up(connection: asyncpg.Connection) -> None:
    """Do what is due, on a connection that acts as the writer or the owner; nothing is, most times."""
    today = datetime.now(UTC).date()
    with contextlib.suppress(asyncpg.LockNotAvailableError):  # somebody reads for long: there is time until they come
        await connection.fetch(STATEMENTS["add_months"], [today + offset for offset in _AROUND])


_BATCH = 200


@dataclass(eq=False)
class Recovery:
    """Looks every ``period_s`` seconds for writers that died, and for reads that were announced."""

    log: PostgresAuditLog
    grace_s: float = 20.0
    period_s: float = 10.0
    _seen_dead: dict[str, float] = field(default_factory=dict)  # writer -> monotonic seconds
    _background: Background = field(default_factory=Background)

    def start(self) -> None:
        """Begin to look, now and periodically."""
        self._background.start("audit recovery", self._run())

    async def close(self) -> None:
        """Stop looking."""
        await self._background.stop()

    async def once(self) -> int:
        """Record announced reads and settle what dead writers left open; return how many exchanges were settled.

        Raises:
            AuditUnavailableError: the database cannot be reached.

        """
        try:
            connection = await database.connect(self.log.dsn, database.WRITER, timeout_s=self.log.timeout_s)
            try:
                if not await connection.fetchval(STATEMENTS["take_recovery_lock"]):
                    self._seen_dead.clear()  # somebody else looks; what was seen before says nothing of the time since
                    return 0
                settled = sum([await self._recover(connection, writer) for writer in await self._dead(connection)])
                await readings.record(connection, self.log)
                await outbox.record(connection, self.log)
                await keep_up(connection)
                return settled
            finally:
                connection.terminate()
        except (*database.UNAVAILABLE, asyncpg.PostgresError) as error:
            self._seen_dead.clear()  # an outage of the database looks like the death of every writer
            raise AuditUnavailableError from error

    async def _run(self) -> None:
        while True:
            try:
                settled = await self.once()
                if settled:
                    logger().warning("audit_exchanges_abandoned", exchanges=settled)
            except AuditUnavailableError as error:
                logger().warning("audit_recovery_failed", error=type(error.__cause__).__name__)
            await asyncio.sleep(min(self.period_s, self.grace_s / 2 or self.period_s))

    async def _dead(self, connection: asyncpg.Connection) -> list[str]:
        """Return the writers that have been dead for the whole grace period."""
        now = self.log.clock.monotonic()
        dead = {row["writer"] for row in await connection.fetch(STATEMENTS["dead_writers"])} - {self.log.writer.writer}
        self._seen_dead = {writer: self._seen_dead.get(writer, now) for writer in dead}
        return sorted(writer for writer, since in self._seen_dead.items() if now - since >= self.grace_s)

    async def _recover(self, connection: asyncpg.Connection, writer: str) -> int:
        """Settle one writer, unless it is back; it cannot come back meanwhile."""
        if not await connection.fetchval(STATEMENTS["take_lock"], writer):
            self._seen_dead.pop(writer, None)
            return 0
        try:
            return await self._settle(connection, writer)
        finally:
            await connection.fetchval(STATEMENTS["give_lock_back"], writer)

    async def _settle(self, connection: asyncpg.Connection, writer: str) -> int:
        rows = await connection.fetch(STATEMENTS["open_records"], writer)
        opened = [
            [stored(unpacked(row["content"])) for row in records]
            for _, records in groupby(rows, key=lambda row: str(row["exchange"]))
        ]
        for start in range(0, len(opened), _BATCH):
            units = [
                self.log.writer.put([self._abandoned(writer, pair)], admitted=True, instead=_settled_meanwhile)
                for pair in opened[start : start + _BATCH]
            ]
            for unit in units:
                await self.log.writer.durable(unit)
        await self.log.event_durable("writer_recovered", {"exchanges": len(opened)}, target=writer)
        self._seen_dead.pop(writer, None)
        return len(opened)

    def _abandoned(self, writer: str, records: Sequence[Record]) -> Record:
        """Return the outcome of an exchange; ``records`` are its decision and its attempts."""
        decision, *attempts = records
        columns = Columns(
            at=round(self.log.clock.now() * 1_000_000),
            kind="outcome",
            exchange=decision.exchange,
            tenant=decision.tenant,
            activity=decision.activity,
            service=decision.service,
            action=decision.action if attempts else "block",
            target=attempts[-1].target if attempts else "",
            codes=("abandoned",),
            revision=decision.revision,
            data_revision=decision.data_revision,
        )
        ended = [{"number": attempt.attempt, "target": attempt.target, "ended": "abandoned"} for attempt in attempts]
        facts = {
            "ended": "abandoned",
            "code": "abandoned",
            "responsibility": of_outcome("abandoned", ""),
            "attempts": ended,
            "writer": writer,
        }
        return make(columns, {**facts, **_obligations(attempts)})


def _obligations(attempts: Sequence[Record]) -> Mapping[str, Sequence[str]]:
    """Return what the last attempt had carried out when it was intended, and what was left to do."""
    facts = orjson.loads(attempts[-1].body)["facts"] if attempts else {}
    return {
        "obligations_fulfilled": facts.get("obligations_fulfilled", []),
        "obligations_unfulfilled": facts.get("obligations_open", []),
    }


def _settled_meanwhile(_records: Sequence[Record]) -> Sequence[Record]:
    """Write nothing: the exchange has its outcome already."""
    return ()
