"""Connections of readers that wait for whoever reads next: a new one costs the server a process and its caches.

Nobody waits for one: where none is idle, another is opened, so a question of half a minute keeps nobody waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from proxy.runtime import database

#: How many wait, and how long.
MOST, IDLE_S = 2, 300.0
_WAKE_S = 1.0  # then another is opened


class IdleReaders:
    """Connections to one database that act as the reader, each in one hand at a time."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._idle: dict[asyncpg.Connection, asyncio.TimerHandle] = {}  # the last given back comes last
        self._is_closed = False
        database.renewable(self)

    @asynccontextmanager
    async def taken(self, tenants: Sequence[str] | None) -> AsyncIterator[asyncpg.Connection]:
        """Yield a connection that sees these tenants, None for all; it waits again unless something was raised.

        Raises:
            as ``database.connect``.

        """
        connection = await self._woken(tenants) or await database.connect(self.dsn, database.READER, tenants=tenants)
        try:
            yield connection
        except BaseException:
            connection.terminate()
            raise
        await self._give_back(connection)

    async def expire_connections(self) -> None:
        """End those that wait: their server may be gone."""
        while self._idle:
            self._next().terminate()

    async def close(self) -> None:
        """End those that wait, and keep none from now on."""
        self._is_closed = True
        while self._idle:
            await self._next().close()

    def _next(self) -> asyncpg.Connection:
        connection, ending = self._idle.popitem()
        ending.cancel()
        return connection

    async def _woken(self, tenants: Sequence[str] | None) -> asyncpg.Connection | None:
        while self._idle:
            connection = self._next()
            if connection.is_closed():
                continue
            try:
                await connection.execute(f"SET ROLE {database.READER}", timeout=_WAKE_S)  # which may be gone since
                await database.see(connection, tenants, _WAKE_S)
            except (*database.UNAVAILABLE, asyncpg.PostgresError):
                connection.terminate()
            except BaseException:
                connection.terminate()
                raise
            else:
                return connection
        return None

    async def _give_back(self, connection: asyncpg.Connection) -> None:
        if self._is_closed or len(self._idle) >= MOST or connection.is_closed() or connection.is_in_transaction():
            await connection.close()
            return
        self._idle[connection] = asyncio.get_running_loop().call_later(IDLE_S, self._end, connection)

    def _end(self, connection: asyncpg.Connection) -> None:
        self._idle.pop(connection).cancel()
        connection.terminate()
