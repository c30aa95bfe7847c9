"""Listening to channels of a real database."""

from __future__ import annotations

import asyncio

from proxy.runtime import database


class Failing(asyncio.Event):
    """Fails as its listener ends, as a query does that is cancelled."""

    def clear(self) -> None:
        raise ConnectionResetError


async def test_a_listener_ends_when_told_even_if_its_connection_fails_just_then(postgres_dsn):
    stands = Failing()
    listener = database.hear(postgres_dsn, database.WRITER, "any", print, reconnected=lambda: None, listening=stands)
    task = asyncio.ensure_future(listener)
    async with asyncio.timeout(30):
        await stands.wait()
    task.cancel()
    ended, _ = await asyncio.wait({task}, timeout=5)
    task.cancel()
    assert ended == {task}
    assert task.cancelled()
