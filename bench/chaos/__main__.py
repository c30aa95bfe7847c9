"""Kill and break parts of the running product at random under a mixed load, then hold the evidence against what was seen.

    python -m bench.chaos [--faults N] [--seconds S] [--kills N] [--seed K] [--connections C] [--keep DIR]

With ``--kills 200``, proxies and Postgres alone are killed, one after the other, and nothing else is broken.
Starts the whole product on a folder of its own with a third-party stand-in that keeps every body it receives. Ends
with status 1 when one of these does not hold: no body left without a durable intent of its own; every answered
exchange has exactly one decision and one outcome that say what its caller saw; the chains verify; no payload text in
records, logs or metrics, none at a third party; everything answers again; nothing is left running.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from rich.console import Console

from bench.chaos import evidence, report
from bench.chaos.faults import Injector, plan
from bench.chaos.load import Load
from bench.chaos.product import RECOVERY_GRACE_S, Product
from bench.chaos.provider import Provider
from bench.workplace import workplace
from testing.processes import free_port

_TOP_UP = 0.1  # of the time is kept for replacing faults that found nothing to hit
_SETTLE_S = 60.0
_EXPECTED = {"whole": 200, "stream": 200, "tools": 200, "embedding": 200, "health": 200, "refused": 403}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=str(__doc__).splitlines()[0])
    parser.add_argument("--faults", type=int, default=2000, help="kills and faults (default 2000)")
    parser.add_argument("--seconds", type=float, default=240.0, help="how long they are injected (default 240)")
    parser.add_argument("--kills", type=int, help="kill proxies and Postgres so often instead, however long it takes")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)), help="draws the plan")
    parser.add_argument("--connections", type=int, default=16, help="callers (default 16)")
    parser.add_argument("--keep", type=Path, help="folder for the stack's state and logs, kept afterwards")
    return parser.parse_args()


@dataclass
class Run:
    """One run: what takes part, and what was found."""

    options: argparse.Namespace
    product: Product
    provider: Provider
    console: Console
    findings: list[str] = field(default_factory=list)

    async def all(self) -> int:
        """Do everything; return the exit status."""
        began = time.monotonic()
        self.console.print(f"chaos: seed {self.options.seed}; state in {self.product.folder}")
        await self.product.start()
        self.console.print(f"the product is up after {time.monotonic() - began:.0f} s")
        load = Load(self.product.url, self.product.key, self.options.seed)
        injector = Injector(self.product, self.provider, load, self.options.seed)
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(load.run(self.options.connections))
            showing = tasks.create_task(self._progress(load, injector))
            await self._inject(injector)
            load.stopping = True
            await asking
            showing.cancel()
        injected = time.monotonic() - began
        await self._settle(load)
        records = await self._examine(load)
        seen = report.Seen(injector, self.provider, load, records, self.findings)
        report.show(self.console, seen)
        self.console.print(f"{injected:.0f} s with start and faults, {time.monotonic() - began:.0f} s in all")
        return 1 if self.findings else 0

    async def _inject(self, injector: Injector) -> None:
        faults, seconds = self.options.faults, self.options.seconds
        if self.options.kills:
            await injector.kill(self.options.kills)
            return
        await injector.run(plan(faults, seconds * (1 - _TOP_UP), self.options.seed))
        await injector.top_up(faults, seconds * _TOP_UP)

    async def _progress(self, load: Load, injector: Injector) -> None:
        began = time.monotonic()
        while True:
            await asyncio.sleep(5)
            self.console.print(
                f"{time.monotonic() - began:5.0f} s  {injector.done.total():5} of {self.options.kills or self.options.faults} faults, "
                f"{len(load.answers):6} requests, {len(self.provider.journal):6} bodies reached a target"
            )

    async def _settle(self, load: Load) -> None:
        """Everything must answer again, and every exchange must get its outcome."""
        if not await self.product.settled(_SETTLE_S):
            self.findings.append(f"not everything is ready {_SETTLE_S:.0f} s after the last fault")
        await asyncio.sleep(RECOVERY_GRACE_S)
        for kind, status in _EXPECTED.items():
            if not await self._answers(load, kind, status):
                self.findings.append(f"a request ({kind}) is not answered {status} after the last fault")
        until = time.monotonic() + _SETTLE_S
        while (left := await self._open()) and time.monotonic() < until:
            await asyncio.sleep(0.5)
        if left:
            self.findings.append(f"{left} exchanges have no outcome {_SETTLE_S:.0f} s after the last fault")

    async def _answers(self, load: Load, kind: str, status: int) -> bool:
        """Ask until the answer is right: a circuit stays open for ten seconds."""
        for _ in range(14):
            answer = await load.ask(kind)
            if answer.status == status and answer.whole:
                return True
            await asyncio.sleep(1)
        return False

    async def _open(self) -> int:
        rows = await self.product.sql(
            "SELECT count(*) AS n FROM audit.record d WHERE d.kind = 'decision' AND NOT EXISTS "
            "(SELECT FROM audit.record o WHERE o.kind = 'outcome' AND o.exchange = d.exchange)"
        )
        return int(rows[0]["n"])

    async def _examine(self, load: Load) -> list[evidence.Record]:
        status, said = await self.product.command("audit", "verify")
        self.console.print(said.strip())
        if status:
            self.findings.append(f"'compliance-proxy audit verify' ended with {status}")
        async with aiohttp.ClientSession() as session, session.get(f"{self.product.url}/metrics") as reply:
            metrics = await reply.text()
        self.findings += await evidence.leaks(self.product, metrics)
        records = await evidence.read(self.product)
        keys = evidence.keyring(self.product)
        self.findings += evidence.Evidence(records, self.provider.journal, load.answers, keys).findings()
        self.findings += [f"left running: {command}" for command in await self.product.stop()]
        return records


@contextlib.asynccontextmanager
async def setting(options: argparse.Namespace, folder: Path) -> AsyncIterator[Run]:
    """Start the provider; stop everything at the end, however it comes."""
    port = free_port()
    product = Product(folder, f"http://127.0.0.1:{port}")
    provider = Provider(lambda: product.address("model"))
    await provider.start(port)
    try:
        yield Run(options, product, provider, Console(width=120, highlight=False))
    finally:
        await product.stop()
        await provider.close()


async def main(options: argparse.Namespace, folder: Path) -> int:
    """Run once."""
    async with setting(options, folder) as run:
        return await run.all()


if __name__ == "__main__":
    given = arguments()
    with workplace("chaos", given.keep) as place:
        ended = asyncio.run(main(given, place))
    sys.exit(ended)
