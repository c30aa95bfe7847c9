"""Asks targets now and then whether they are there, where the catalog says at which path. Nothing of anybody is sent.

A probe that fails counts against the target for everybody; one that passes shows that it is there again. Neither says
anything of the requests of a sender that fail there.
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
    """Keeps the circuits up to date with the targets that have a probe."""

    def __init__(self, get: Get, circuits: Circuits, clock: Clock) -> None:
        self._get = get
        self._circuits = circuits
        self._clock = clock
        self._asked: dict[str, float] = {}

    async def run(self, targets: Callable[[], Mapping[str, Target]]) -> None:
        """Probe for ever."""
        while True:
            await self.look(targets())
            await asyncio.sleep(_LOOK_S)

    async def look(self, targets: Mapping[str, Target]) -> None:
        """Probe those that are due."""
        now = self._clock.monotonic()
        due = [target for target in targets.values() if target.base_url and self._is_due(target, now)]
        async with asyncio.TaskGroup() as group:
            for target in due:
                self._asked[target.id] = now
                group.create_task(self._probe(target))

    def _is_due(self, target: Target, now: float) -> bool:
        probe, last = target.access.probe, self._asked.get(target.id)
        return bool(probe.path) and (last is None or now - last >= probe.interval_s)

    async def _probe(self, target: Target) -> None:
        try:
            status = await self._get(target)
        except UpstreamError:
            status = _SERVER_ERROR
        self._circuits.probed(target.id, up=status < _SERVER_ERROR)
