"""What naming a data subject costs a request, on a throw-away PostgreSQL with fsync on: ``python -m bench.subjects``."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from proxy.embedded.postgres import EmbeddedPostgres
from proxy.identity.subjects import SubjectKeys
from proxy.runtime.clock import SystemClock
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from testing import evidence

ROUNDS = 1_000


async def clocked(what: str, work: Callable[[int], Awaitable[object]]) -> None:
    seconds = []
    for number in range(ROUNDS):
        started = time.perf_counter()
        await work(number)
        seconds.append(time.perf_counter() - started)
    seconds.sort()
    middle, late = seconds[ROUNDS // 2], seconds[ROUNDS * 99 // 100]
    print(f"{what:36} p50 {middle * 1e6:8.1f} us   p99 {late * 1e6:8.1f} us")


async def opened(dsn: str) -> SubjectKeys:
    store = SubjectKeys(dsn, evidence.KEYRING, SystemClock())
    await store.start()
    await store.listening.wait()
    await store.of("acme", "first")
    return store


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        await server.start()
        try:
            await migrate(server.dsn, shipped("migrations"))
            first, second = await opened(server.dsn), await opened(server.dsn)
            await clocked("a subject nobody has named before", lambda number: first.of("acme", f"p{number}"))
            await clocked("one that another process has named", lambda number: second.of("acme", f"p{number}"))
            await clocked("one that this process has named", lambda number: second.of("acme", f"p{number}"))
            await first.close()
            await second.close()
        finally:
            await server.stop()


if __name__ == "__main__":
    uvloop.run(main())
