"""Figures of the evidence on a throw-away PostgreSQL with fsync on: ``python -m bench.audit``.

What is measured is the product as it runs: partitions by month, row security, stated answers, packed records and seals.

- How long a request waits for its intent where 1,000 arrive a second (``--rate``), each timed from when it was due.
- How many records one process stores with 64 exchanges in flight (``--clients``), beside as many clients of pgbench
  that insert the same rows into a table with the same columns and indexes, each in a transaction of its own.
- What single steps cost.

With ``--seconds 20`` it takes two and a half minutes. On a busy machine times mean little: compare CPU and the ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import uvloop

from bench import pgbench
from bench.overhead.targets import cpu_seconds
from proxy.audit.upkeep import recovery
from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.audit.writing.session import batched, chained
from proxy.core.records import Decision, EntitySummary, Facts, TargetVerdict
from proxy.core.wire import new_exchange_id
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.errors import AuditUnavailableError
from proxy.identity.store import ApiKeyStore, Binding
from proxy.policy.decision.document import input_document
from proxy.runtime import database
from proxy.runtime.clock import SystemClock
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from proxy.vault.postgres import PostgresVault
from testing import evidence
from testing.processes import children

ROUNDS = 2_000


def clocked(what: str, work, rounds: int = ROUNDS) -> None:
    started = time.perf_counter()
    for _ in range(rounds):
        work()
    print(f"{what:44} {(time.perf_counter() - started) / rounds * 1e6:8.1f} us")


def building(log: PostgresAuditLog) -> None:
    entry = log.entry(evidence.exchange("x"))
    entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
    entry._attempt(evidence.outbound("x"), 1)  # noqa: SLF001
    for what, make in (
        ("decision", entry._decision),  # noqa: SLF001
        ("attempt", lambda: entry._attempt(evidence.outbound("x"), 2)),  # noqa: SLF001
        ("outcome", lambda: entry._settled(evidence.DELIVERED)),  # noqa: SLF001
    ):
        clocked(f"build {what} ({len(make().body)} bytes)", make)
    record = entry._decision()  # noqa: SLF001
    clocked("chain and make one row", lambda: chained("w", log.writer.head, [record]))
    rows, _ = chained("w", log.writer.head, [record] * 3)
    clocked("seal a batch of three", lambda: log.writer.sealer.seal(batched(rows)))


def kinds() -> list[tuple[Facts, Decision]]:
    """Return what was asked and answered: 200 questions with 30 answers, about as mixed texts have."""
    answers = [
        evidence.decision(targets=(evidence.VERDICT, TargetVerdict(f"de-{n}", permit=False, rank=1))) for n in range(30)
    ]
    entities = [(EntitySummary("PERSON", n + 1, 0.9, ("messages[*].content",)),) for n in range(200)]
    return [(evidence.facts(entities=found), answers[n % len(answers)]) for n, found in enumerate(entities)]


@dataclass
class Served:
    """Exchanges through one log, and how long each waited for its intent, in seconds from when it was due."""

    log: PostgresAuditLog
    waits: list[float] = field(default_factory=list)
    refused: int = 0
    _kinds: list[tuple[Facts, Decision]] = field(default_factory=kinds)

    async def one(self, due: float | None = None) -> None:
        """Serve one: decision and intent durable, then the outcome, which nobody waits for."""
        identity, (facts, decision) = new_exchange_id(self.log.clock.now()), random.choice(self._kinds)
        try:
            async with self.log.entry(evidence.exchange(identity)) as entry:
                entry.note(evidence.inspection(), facts, decision)
                started = time.perf_counter() if due is None else due
                await entry.intend(evidence.outbound(identity), 1)
                self.waits.append(time.perf_counter() - started)
                entry.attempted(evidence.COMPLETE)
                entry.settle(evidence.DELIVERED)
        except AuditUnavailableError:
            self.refused += 1

    async def kept_busy(self, clients: int, seconds: float) -> None:
        """Serve for so long with so many in flight."""
        until = time.perf_counter() + seconds

        async def client() -> None:
            while time.perf_counter() < until:
                await self.one()

        async with asyncio.TaskGroup() as group:
            for _ in range(clients):
                group.create_task(client())
        await self.log.event_durable("flush", {})

    async def arriving(self, rate: int, seconds: float) -> None:
        """Serve what arrives at a rate, whether or not those before are done."""
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(round(rate * seconds)):
                due = started + number / rate
                if (early := due - time.perf_counter()) > 0:
                    await asyncio.sleep(early)
                group.create_task(self.one(due))
        await self.log.event_durable("flush", {})


@dataclass
class Spent:
    """What something cost: wall time, CPU of this process with those that it ended, and of the database likewise."""

    server: EmbeddedPostgres
    wall: float = 0.0
    own: float = 0.0
    theirs: float = 0.0

    def __enter__(self) -> Self:
        """Begin."""
        self.wall, self.own, self.theirs = time.perf_counter(), _own(), self._database()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.wall, self.own = time.perf_counter() - self.wall, _own() - self.own
        self.theirs = self._database() - self.theirs

    def _database(self) -> float:
        assert self.server.process is not None
        pid = self.server.process.pid
        ended = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[13:15]
        return cpu_seconds([pid, *children(pid)]) + sum(map(int, ended)) / os.sysconf("SC_CLK_TCK")

    def a(self, what: str, number: int) -> str:
        """Return the cost of one of so many."""
        return f"{self.own / number * 1e6:.0f} us CPU of the client and {self.theirs / number * 1e6:.0f} of the database a {what}"


def _own() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def quantiles(waits: list[float]) -> str:
    """Return the median and the 99th of a hundred, in ms."""
    waits = sorted(waits)
    return f"durable after p50 {waits[len(waits) // 2] * 1e3:.2f} ms, p99 {waits[len(waits) * 99 // 100] * 1e3:.2f} ms"


async def at_rate(log: PostgresAuditLog, server: EmbeddedPostgres, rate: int, seconds: float) -> None:
    """Print how long an intent waits where so many requests arrive a second."""
    served = Served(log)
    with Spent(server) as spent:
        await served.arriving(rate, seconds)
    number = len(served.waits)
    print(
        f"{rate} requests a second for {seconds:g} s: {number / spent.wall:.0f} served, {served.refused} refused in all, "
        f"{quantiles(served.waits)}, {spent.a('request', number)}"
    )


async def beside_pgbench(log: PostgresAuditLog, server: EmbeddedPostgres, clients: int, seconds: float) -> None:
    """Print what is sustained, and what pgbench stores of the same rows, one after the other, twice."""
    ours, theirs = Sustained(), Sustained()
    folder = await pgbench.prepare(server)
    for _ in range(2):
        served = Served(log)
        with Spent(server) as spent:
            await served.kept_busy(clients, seconds)
        number = ours.add(3 * len(served.waits), spent)
        told = f"{number / spent.wall:.0f} records/s, {quantiles(served.waits)}, {spent.a('record', number)}"
        print(f"{clients} in flight: {told}")
        with Spent(server) as spent:
            rows = await pgbench.insert(server, folder, clients, seconds)
        number = theirs.add(rows, spent)
        print(f"{clients} clients of pgbench: {number / spent.wall:.0f} rows/s, {spent.a('row', number)}")
    print(
        f"sustained: {ours.rate / theirs.rate:.2f} times as many records a second as pgbench stores rows, "
        f"a record for {ours.cpu / theirs.cpu:.2f} times the CPU of a row"
    )


@dataclass
class Sustained:
    """What several loads of one kind came to."""

    number: int = 0
    wall: float = 0.0
    spent: float = 0.0

    def add(self, number: int, spent: Spent) -> int:
        """Take in a load; return its number."""
        self.number, self.wall = self.number + number, self.wall + spent.wall
        self.spent += spent.own + spent.theirs
        return number

    @property
    def rate(self) -> float:
        """How many a second."""
        return self.number / self.wall

    @property
    def cpu(self) -> float:
        """Seconds of CPU for each, of everything that took part."""
        return self.spent / self.number


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="python -m bench.audit"
    )
    parser.add_argument("--rate", type=int, default=1000, help="requests that arrive in a second (1000)")
    parser.add_argument("--clients", type=int, default=64, help="exchanges in flight, and clients of pgbench (64)")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each of five loads takes (20)")
    return parser.parse_args()


async def main(options: argparse.Namespace) -> None:
    """Print every figure."""
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        started = time.perf_counter()
        await server.start()
        print(f"{'first start of the database':44} {time.perf_counter() - started:8.2f} s")
        started = time.perf_counter()
        await migrate(server.dsn, shipped("migrations"))
        await partitions(server.dsn)
        print(f"{'migrations':44} {time.perf_counter() - started:8.2f} s")
        clock = SystemClock()
        log = PostgresAuditLog(server.dsn, fresh_writer_id("bench"), evidence.KEYRING, clock, document=input_document)
        await log.start()
        building(log)
        await Served(log).kept_busy(options.clients, 2.0)  # everything is warm
        await at_rate(log, server, options.rate, options.seconds)
        await beside_pgbench(log, server, options.clients, options.seconds)
        await others(server.dsn, clock)
        await log.close()
        await server.stop()


async def partitions(dsn: str) -> None:
    """Make the partitions that a running process makes."""
    connection = await database.connect(dsn, database.WRITER)
    await recovery.keep_up(connection)
    await connection.close()


async def others(dsn: str, clock: SystemClock) -> None:
    store = ApiKeyStore(dsn, evidence.KEYRING, clock)
    await store.start()
    key = await store.create(Binding("t", "s", ("a",), "a", "DE"))
    await store.find(key)
    started = time.perf_counter()
    for _ in range(ROUNDS):
        await store.find(key)
    print(f"{'find a cached API key':44} {(time.perf_counter() - started) / ROUNDS * 1e6:8.1f} us")
    await store.close()
    vault = PostgresVault(dsn, evidence.KEYRING, 600, clock)
    await vault.start()
    for what, turns in (("vault: store 10 new pseudonyms", range(200)), ("vault: 10 known pseudonyms", [0] * 200)):
        started = time.perf_counter()
        for turn in turns:
            await vault.put("d", {f"Name_{turn}_{number}": "Ada Lovelace" for number in range(10)})
        print(f"{what:44} {(time.perf_counter() - started) / 200 * 1e6:8.1f} us")
    await vault.close()


if __name__ == "__main__":
    uvloop.run(main(arguments()))
