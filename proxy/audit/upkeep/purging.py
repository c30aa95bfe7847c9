"""Purges records that policy no longer obliges to keep, day by day, each day under a certificate in the log (ADR 0044).

The certificate is written and anchored first; the database's function then purges exactly what it names, or nothing.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import orjson

from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.writing.log import PostgresAuditLog
from proxy.errors import AuditUnavailableError
from proxy.runtime import database

PURGED = "day_purged"
_SQL = database.statements(Path(__file__).with_name("purging.sql"))
_CERTIFIED = (
    "day", "records", "exchanges", "chains", "first_at", "last_at", "kept_through", "tenants", "root", "revisions",
    "holds", "held",
)  # fmt: skip
_BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)


class DayPlan(NamedTuple):
    """What may be purged of a day now; ``day`` is "-infinity" for records without one.

    ``kept`` records stay for now, ``held`` of them under ``holds`` (id -> records); ``next`` and ``last`` are the first
    and the last day through which one of them must be kept. Those that go are in the log below ``top_leaf``;
    ``unlisted`` of them are not, and the streams ``lagging`` have not sent all of them.
    """

    day: str
    records: int
    exchanges: int
    kept: int
    held: int
    holds: Mapping[str, int]
    next: str | None
    last: str | None
    top_leaf: int | None
    unlisted: int
    lagging: Sequence[str]
    facts: Mapping[str, Any]

    @classmethod
    def read(cls, summary: str) -> DayPlan:
        """Return the plan that the database tells."""
        document = orjson.loads(summary)
        return cls(
            **{name: document[name] for name in cls._fields[:-1]}, facts={name: document[name] for name in _CERTIFIED}
        )

    def blocked(self, anchored: int) -> str:
        """Return why nothing can go yet, "" if it can; ``anchored``: how much of the log an anchor confirms."""
        if self.lagging:
            return f"the stream {self.lagging[0]} has not sent them"
        if self.unlisted or (self.top_leaf is not None and self.top_leaf >= anchored):
            return "not all of them are under an anchored note"
        return ""


class PurgeApproval(NamedTuple):
    """What a second person approved: everything that may go through a day."""

    request: str
    through: date
    ticket: str
    requested_by: str
    by: str


class PurgedDay(NamedTuple):
    """What became of a day: ``records`` purged under the certificate ``purge``, or ``refused`` says why none."""

    day: str
    records: int
    purge: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Purging:
    """Purging on a connection that acts as the retention role. It sees no record."""

    connection: asyncpg.Connection

    async def plans(self, through: date, most: int | None = None) -> list[DayPlan]:
        """Return the plan of each day that is older than the shortest period, from the oldest on.

        Raises:
            asyncpg.PostgresError, or one of ``database.UNAVAILABLE``.

        """
        return [await self._plan(row["day"]) for row in await self.connection.fetch(_SQL["days"], through, most)]

    async def run(
        self, approval: PurgeApproval, log: PostgresAuditLog, checkpointer: Checkpointer
    ) -> AsyncIterator[PurgedDay]:
        """Certify what may be purged of each day, have the certificate anchored, and purge, oldest day first.

        Raises:
            AuditUnavailableError: a certificate is not durable, or not anchored; nothing is purged without.
            asyncpg.PostgresError, or one of ``database.UNAVAILABLE``.

        """
        await checkpointer.once()
        months: dict[str, str] = {}
        for row in await self.connection.fetch(_SQL["days"], approval.through, None):
            if (done := await self._day(row["day"], approval, log, checkpointer)) is not None:
                yield done
                months |= {} if done.refused else {done.day[: len("2026-11")]: done.day}
        for day in months.values():
            await self._settle(day)

    async def _day(
        self, day: str, approval: PurgeApproval, log: PostgresAuditLog, checkpointer: Checkpointer
    ) -> PurgedDay | None:
        """Certify and purge a day after those before it: answers go with the last record that names them."""
        plan = await self._plan(day)
        if not plan.records:
            return None
        if why := plan.blocked(await checkpointer.anchored()):
            return PurgedDay(day, 0, refused=why)
        purge = await self._certify(plan, approval, log)
        await checkpointer.once()
        return await self._purge(plan, approval.request, purge, await checkpointer.anchored())

    async def _plan(self, day: str) -> DayPlan:
        return DayPlan.read(await self.connection.fetchval(_SQL["plan"], day))

    async def _certify(self, plan: DayPlan, approval: PurgeApproval, log: PostgresAuditLog) -> uuid.UUID:
        purge = uuid.uuid4()
        persons = {"request": approval.request, "ticket": approval.ticket, "requested_by": approval.requested_by}
        await log.event_durable(PURGED, {**plan.facts, **persons, "by": approval.by}, target=str(purge))
        return purge

    async def _purge(self, plan: DayPlan, request: str, purge: uuid.UUID, anchored: int) -> PurgedDay:
        try:
            gone = await self.connection.fetchval(_SQL["purge"], request, plan.day, purge, anchored)
        except _BUSY:
            return PurgedDay(plan.day, 0, str(purge), "somebody reads this day or writes to it: run it again")
        except (asyncpg.CheckViolationError, asyncpg.InsufficientPrivilegeError) as error:
            return PurgedDay(plan.day, 0, str(purge), str(error.args[0]))
        return PurgedDay(plan.day, gone, str(purge))

    async def _settle(self, day: str) -> None:
        """Drop the month of a day or write it anew; where somebody reads it, that is for the next purge of it."""
        with contextlib.suppress(*_BUSY):
            await self.connection.fetchval(_SQL["settle"], day)


@contextlib.asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Purging]:
    """Connect as the retention role.

    Raises:
        AuditUnavailableError: the database cannot be reached, or the login is not a member of that role.

    """
    with database.raising(AuditUnavailableError):
        connection = await database.connect(dsn, database.RETENTION)
        try:
            yield Purging(connection)
        finally:
            await connection.close()
