"""Ends, day by day, what links records to data subjects, for tenants with a limit (GDPR Art. 5(1)(e))."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from proxy.errors import IdentityUnavailableError
from proxy.identity.subjects import SubjectKeys
from proxy.runtime.background import Background
from proxy.runtime.log import logger


@dataclass(eq=False)
class LinkExpiry:
    """Destroys the keys of days that are over every ``period_s`` seconds; the database does each once.

    What was destroyed, by whatever, leaves the server's files then.
    """

    subjects: SubjectKeys
    period_s: float = 3600.0
    _background: Background = field(default_factory=Background)

    def start(self) -> None:
        """Begin now, then run periodically."""
        self._background.start("link expiry", self._run())

    async def close(self) -> None:
        """Stop."""
        await self._background.stop()

    async def _run(self) -> None:
        while True:
            try:
                if expired := await self.subjects.expire_links():
                    logger().info("links_expired", days=expired)
                if await self.subjects.forget_destroyed():
                    logger().info("destroyed_keys_forgotten")
            except IdentityUnavailableError:
                logger().warning("links_not_expired")
            await asyncio.sleep(self.period_s)
