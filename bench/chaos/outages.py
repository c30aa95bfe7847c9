"""How long nobody is served after something broke: one fault after the other, under load, each with its time to heal.

    python -m bench.chaos.outages [--faults N] [--only WORD] [--seed K] [--connections C]

The whole product runs with a PostgreSQL behind a path that can go silent (connections stay open, nothing passes, as when
a firewall forgets them). For each fault it prints how long after the cause had ended the first of five good answers in a
row came. Ends with status 1 when a body left without its record, an exchange was lost, the chains do not verify, or an
outage was longer than ``--longest`` seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.chaos.__main__ import Run
from bench.chaos.faults import send_signal
from bench.chaos.load import Load
from bench.chaos.product import Database, Product
from bench.chaos.provider import Provider
from bench.chaos.relay import Relay
from bench.workplace import workplace
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from testing.processes import free_port

_IN_A_ROW = 5
_GIVE_UP_S = 60.0
_PATIENCE_S = 3.0  # of one probing caller
_PAUSE_S = 0.05


@dataclass
class Breaker:
    """Breaks one part at a time; each method returns when the cause has ended."""

    product: Product
    database: Database
    random: random.Random

    def acts(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Return everything that can be broken, by name."""
        return {
            "kill proxy worker": lambda: self._kill(self.product.workers()),
            "kill serving process": lambda: self._kill([self.product.pid("proxy")]),
            "kill detector": lambda: self._kill(self.product.detectors()),
            "kill policy engine": lambda: self._kill([self.product.pid("policy")]),
            "kill Postgres": self._kill_postgres,
            "kill database session": lambda: self._kill(self.product.backends()),
            "stop proxy worker": lambda: self._stop(self.product.workers()[:1]),
            "stop detector": lambda: self._stop(self.product.detectors()),
            "stop policy engine": lambda: self._stop([self.product.pid("policy")]),
            "stop Postgres": lambda: self._stop(self.product.postgres()),
            "database path silent (half-open)": self._silence,
            "database path silent, then alive": lambda: self._silence(forgotten=False),
        }

    async def _kill(self, pids: list[int]) -> None:
        for pid in [self.random.choice(pids)] if pids else []:
            send_signal(pid, signal.SIGKILL)
        await asyncio.sleep(0)

    async def _kill_postgres(self) -> None:
        send_signal(self.database.postmaster(), signal.SIGKILL)
        await asyncio.sleep(1.0)
        await self.database.server.start()

    async def _stop(self, pids: list[int]) -> None:
        hit = [pid for pid in pids if send_signal(pid, signal.SIGSTOP)]
        await asyncio.sleep(self.random.uniform(1.0, 4.0))
        for pid in hit:
            send_signal(pid, signal.SIGCONT)

    async def _silence(self, *, forgotten: bool = True) -> None:
        self.database.path.silence()
        await asyncio.sleep(self.random.uniform(1.0, 6.0))
        self.database.path.heal(forget=forgotten)


@dataclass
class Outages(Run):
    """One run: load beside, one fault after the other, then the evidence."""

    database: Database | None = None
    outages: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def all(self) -> int:
        """Do everything; return the exit status."""
        assert self.database is not None
        await self.product.start()
        load = Load(self.product.url, self.product.key, self.options.seed)
        own = random.Random(self.options.seed)
        every = Breaker(self.product, self.database, own).acts()
        acts = {kind: act for kind, act in every.items() if self.options.only in kind}
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(load.run(self.options.connections))
            for number in range(self.options.faults):
                kind = list(acts)[number % len(acts)]
                await acts[kind]()
                self.outages[kind].append(await self._healed(load))
                self.console.print(f"{number + 1:4} {kind}: {self.outages[kind][-1]:.1f} s")
                await self.product.settled(_GIVE_UP_S)
            load.stopping = True
            await asking
        await self._settle(load)
        await self._examine(load)
        self._show()
        return 1 if self.findings else 0

    async def _healed(self, load: Load) -> float:
        """Ask until five answers in a row are right; return when the first of them came, seconds from now."""
        began = time.monotonic()
        first, good = 0.0, 0
        while time.monotonic() - began < _GIVE_UP_S:
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    answer = await load.ask("harmless")
                right = answer.status == 200 and answer.whole
            except TimeoutError:
                right = False
            if right and not good:
                first = time.monotonic() - began
            good = good + 1 if right else 0
            if good == _IN_A_ROW:
                return first
            await asyncio.sleep(_PAUSE_S)
        return _GIVE_UP_S

    def _show(self) -> None:
        table = Table(title="seconds from the end of the cause to the first of five good answers", title_justify="left")
        for name in ("fault", "times", "median", "longest"):
            table.add_column(name, justify="left" if name == "fault" else "right")
        for kind, seconds in self.outages.items():
            middle = sorted(seconds)[len(seconds) // 2]
            table.add_row(kind, str(len(seconds)), f"{middle:.1f}", f"{max(seconds):.1f}")
            if max(seconds) > self.options.longest:
                self.findings.append(f"{kind}: nobody was served for {max(seconds):.1f} s after its cause had ended")
        self.console.print(table)
        for finding in self.findings:
            self.console.print(f"[red]VIOLATION[/red] {finding}", soft_wrap=True)
        if not self.findings:
            self.console.print(
                "[green]No violation: every body has its record, nothing is lost, the chains verify.[/green]"
            )


async def main(options: argparse.Namespace, folder: Path) -> int:
    """Run once."""
    port = free_port()
    server = EmbeddedPostgres(folder / "postgres", {"max_connections": "200", "track_commit_timestamp": "on"})
    await server.start()
    await migrate(server.dsn, shipped("migrations"))
    async with Relay(server.dsn) as path:
        database = Database(server, path)
        product = Product(folder, f"http://127.0.0.1:{port}", database=database)
        provider = Provider(lambda: product.address("model"))
        await provider.start(port)
        console = Console(width=120, highlight=False)
        try:
            return await Outages(options, product, provider, console, database=database).all()
        finally:
            await product.stop()
            await provider.close()
            await server.stop()


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos.outages", description=str(__doc__).splitlines()[0])
    parser.add_argument("--faults", type=int, default=200, help="faults, one after the other (default 200)")
    parser.add_argument("--only", default="", help="only faults whose name holds this word")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)), help="draws victims and lengths")
    parser.add_argument("--connections", type=int, default=4, help="callers beside (default 4)")
    parser.add_argument("--longest", type=float, default=10.0, help="longest outage that is well, seconds (default 10)")
    return parser.parse_args()


if __name__ == "__main__":
    with workplace("outages", None) as place:
        ended = asyncio.run(main(arguments(), place))
    sys.exit(ended)
