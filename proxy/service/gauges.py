"""What a serving process says of itself once a second: its parts, pools and waits, what is lost and what is back."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.core.routing.routing import unreachable
from proxy.detection.pool import metering
from proxy.ports import Clock
from proxy.reports.siem.serving import ServedStreams
from proxy.runtime import database
from proxy.runtime.log import Changes
from proxy.service.parts import WorkerParts
from proxy.vault.upkeep import Expiry
from proxy.web import metrics
from proxy.web.admin import Readiness
from proxy.web.handlers import Services

_EVERY_S = 1.0


class Upkeep(NamedTuple):
    """What runs beside the requests and says how far it is."""

    checkpointer: Checkpointer
    expiry: Expiry
    streams: ServedStreams


class Gauges:
    """Sets the gauges of one process."""

    def __init__(
        self, parts: WorkerParts, upkeep: Upkeep, services: Services, readiness: Readiness, clock: Clock
    ) -> None:
        self._parts, self._upkeep, self._services, self._readiness, self._clock = (
            parts,
            upkeep,
            services,
            readiness,
            clock,
        )
        self._lost, self._down = Changes("part"), Changes("target")

    async def run(self) -> None:
        """Set them once a second until cancelled."""
        while True:
            await self.set_all()
            await asyncio.sleep(_EVERY_S)

    async def set_all(self) -> None:
        """Set each, and log what was lost or is back since the last time."""
        ready = await self._readiness.parts()
        self._lost.note({part for part, is_ready in ready.items() if not is_ready}, self._clock.monotonic())
        for part, is_ready in ready.items():
            metrics.READY.labels(part).set(is_ready)
        self._set_targets()
        metrics.IN_FLIGHT.set(sum(self._services.admission.in_flight.values()))
        metrics.pools({**database.usage(), "targets": self._parts.upstreams.usage()})
        metrics.AUDIT_WAITING.set(self._parts.audit.waiting)
        pool = self._parts.detector.pool
        metering.waits(pool.waiting, pool.pace.waiting.total(), pool.pace.speed)
        self._set_upkeep()

    def _set_targets(self) -> None:
        upstreams = self._parts.upstreams
        down = upstreams.down()
        self._down.note(down, self._clock.monotonic())
        for target in upstreams.targets:
            metrics.DOWN.labels(target).set(target in down)
        metrics.UNCONFIGURED.set(len(unreachable(self._services.pipeline.catalog)))

    def _set_upkeep(self) -> None:
        checkpointer, expiry, streams = self._upkeep
        metrics.VAULT_OVERDUE.set(expiry.overdue_s)
        metrics.evidence(checkpointer.refused, checkpointer.unanchored)
        for where, age in checkpointer.ages.items():
            metrics.ANCHOR_AGE.labels(where).set(age)
        metrics.streams(streams.states, self._clock.now())
