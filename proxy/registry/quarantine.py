"""Targets that answered from a region they are not registered for: kept in the database until somebody clears them.

A process that notices it acts at once; the others follow within seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from proxy.errors import RegistryUnavailableError
from proxy.registry.store import RegistryStore
from proxy.runtime.log import logger

EVENT = "target_quarantined"
_LOOK_S = 2.0


@dataclass(eq=False)
class Quarantine:
    """Which targets are in quarantine, as this process knows. ``event`` records one that comes in."""

    store: RegistryStore
    event: Callable[[str, Mapping[str, object]], object]
    held: frozenset[str] = frozenset()
    _unwritten: dict[str, str] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def names(self) -> frozenset[str]:
        """Return the targets in quarantine."""
        return self.held

    def report(self, target: str, region: str) -> None:
        """Put a target into quarantine that answered from a region, named in the provider's words."""
        if target in self.held:
            return
        self.held |= {target}
        self._unwritten[target] = region
        self._woken.set()
        self.event(EVENT, {"target": target, "reported": region})
        logger().error("target_quarantined", target=target, reported=region)

    async def refresh(self) -> None:
        """Write what this process noticed, and read what all did.

        Raises:
            RegistryUnavailableError: the database cannot be reached; what is known stays.

        """
        for target, region in tuple(self._unwritten.items()):
            await self.store.quarantine(target, region)
            del self._unwritten[target]
        self.held = frozenset(one.target for one in await self.store.quarantined()) | self._unwritten.keys()

    async def run(self) -> None:
        """Follow the database for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _LOOK_S)
            self._woken.clear()
            with contextlib.suppress(RegistryUnavailableError):
                await self.refresh()
