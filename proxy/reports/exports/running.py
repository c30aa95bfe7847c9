"""Makes exports beside the requests of a serving process: one at a time, at most fifteen minutes each.

That an export was made or failed is in the log before it is handed out. A process that ends gives back what it runs;
one that is killed stops saying that it lives, and after a minute another one begins anew: an export only reads.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from proxy.errors import AuditUnavailableError, ProxyError
from proxy.ports import EventLog
from proxy.reports.desk import EvidenceDesk
from proxy.reports.exports import making
from proxy.reports.exports.job import ExportJob
from proxy.reports.exports.schedule import Schedule
from proxy.reports.exports.schedules import ScheduleStore
from proxy.reports.exports.store import ExportStore, ExportTakenError, ExportUnprovenError
from proxy.reports.verifying import VerificationProgress
from proxy.runtime.background import Background
from proxy.runtime.log import logger

_LONGEST_S = 900.0
_BEAT_S = 3.0
MADE, FAILED, DUE = "export_made", "export_failed", "export_due"
_ENDS = {"interrupted": FAILED, "lapsed": "export_lapsed", "expired": "export_expired"}


@dataclass(eq=False)
class ExportRunner:
    """Looks for exports every ``period_s`` seconds, and as soon as this process was asked for one."""

    store: ExportStore
    desk: EvidenceDesk
    events: EventLog
    period_s: float = 10.0
    _background: Background = field(default_factory=Background)
    _refusal: str = ""

    def start(self) -> None:
        """Begin now."""
        self._background.start("exports", self._run())

    async def close(self) -> None:
        """Stop; what runs is given back."""
        await self._background.stop()

    async def once(self) -> bool:
        """Run the next export; return whether there was one.

        Raises:
            ExporterRefusedError, AuditUnavailableError: as ``ExportStore.add`` says.

        """
        job = await self.store.claim()
        if job is None:
            return False
        try:
            async with asyncio.timeout(_LONGEST_S):
                await self._run_job(job)
        except ExportTakenError:
            logger().warning("export_taken", export=job.id)
        except asyncio.CancelledError:
            with contextlib.suppress(ProxyError):
                await self.store.give_back(job)
            raise
        except AuditUnavailableError:
            raise  # it is begun again once the database answers
        except Exception as error:  # noqa: BLE001 - an export that cannot be made must not end the others
            await self._failed(job, _code(error))
        return True

    async def tidy(self) -> None:
        """End what nobody approved, what has expired and what ends its processes, each on record.

        Raises:
            ExporterRefusedError, AuditUnavailableError: as ``ExportStore.add`` says.

        """
        await self.store.tidy(self._ended)

    async def begin(self) -> int:
        """Ask for what schedules say is due, each on record; return how many they were.

        Raises:
            ExporterRefusedError, AuditUnavailableError: as ``ExportStore.add`` says.

        """
        return await ScheduleStore(self.store).begin(self._due)

    async def _due(self, schedule: Schedule, job: ExportJob) -> None:
        facts = {**job.facts(), "every": schedule.every, "parameters": job.asked.parameters}
        await self.events.event_durable(DUE, facts, tenant=job.asked.tenant)

    async def _ended(self, word: str, job: ExportJob) -> None:
        facts = {**job.facts(), **({"failure": job.failure} if job.failure else {})}
        await self.events.event_durable(_ENDS[word], facts, tenant=job.asked.tenant)

    async def _run(self) -> None:
        while True:
            try:
                await self.tidy()
                await self.begin()
                while await self.once():
                    pass
                self._refusal = ""
            except (ProxyError, ExportTakenError) as fault:
                self._warn(_code(fault))
            self.store.woken.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.period_s):
                    await self.store.woken.wait()

    async def _run_job(self, job: ExportJob) -> None:
        """Make an export while this process says that it lives."""
        try:
            async with asyncio.TaskGroup() as tasks:
                progress = VerificationProgress()
                beats = tasks.create_task(self._beat(job, progress))
                await self._stored(job, progress)
                beats.cancel()
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _stored(self, job: ExportJob, progress: VerificationProgress) -> None:
        if not job.proven:
            raise ExportUnprovenError
        async with making.exported(job.asked, self.desk, progress) as (export, file):
            for number, piece in enumerate(making.pieces(file)):
                await self.store.add_piece(job, number, piece)
        facts = {**job.facts(), "rows": export.rows, "bytes": export.size, "answer": export.answer}
        await self.events.event_durable(MADE, facts, tenant=job.asked.tenant)
        await self.store.done(job, export)

    async def _beat(self, job: ExportJob, progress: VerificationProgress) -> None:
        while True:
            await asyncio.sleep(_BEAT_S)
            await self.store.beat(job, progress.stage)

    async def _failed(self, job: ExportJob, code: str) -> None:
        logger().error("export_failed", export=job.id, code=code)
        await self.events.event_durable(FAILED, {**job.facts(), "failure": code}, tenant=job.asked.tenant)
        await self.store.failed(job, code)

    def _warn(self, code: str) -> None:
        """Say why no exports are made, once."""
        if code != self._refusal:
            logger().warning("exports_not_made", code=code)
        self._refusal = code


def _code(error: BaseException) -> str:
    """Return the stable code of a fault; the message of a bug's exception could quote what was asked."""
    match error:
        case ProxyError():
            return error.code
        case TimeoutError():
            return "deadline_exceeded"
        case _:
            logger().error("export_broke", error=type(error).__name__)
            return "internal_error"
