"""Which alerts a real Prometheus raises on five faults of a real stack, and whether availability is what clients saw.

Run: python -m bench.alerts [--rules FILE] (needs ``prometheus`` in the path, or ``make prometheus``). PostgreSQL goes
silent, the policy engine, every detection worker stop, every target answers 503, a request meets a bug; each must raise
exactly the alert of its name. The rules are those of ``deploy/helm``, with shorter times.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web
from rich.console import Console
from rich.table import Table

from bench.chaos.product import Database, Product
from bench.chaos.relay import Relay
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from testing.processes import free_port, paused
from testing.prometheus import RULES, Prometheus, binary

FAULTS = ("database", "engine", "target", "detector", "bug")
_PATIENCE_S, _AWAY, _BUGGY = 90.0, 503, "only-8"
#: A bug: the first step of the pipeline raises what nobody expects, for one model.
_BUG = f"""
import sys
if "serve" in sys.argv:
    from proxy.exchange.inspecting import Inspector
    inspect = Inspector.inspect
    async def faulty(self, request, deadline):
        if b"{_BUGGY}" in request.incoming.body:
            raise ValueError("a bug")
        return await inspect(self, request, deadline)
    Inspector.inspect = faulty
"""


class _Buggy(Product):
    """The stack, whose workers have one bug."""

    def _settings(self, port: int) -> dict[str, str]:
        (self.folder / "sitecustomize.py").write_text(_BUG)
        settings = super()._settings(port)
        return {**settings, "PYTHONPATH": f"{self.folder}:{settings.get('PYTHONPATH', '')}"}


@dataclass
class AlertTrial:
    """A stack, its provider, its callers, and what they saw."""

    product: Product
    prometheus: Prometheus
    model: str = "only-1"
    is_away: bool = False
    seen: Counter[str] = field(default_factory=Counter)
    raised: dict[str, set[str]] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer as a provider."""
        await request.read()
        if self.is_away:
            return web.Response(status=_AWAY)
        message = {"role": "assistant", "content": "ok"}
        return web.json_response(
            {"id": "c", "object": "chat.completion", "created": 1, "model": "m",
             "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        )  # fmt: skip

    async def call(self, session: aiohttp.ClientSession, number: int) -> None:
        """Ask once with a new text; count whose fault it was that there was no reply."""
        body = {"model": self.model, "messages": [{"role": "user", "content": f"Write about ship number {number}."}]}
        headers = {"Authorization": f"Bearer {self.product.key}"}
        async with session.post(f"{self.product.url}/v1/chat/completions", json=body, headers=headers) as reply:
            await reply.read()
            self.seen[reply.headers.get("x-compliance-responsibility", "none")] += 1

    @contextlib.asynccontextmanager
    async def loaded(self) -> AsyncIterator[None]:
        """Ask beside a block; every question is answered at its end."""
        stopping = asyncio.Event()

        async def ask() -> None:
            patience, number = aiohttp.ClientTimeout(total=60), self.seen.total()
            async with aiohttp.ClientSession(timeout=patience) as session, asyncio.TaskGroup() as asked:
                while not stopping.is_set():
                    number += 1
                    asked.create_task(self.call(session, number))
                    await asyncio.sleep(0.25)

        asking = asyncio.create_task(ask())
        try:
            yield
        finally:
            stopping.set()
            await asking

    async def during(self, fault: str) -> None:
        """Wait until an alert names a fault that none named before, and note those that do."""
        before = set[str]().union(*self.raised.values())
        for _ in range(int(_PATIENCE_S)):
            named = await self.prometheus.faults() - before
            if named:
                await asyncio.sleep(3)  # for an alert that comes a little later
                self.raised[fault] = await self.prometheus.faults() - before
                return
            await asyncio.sleep(1)
        self.raised[fault] = set()

    async def inject(self, fault: str, database: Database) -> None:
        """Inject one fault, wait for its alert and end it."""
        async with self.loaded():
            await getattr(self, f"_{fault}")(database)
        await self.product.settled(60)

    async def _database(self, database: Database) -> None:
        database.path.silence()
        await self.during("database")
        database.path.heal()

    async def _engine(self, _: Database) -> None:
        with paused(self.product.pid("policy")):
            await self.during("engine")

    async def _detector(self, _: Database) -> None:
        with paused(*self.product.detectors()):
            await self.during("detector")

    async def _target(self, _: Database) -> None:
        self.is_away = True
        await self.during("target")
        self.is_away = False

    async def _bug(self, _: Database) -> None:
        self.model = _BUGGY
        await self.during("bug")


@contextlib.asynccontextmanager
async def trial(folder: Path, rules: Path = RULES) -> AsyncIterator[tuple[AlertTrial, Database]]:
    """Start everything."""
    port = free_port()
    server = EmbeddedPostgres(folder / "postgres", {"max_connections": "200", "track_commit_timestamp": "on"})
    await server.start()
    await migrate(server.dsn, shipped("migrations"))
    async with Relay(server.dsn) as path, contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(server.stop)
        database = Database(server, path)
        product = _Buggy(folder, f"http://127.0.0.1:{port}", database=database)
        prometheus = Prometheus(folder / "prometheus", rules)
        running = AlertTrial(product, prometheus)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", running.answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", port).start()
        stack.push_async_callback(product.stop)
        await product.start()
        prometheus.start(product.url.removeprefix("http://"))
        stack.callback(prometheus.stop)
        await prometheus.scraped()
        yield running, database


async def run(folder: Path, rules: Path = RULES) -> tuple[dict[str, set[str]], Counter[str], Counter[str]]:
    """Return the faults that alerts named by the fault injected, and answers by whose fault: clients' and counted."""
    async with trial(folder, rules) as (running, database):
        before = await running.prometheus.answers()
        for fault in FAULTS:
            await running.inject(fault, database)
        await running.prometheus.scraped()
        counted = await running.prometheus.answers()
        counted.subtract(before)
        return running.raised, running.seen, +counted


def report(raised: dict[str, set[str]], seen: Counter[str], counted: Counter[str], console: Console) -> int:
    """Print what was found; return 1 if a fault was not named or the counts differ."""
    table = Table("injected", "named by alerts", title="Faults")
    for fault in FAULTS:
        table.add_row(fault, ", ".join(sorted(raised[fault])) or "nothing")
    console.print(table)
    answers = Table("responsible", "seen by clients", "counted", title="Answers")
    for whose in sorted({*seen, *counted}):
        answers.add_row(whose, f"{seen[whose]:,}", f"{counted[whose]:,}")
    console.print(answers)
    shares = [1 - (each["target"] + each["proxy"]) / max(each.total(), 1) for each in (seen, counted)]
    console.print(f"availability: seen {shares[0]:.2%}, counted {shares[1]:.2%}")
    return int(any(raised[fault] != {fault} for fault in FAULTS) or abs(shares[0] - shares[1]) > 0.001)


def main() -> int:
    """Run once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=Path, default=RULES)
    options = parser.parse_args()
    if not binary("prometheus"):
        sys.exit("no Prometheus: run 'make prometheus' first")
    with tempfile.TemporaryDirectory(prefix="cp-alerts-", ignore_cleanup_errors=True) as folder:
        found = asyncio.run(run(Path(folder), options.rules))
    return report(*found, Console(width=100, highlight=False))


if __name__ == "__main__":
    sys.exit(main())
