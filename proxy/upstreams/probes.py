"""Probes the targets for which the catalog names a path, periodically and without any payload.

A failed probe counts against the target for everyone; a passed one shows that it is up. Neither says anything about
requests of one sender that fail there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from proxy.core.targets.registered import Target
from proxy.errors import UpstreamError
from proxy.ports import Clock
from proxy.upstreams.circuit import Circuits

_LOOK_S = 1.0
_SERVER_ERROR = 500

#: Returns the status of a GET of the target's probe.
Get = Callable[[Target], Awaitable[int]]


class Prober:
    """Updates the circuits of targets that have a probe."""

    def __init__(self, get: Get, circuits: Circuits, clock: Clock) -> None:
        self._get = get
        self._circuits = circuits
        self._clock = clock
        self._probed_at: dict[str, float] = {}

    async def run(self, targets: Callable[[], Mapping[str, Target]]) -> None:
        """Probe until cancelled."""
        while True:
            await self.look(targets())
            await asyncio.sleep(_LOOK_S)

    async def look(self, targets: Mapping[str, Target]) -> None:
        """Probe the targets that are due."""
        now = self._clock.monotonic()
        due = [target for target in targets.values() if target.base_url and self._is_due(target, now)]
        async with asyncio.TaskGroup() as group:
            for target in due:
                self._probed_at[target.id] = now
                group.create_task(self._probe(target))

    def _is_due(self, target: Target, now: float) -> bool:
        probe, last = target.access.probe, self._probed_at.get(target.id)
        return bool(probe.path) and (last is None or now - last >= probe.interval_s)

    async def _probe(self, target: Target) -> None:
        try:
            status = await self._get(target)
        except UpstreamError:
            status = _SERVER_ERROR
        self._circuits.probed(target.id, up=status < _SERVER_ERROR)
