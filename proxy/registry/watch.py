"""Notices when another revision of the registry comes into force: told by the database, and looked up now and then."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from proxy.errors import RegistryUnavailableError
from proxy.registry.store import CHANNEL, HEAD
from proxy.runtime import database
from proxy.runtime.log import logger

POLL_S = 30.0
_PAUSE_S = 1.0
#: Takes a new revision into force, or refuses it; raises RegistryUnavailableError to be asked again.
Changed = Callable[[str], Awaitable[None]]


class ActivationWatch:
    """Calls ``changed`` once for each revision that comes into force after ``known``."""

    def __init__(self, dsn: str, known: str, poll_s: float = POLL_S) -> None:
        self._dsn = dsn
        self._known = known
        self._poll_s = poll_s

    async def run(self, changed: Changed) -> None:
        """Watch for ever; without a connection, try again every second and look at once when there is one."""
        while True:
            with contextlib.suppress(*database.UNAVAILABLE, asyncpg.PostgresError, RegistryUnavailableError):
                connection = await database.connect(self._dsn, database.REGISTRY)
                try:
                    await self._listen(connection, changed)
                finally:
                    connection.terminate()
            await asyncio.sleep(_PAUSE_S)

    async def _take(self, revision: str, changed: Changed) -> None:
        """Hand the revision over; what fails for a reason nobody foresaw is tried again at the next look."""
        try:
            await changed(revision)
        except RegistryUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - a watch that ends would leave this machine behind unseen
            logger().error("registry_not_taken", revision=revision, error=type(error).__name__)
        else:
            self._known = revision

    async def _listen(self, connection: asyncpg.Connection, changed: Changed) -> None:
        woken = asyncio.Event()

        def wake(*_told: Any) -> None:
            woken.set()

        connection.add_termination_listener(wake)
        await connection.add_listener(CHANNEL, wake)
        while not connection.is_closed():
            woken.clear()
            head = await connection.fetchrow(HEAD, timeout=self._poll_s)
            if head is not None and head["revision"] != self._known:
                await self._take(head["revision"], changed)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), self._poll_s)
