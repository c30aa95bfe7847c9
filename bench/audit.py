"""Figures of the evidence on a throw-away PostgreSQL with fsync on: ``python -m bench.audit``."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import uvloop

from proxy.audit.records.record import Record
from proxy.audit.upkeep import folding
from proxy.audit.verification.verify import verify
from proxy.audit.writing.entry import ExchangeEntry
from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.audit.writing.session import batched, chained
from proxy.core.exchange_ids import exchange_id
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.identity.store import ApiKeyStore, Binding
from proxy.policy.decision.document import input_document
from proxy.runtime import database
from proxy.runtime.clock import SystemClock
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from proxy.vault.postgres import PostgresVault
from testing import evidence

ROUNDS = 2_000


def clocked(what: str, work, rounds: int = ROUNDS) -> None:
    started = time.perf_counter()
    for _ in range(rounds):
        work()
    print(f"{what:44} {(time.perf_counter() - started) / rounds * 1e6:8.1f} us")


def intended(entry: ExchangeEntry) -> Record:
    record = entry._attempt(evidence.outbound("x"), 2)  # noqa: SLF001
    entry._typed.withdraw_intent()  # noqa: SLF001
    return record


def building(log: PostgresAuditLog) -> None:
    entry = log.entry(evidence.exchange("x"))
    entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
    entry._attempt(evidence.outbound("x"), 1)  # noqa: SLF001
    for what, make in (
        ("decision", entry._decision),  # noqa: SLF001
        ("attempt", lambda: intended(entry)),
        ("outcome", lambda: entry._settled(evidence.DELIVERED)),  # noqa: SLF001
    ):
        clocked(f"build {what} ({len(make().body)} bytes)", make)
    record = entry._decision()  # noqa: SLF001
    clocked("chain and make one row", lambda: chained("w", log.writer.head, [record]))
    rows, _ = chained("w", log.writer.head, [record] * 3)
    clocked("seal a batch of three", lambda: log.writer.sealer.seal(batched(rows)))


async def serve(log: PostgresAuditLog, identity: str) -> float:
    async with log.entry(evidence.exchange(identity)) as entry:
        entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
        started = time.perf_counter()
        await entry.intend(evidence.outbound(identity), 1)
        waited = time.perf_counter() - started
        entry.attempted(evidence.COMPLETE)
        entry.settle(evidence.DELIVERED)
    return waited


async def load(log: PostgresAuditLog, clients: int, each: int) -> None:
    waits: list[float] = []

    async def client() -> None:
        waits.extend([await serve(log, exchange_id(log.clock.now())) for _ in range(each)])

    started, cpu = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(client())
    wall, spent = time.perf_counter() - started, time.process_time() - cpu
    waits.sort()
    print(
        f"{clients:3} in flight: {len(waits) / wall:7.0f} exchanges/s, durable after p50 {waits[len(waits) // 2] * 1e3:.2f} ms,"
        f" p99 {waits[len(waits) * 99 // 100] * 1e3:.2f} ms, {spent / len(waits) * 1e6:.0f} us CPU per exchange (3 records)"
    )


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        started = time.perf_counter()
        await server.start()
        print(f"{'first start of the database':44} {time.perf_counter() - started:8.2f} s")
        started = time.perf_counter()
        await migrate(server.dsn, shipped("migrations"))
        await months(server.dsn)
        print(f"{'migrations':44} {time.perf_counter() - started:8.2f} s")
        clock = SystemClock()
        log = PostgresAuditLog(server.dsn, fresh_writer_id("bench"), evidence.KEYRING, clock, document=input_document)
        await log.start()
        building(log)
        for clients in (1, 16, 64):
            await load(log, clients, 8_000 // clients)
        await log.event_durable("flush", {})
        reader = await database.connect(server.dsn, database.READER)
        started = time.perf_counter()
        report = await verify(reader, log.signing.verifier)
        print(f"{'verify':44} {report.records / (time.perf_counter() - started):8.0f} records/s")
        await reader.close()
        await others(server.dsn, clock)
        await log.close()
        await server.stop()


async def months(dsn: str) -> None:
    """Make the partitions that a running process makes."""
    connection = await database.connect(dsn, database.WRITER)
    await folding.keep_up(connection)
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
    uvloop.run(main())
