"""Schedules in PostgreSQL: any process that makes exports begins what is due, each once, and says so in the log.

A schedule is obeyed if a holder of the master key made it; it sees what whoever asked may read, and ends after a year.
Where no process ran for a while, each time that was missed is made up for, one after the other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from proxy.errors import ProxyError
from proxy.keys.authority import Authority
from proxy.reports.exports.job import ExportJob, NewExport
from proxy.reports.exports.schedule import Every, Schedule
from proxy.reports.exports.store import ExportStore, asked_of, columns_of, prove_inserted
from proxy.runtime import database

#: Schedules of one person that run.
MOST_SCHEDULES = 20
_SQL = database.statements(Path(__file__).with_suffix(".sql"))


class TooManySchedulesError(ProxyError):
    """Twenty schedules of yours run: stop one of them."""

    status = 429
    code = "too_many_schedules"


@dataclass(eq=False)
class ScheduleStore:
    """The schedules of an installation; each method raises as ``ExportStore.add`` says."""

    exports: ExportStore

    @property
    def _authority(self) -> Authority:
        return Authority("schedule", self.exports.keyring)

    async def add(self, new: NewExport, every: Every) -> Schedule:
        """Store a schedule; its first export is made when the day, week or month that runs has ended.

        Raises:
            TooManySchedulesError: the person has too many.

        """
        columns = {**columns_of(new, "sc_"), "every": every.value}
        async with self.exports.connected(new.tenants) as connection, connection.transaction():
            row = await connection.fetchrow(_SQL["add"], *columns.values(), MOST_SCHEDULES)
            if row is None:
                raise TooManySchedulesError
            await prove_inserted(self._authority, connection, columns, row)
        return _schedule(row)

    async def listed(self, tenants: Sequence[str] | None, limit: int) -> tuple[Schedule, ...]:
        """Return schedules that run, of tenants that the requester may read, newest first."""
        async with self.exports.connected(tenants) as connection:
            return tuple(_schedule(row) for row in await connection.fetch(_SQL["list"], limit))

    async def find(self, schedule: str, tenants: Sequence[str] | None) -> Schedule | None:
        """Return one that runs, None where there is none."""
        async with self.exports.connected(tenants) as connection:
            row = await connection.fetchrow(_SQL["find"], schedule)
        return _schedule(row) if row is not None else None

    async def stop(self, schedule: str, tenants: Sequence[str] | None) -> bool:
        """Stop one; return whether it ran until now. What it began already is made."""
        async with self.exports.connected(tenants) as connection, connection.transaction():
            before = await connection.fetchrow(self._authority.row, schedule)
            if before is None or await connection.fetchval(_SQL["stop"], schedule) is None:
                return False
            await self._authority.prove_changed(connection, before, {"stopped": ...})
        return True

    async def begin(self, record: Callable[[Schedule, ExportJob], Awaitable[None]]) -> int:
        """Ask for the exports that are due, each once it is on record by ``record``; return how many they were."""
        begun = 0
        async with self.exports.connected(None) as connection, connection.transaction():
            await connection.execute(_SQL["forget"])
            for due in await connection.fetch(_SQL["due"]):
                row = await self._authority.of(connection, due["id"])
                if row is not None:
                    await self._begin(connection, _schedule(row), record)
                    begun += 1
        if begun:
            self.exports.woken.set()
        return begun

    async def _begin(
        self,
        connection: asyncpg.Connection,
        schedule: Schedule,
        record: Callable[[Schedule, ExportJob], Awaitable[None]],
    ) -> None:
        job = await self.exports.put(connection, schedule.next)
        await connection.execute(_SQL["begun"], schedule.id)
        await record(schedule, job)


def _schedule(row: Any) -> Schedule:
    return Schedule(
        row["id"], asked_of(row), Every(row["every"]), _utc(row["made"]), _utc(row["due"]), _utc(row["ends"]),
        row["stopped"],
    )  # fmt: skip


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
