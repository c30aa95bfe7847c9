"""Quarantine of targets that answered from a region they are not registered for, until a person clears them.

The process that notices it acts at once; the others follow within seconds, by the database.
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
    """The targets in quarantine as known to this process. ``event`` records a new one."""

    store: RegistryStore
    event: Callable[[str, Mapping[str, object]], object]
    targets: frozenset[str] = frozenset()
    _unwritten: dict[str, str] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def names(self) -> frozenset[str]:
        """Return the targets in quarantine."""
        return self.targets

    def report(self, target: str, region: str) -> None:
        """Put a target into quarantine, for the region it reported in the provider's words."""
        if target in self.targets:
            return
        self.targets |= {target}
        self._unwritten[target] = region
        self._woken.set()
        self.event(EVENT, {"target": target, "reported": region})
        logger().error("target_quarantined", target=target, reported=region)

    async def refresh(self) -> None:
        """Write this process's new entries and read all of them.

        Raises:
            RegistryUnavailableError: the database cannot be reached; the known targets stay in quarantine.

        """
        for target, region in tuple(self._unwritten.items()):
            await self.store.quarantine(target, region)
            del self._unwritten[target]
        self.targets = frozenset(entry.target for entry in await self.store.quarantined()) | self._unwritten.keys()

    async def run(self) -> None:
        """Refresh every few seconds, and at once after a report, for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _LOOK_S)
            self._woken.clear()
            with contextlib.suppress(RegistryUnavailableError):
                await self.refresh()
