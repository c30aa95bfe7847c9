"""Removes expired originals: storage limitation (GDPR Art. 5(1)(e)) needs no timer of the operator's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from proxy.errors import VaultUnavailableError
from proxy.runtime.background import Background
from proxy.runtime.log import logger
from proxy.vault.postgres import PostgresVault


@dataclass(eq=False)
class Expiry:
    """Purges the vault every ``period_s`` seconds, in one process at a time.

    ``purged`` is called with the number of originals removed, if any. ``overdue_s`` is the age of the oldest original
    beyond its expiry as of the last run, seconds.
    """

    vault: PostgresVault
    purged: Callable[[int], Awaitable[None]]
    period_s: float = 3600.0
    overdue_s: float = 0.0
    _background: Background = field(default_factory=Background)

    def start(self) -> None:
        """Begin now, then run periodically."""
        self._background.start("vault expiry", self._run())

    async def close(self) -> None:
        """Stop."""
        await self._background.stop()

    async def purge(self) -> int:
        """Remove what has expired; return how many originals.

        Raises:
            VaultUnavailableError: the store cannot be reached.

        """
        removed = await self.vault.purge()
        if removed:
            await self.purged(removed)
        self.overdue_s = await self.vault.overdue_s()
        return removed

    async def _run(self) -> None:
        while True:
            try:
                await self.purge()
            except VaultUnavailableError:
                logger().warning("vault_not_purged")
            await asyncio.sleep(self.period_s)
