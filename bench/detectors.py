"""Detectors elsewhere: equal answers, what the way costs, and what is lost when they are killed, stopped, replaced.

Run: python -m bench.detectors [--texts N] [--seconds S] [--connections C] [--keep DIR]

Starts real detectors (``compliance-proxy detector``) with certificates of a CA of its own. First the same texts are read
here and there, and every finding is compared; then one caller asks in turn here and there. Then callers ask without a
pause while a detector is killed, another stopped for a while, a third speaks of another version, and all are replaced
one after the other. Ends with status 1 when an answer differs, or is not complete.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table

from bench.bulk_texts import text
from bench.workplace import workplace
from proxy.core.findings import Detection, Status
from proxy.detection.detector import PooledDetector
from proxy.detection.pool.process import spawning
from proxy.detection.remote.pool import RemotePool
from proxy.detection.remote.tls import TlsFiles
from proxy.errors import DetectionBusyError
from proxy.runtime.clock import SystemClock
from testing import certificates, rule_cache
from testing.processes import descendants, free_port

_START_S, _DEADLINE_S = 180.0, 30.0
_KEY = b"k" * 32
_OK = 200


@dataclass
class Fleet:
    """Real detectors on ports of their own."""

    folder: Path
    server: TlsFiles
    ports: list[int] = field(default_factory=list)
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def start(self, number: int, **variables: str) -> None:
        """Start the detector of a number, where it was if it ran before; return when it is ready."""
        if number == len(self.ports):
            self.ports.append(free_port())
        health = free_port()
        state = self.folder / f"state-{number}"
        state.mkdir(mode=0o700, exist_ok=True)
        rule_cache.give(state / "cache")
        settings = {
            "PROXY_STATE_DIR": str(state),
            "PROXY_METRICS_PORT": str(health),
            "PROXY_DETECTOR_CA": str(self.server.ca),
            "PROXY_DETECTOR_CERTIFICATE": str(self.server.certificate),
            "PROXY_DETECTOR_KEY": str(self.server.key),
            "PROXY_DRAIN_S": "10",
            **variables,
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PROXY_")}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "proxy", "detector", "--port", str(self.ports[number]),
            env=kept | settings, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        self.processes[number : number + 1] = [process]
        async with aiohttp.ClientSession() as session, asyncio.timeout(_START_S):
            while process.returncode is None:
                with suppress(aiohttp.ClientError):
                    async with session.get(f"http://127.0.0.1:{health}/readyz") as reply:
                        if reply.status == _OK:
                            return
                await asyncio.sleep(0.1)
        raise RuntimeError(f"detector {number} ended with {process.returncode}")

    async def end(self, number: int, how: signal.Signals) -> None:
        """End one with a signal, and wait for it."""
        process = self.processes[number]
        if process.returncode is None:
            process.send_signal(how)
        await process.wait()

    async def close(self) -> None:
        """Kill all."""
        for number, process in enumerate(self.processes):
            for pid in descendants(process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            await self.end(number, signal.SIGKILL)


@dataclass
class Load:
    """Callers that ask for new texts without a pause, and what became of it."""

    detector: PooledDetector
    outcomes: Counter[str] = field(default_factory=Counter)
    longest_s: float = 0.0
    stopping: bool = False
    numbers: int = 0

    async def run(self, callers: int) -> None:
        """Ask until ``stopping``."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(callers):
                tasks.create_task(self._caller())

    async def _caller(self) -> None:
        while not self.stopping:
            self.numbers += 1
            started = time.monotonic()
            try:
                detection = await self.detector.detect([text(self.numbers + (1 << 40))] * 2, "t")
                self.outcomes[detection.status.value] += 1
            except DetectionBusyError as error:
                self.outcomes["busy"] += 1
                await asyncio.sleep(min(error.retry_after_s, 1.0))
            self.longest_s = max(self.longest_s, time.monotonic() - started)


def remote(urls: Sequence[str], client: TlsFiles) -> PooledDetector:
    """Return a detector that asks these; it remembers nothing."""
    return PooledDetector(
        1, _DEADLINE_S, 256, 0, _KEY,
        elsewhere=lambda identity: RemotePool(urls, client, identity, 256, SystemClock()),
    )  # fmt: skip


async def _timed(detector: PooledDetector, texts: Sequence[str]) -> tuple[Detection, float]:
    started = time.monotonic()
    return await detector.detect(texts, "t"), time.monotonic() - started


async def equality(here: PooledDetector, there: PooledDetector, count: int, table: Table) -> bool:
    """Compare every finding of the texts, and how long each side takes for one text, in turn."""
    texts = [text(number) for number in range(count)]
    differing = 0
    for start in range(0, count, 50):
        part = texts[start : start + 50]
        (one, _), (other, _) = await _timed(here, part), await _timed(there, part)
        differing += sum(a != b for a, b in zip(one.segments, other.segments, strict=True))
        differing += one.detectors != other.detectors
    table.add_row("texts whose findings differ", f"{differing} of {count:,}")
    added = []
    for number in range(60):
        alone = [text(number + (1 << 41))]
        (_, fast), (_, slow) = await _timed(here, alone), await _timed(there, alone)
        added.append(slow - fast)
    table.add_row("the way adds, a text of a request, median", f"{1000 * statistics.median(added):.1f} ms")
    return differing == 0


async def faults(fleet: Fleet, there: PooledDetector, options: argparse.Namespace, table: Table) -> bool:
    """Kill, stop, change and replace detectors under load."""
    load = Load(there)
    pause = options.seconds / 6
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load.run(options.connections))
        await asyncio.sleep(pause)
        await fleet.end(0, signal.SIGKILL)
        await asyncio.sleep(pause)
        await fleet.start(0)
        fleet.processes[1].send_signal(signal.SIGSTOP)
        await asyncio.sleep(pause)
        fleet.processes[1].send_signal(signal.SIGCONT)
        await fleet.end(1, signal.SIGTERM)
        await fleet.start(1, PROXY_CLASSIFIER="fast")
        await asyncio.sleep(2)
        states = sorted(one["state"] for one in there.pool.details)
        await fleet.end(1, signal.SIGTERM)
        await fleet.start(1)
        for number in (0, 1):
            await fleet.end(number, signal.SIGTERM)
            await fleet.start(number)
        await asyncio.sleep(pause)
        load.stopping = True
    asked, complete = load.outcomes.total(), load.outcomes[Status.COMPLETE.value]
    table.add_row("asked while one was killed, one stopped, one of another version, all replaced", f"{asked:,}")
    table.add_row("of these complete", f"{complete:,}")
    table.add_row("refused because full; failed; timed out",
                  "; ".join(str(load.outcomes[name]) for name in ("busy", "failed", "timeout")))  # fmt: skip
    table.add_row("the longest wait", f"{load.longest_s:.1f} s")
    table.add_row("states while one had another classifier", ", ".join(states))
    return complete + load.outcomes["busy"] == asked and states == ["other version", "ready"]


async def run(options: argparse.Namespace, folder: Path) -> int:
    """Do everything; return the exit status."""
    random.seed(0)
    ca = certificates.authority(folder)
    server, client = (TlsFiles(ca.file, *ca.issue(folder, name)) for name in ("detector", "proxy"))
    fleet = Fleet(folder, server)
    table = Table("detectors elsewhere", "", box=None)
    async with AsyncExitStack() as ending:
        ending.push_async_callback(fleet.close)
        for number in (0, 1):
            await fleet.start(number)
        there = remote([f"https://127.0.0.1:{port}" for port in fleet.ports], client)
        ending.push_async_callback(there.close)
        await there.start()
        sound = True
        if options.texts:
            here = PooledDetector(1, _DEADLINE_S, 64, 0, _KEY, spawn=spawning(None, rule_cache.folder()))
            await here.start()
            try:
                sound = await equality(here, there, options.texts, table)
            finally:
                await here.close()
        if options.seconds:
            sound &= await faults(fleet, there, options, table)
    Console().print(table)
    return 0 if sound else 1


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.detectors", description=str(__doc__).splitlines()[0])
    parser.add_argument("--texts", type=int, default=2000, help="texts that are compared (default 2000)")
    parser.add_argument("--seconds", type=float, default=60.0, help="about how long faults are injected (default 60)")
    parser.add_argument("--connections", type=int, default=4, help="callers (default 4)")
    parser.add_argument("--keep", type=Path, help="folder for states, kept afterwards")
    options = parser.parse_args()
    with workplace("detectors", options.keep) as folder:
        return asyncio.run(run(options, folder))


if __name__ == "__main__":
    sys.exit(main())
