"""How exact limits are over several processes, and what they add to a request.

Run: python -m bench.limits [--processes 3] [--rate 500] [--seconds 12] [--share 0.5] [--noisy]. Processes with a PostgreSQL of their own ask for
``rate`` requests a second together, of which a limit admits ``share``. Printed are the requests that were admitted against the
limit, the statements that the database got, and the time that asking added: the median and the 99th percentile. One
process is killed half way (``--kill``), so that its lease is lost. ``--noisy`` instead runs the whole product, and prints
what a tenant at ten times its limit does to another one's waits (``bench.noisy``).
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import signal
import statistics
import tempfile
import time
from multiprocessing.queues import Queue
from pathlib import Path

from bench import noisy
from proxy.core.limits import REQUESTS, Limit, window
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.errors import LimitReachedError
from proxy.registry.allowances import LeasedAllowances
from proxy.runtime.clock import SystemClock
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped

Counts = tuple[int, int, list[float]]
_TURNS = 4


async def _asked(dsn: str, limit: Limit, rate: float, until: float, told: Queue[Counts]) -> None:
    """Ask at a rate until a time; tell in each second how many were admitted, how many statements it took, and how long."""
    allowances, clock = LeasedAllowances(dsn, SystemClock()), time.monotonic
    await allowances.start()
    statements, fetched = [0], allowances._fetched  # noqa: SLF001 - a gauge

    async def counted(*parts: object) -> object:
        statements[0] += 1
        return await fetched(*parts)  # type: ignore[arg-type]

    allowances._fetched = counted  # type: ignore[assignment, method-assign]  # noqa: SLF001
    admitted, times, begin, number, said = 0, list[float](), clock(), 0, clock()
    while clock() < until:
        await asyncio.sleep(max(0.0, begin + number / rate - clock()))
        number += 1
        before = time.perf_counter()
        try:
            await allowances.take(limit, "bench", 1)
            admitted += 1
        except LimitReachedError:
            pass
        times.append(time.perf_counter() - before)
        if clock() >= said + 0.2:
            told.put((admitted, statements[0], times))
            admitted, statements[0], times, said = 0, 0, [], clock()
    told.put((admitted, statements[0], times))
    await allowances.close()


def _process(dsn: str, limit: Limit, rate: float, until: float, told: Queue[Counts]) -> None:
    asyncio.run(_asked(dsn, limit, rate, until, told))


async def _measured(options: argparse.Namespace) -> None:
    most = round(options.rate * options.seconds * options.share)
    limit = Limit("bench", REQUESTS, most, "hour", ("tenant",))
    if window("hour", time.time())[1] - time.time() < options.seconds + 5:
        raise SystemExit("the hour ends too soon: try again in a minute")
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        await server.start()
        try:
            await migrate(server.dsn, shipped("migrations"))
            counts = await asyncio.to_thread(_run, options, server.dsn, limit)
        finally:
            await server.stop()
    admitted, statements = sum(one[0] for one in counts), sum(one[1] for one in counts)
    times = sorted(seconds for one in counts for seconds in one[2])
    print(f"admitted {admitted:,} of a limit of {most:,} ({admitted / most:.2%}) in {len(times):,} requests")
    print(f"statements {statements:,}: one for {len(times) / max(statements, 1):.0f} requests")
    print(f"added p50 {statistics.median(times) * 1e3:.3f} ms, p99 {times[len(times) * 99 // 100] * 1e3:.3f} ms")


def _run(options: argparse.Namespace, dsn: str, limit: Limit) -> list[Counts]:
    context = multiprocessing.get_context("spawn")
    told: Queue[Counts] = context.Queue()
    until = time.monotonic() + options.seconds + 3
    rate = options.rate / options.processes
    children = [
        context.Process(target=_process, args=(dsn, limit, rate, until, told)) for _ in range(options.processes)
    ]
    for child in children:
        child.start()
    counts: list[Counts] = []
    killed = not options.kill
    while any(child.is_alive() for child in children) or not told.empty():
        while not told.empty():
            counts.append(told.get())
        if not killed and time.monotonic() > until - options.seconds * 0.75:
            killed = True
            os.kill(children[0].pid or 0, signal.SIGKILL)
        time.sleep(0.05)
    return counts


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--noisy", action="store_true")
    options = parser.parse_args()
    asyncio.run(noisy.measured(options.seconds, _TURNS) if options.noisy else _measured(options))


if __name__ == "__main__":
    main()
