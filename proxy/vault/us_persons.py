"""Distinct US persons per category of 28 CFR 202 and recipient in the last twelve months, as keyed digests.

A category stores at most one person more than its threshold: above it nothing is sent, so no one else need be stored.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from proxy.core.decision.bulk import Sighting
from proxy.errors import CounterUnavailableError
from proxy.ports import Clock
from proxy.runtime import database
from proxy.runtime.log import logger

_SQL = database.statements(Path(__file__).with_name("us_persons.sql"))


@dataclass(eq=False)
class UsPersons:
    """Implements ``ports.BulkCounter``. Connects with the first sighting: most installations never have one."""

    dsn: str
    clock: Clock
    timeout_s: float = 5.0

    def __post_init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    async def start(self) -> None:
        """Create the pool without connecting."""
        self._pool = await database.pool(self.dsn, database.VAULT, timeout_s=self.timeout_s)

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def count(self, sighting: Sighting, *, keep: bool = True) -> Mapping[str, int]:
        """Record the persons sighted; return the largest count per category over the recipients.

        Without ``keep`` they are counted in a transaction that is rolled back.

        Raises:
            CounterUnavailableError: nothing was counted.

        """
        today = datetime.fromtimestamp(self.clock.now(), UTC).date()
        if self._pool is None:
            raise CounterUnavailableError
        try:
            async with self._pool.acquire() as connection, _rolled_back(connection, keep=keep):
                rows = await connection.fetch(
                    _SQL["count"], sighting.tenant, list(sighting.recipients), list(sighting.categories),
                    [threshold + 1 for threshold in sighting.thresholds], list(sighting.persons), today,
                )  # fmt: skip
        except (*database.UNAVAILABLE, asyncpg.PostgresError) as error:
            logger().warning("bulk_counter_unavailable", error=type(error).__name__)
            raise CounterUnavailableError from error
        return {row["category"]: row["persons"] for row in rows}


@asynccontextmanager
async def _rolled_back(connection: asyncpg.Connection, *, keep: bool) -> AsyncIterator[None]:
    """Roll back what is written inside, unless ``keep``."""
    if keep:
        yield
        return
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()
