"""Watches for a new revision of the registry in force: by notification and by polling."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from proxy.errors import RegistryUnavailableError
from proxy.registry.store import CHANNEL, HEAD
from proxy.runtime import background, database
from proxy.runtime.log import logger

POLL_S = 30.0
_PAUSE_S = 1.0
#: Puts a new revision in force, or refuses it; raises RegistryUnavailableError to be called again.
Changed = Callable[[str], Awaitable[None]]


class ActivationWatch:
    """Calls ``changed`` for each revision that comes into force after ``known``."""

    def __init__(self, dsn: str, revision: str, poll_s: float = POLL_S) -> None:
        self._dsn = dsn
        self._revision = revision
        self._poll_s = poll_s

    async def run(self, changed: Changed) -> None:
        """Watch for ever; after a lost connection, reconnect every second and check at once."""
        while True:
            with contextlib.suppress(*database.UNAVAILABLE, asyncpg.PostgresError, RegistryUnavailableError):
                connection = await database.connect(self._dsn, database.REGISTRY)
                try:
                    await self._listen(connection, changed)
                finally:
                    connection.terminate()
            background.end_if_cancelled()
            await asyncio.sleep(_PAUSE_S)

    async def _take(self, revision: str, changed: Changed) -> None:
        """Pass the revision on; an unexpected failure is retried at the next check."""
        try:
            await changed(revision)
        except RegistryUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - if the watch ended, this machine would stay behind unnoticed
            logger().error("registry_not_taken", revision=revision, error=type(error).__name__)
        else:
            self._revision = revision

    async def _listen(self, connection: asyncpg.Connection, changed: Changed) -> None:
        woken = asyncio.Event()

        def wake(*_notification: Any) -> None:
            woken.set()

        connection.add_termination_listener(wake)
        await connection.add_listener(CHANNEL, wake)
        while not connection.is_closed():
            woken.clear()
            head = await connection.fetchrow(HEAD, timeout=self._poll_s)
            if head is not None and head["revision"] != self._revision:
                await self._take(head["revision"], changed)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), self._poll_s)
