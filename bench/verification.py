"""How fast ``audit verify`` reads a log of real bodies, and exports of it: ``python -m bench.verification``.

The log is made by real writers with many exchanges in flight (``--clients``), so batches and seals are as under load.
Figures are records per second of wall time, per second of CPU of the verifier, and of both together with the
database's backend. The verifier and the backend are one process each. Exports are lines of JSON, and an archive of
Parquet; of both it prints how fast they are written, and the bytes of a record with everything that proves it.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

import asyncpg
import uvloop

from proxy.audit.access import archiving, exporting
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.verification.export import Manifest
from proxy.audit.verification.findings import VerificationReport
from proxy.audit.verification.offline import verify_export
from proxy.audit.verification.verify import verify
from proxy.audit.writing.log import PostgresAuditLog
from proxy.core.records import EntitySummary
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.policy.decision.document import input_document
from proxy.runtime import database
from proxy.runtime.clock import SystemClock
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from testing import evidence

_PATHS = ("messages[*].content",)
_ENTITIES = tuple(
    EntitySummary(name, count, 0.95, _PATHS)
    for name, count in (("EMAIL_ADDRESS", 2), ("LOCATION", 1), ("PERSON", 4), ("PHONE_NUMBER", 1))
)
_DETECTORS = tuple(
    (name, "3.8.0", "ab" * 32) for name in ("patterns", "spacy", "secret_rules", "languages", "classifier")
)


async def fill(log: PostgresAuditLog, exchanges: int, clients: int) -> None:
    facts = evidence.facts(entities=_ENTITIES, detectors=_DETECTORS)
    decision = evidence.decision()

    async def client(number: int) -> None:
        for turn in range(exchanges // clients):
            async with log.entry(evidence.exchange(f"{log.writer_id}-{number}-{turn}")) as entry:
                entry.note(evidence.inspection(), facts, decision)
                await entry.intend(evidence.outbound("x"), 1)
                entry.attempted(evidence.COMPLETE)
                entry.settle(evidence.DELIVERED)

    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(client(number))
    await log.event_durable("flush", {})


def spent() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def backend(pid: int) -> float:
    """Return the CPU seconds of a process of this machine."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.verification")
    parser.add_argument("--exchanges", type=int, default=60_000, help="3 records each (60,000)")
    parser.add_argument("--writers", type=int, default=2, help="chains (2)")
    parser.add_argument(
        "--clients", type=int, default=64, help="exchanges in flight: they make the size of batches (64)"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        await server.start()
        await migrate(server.dsn, shipped("migrations"))
        for number in range(options.writers):
            log = PostgresAuditLog(
                server.dsn, f"bench-{number}", evidence.KEYRING, SystemClock(), document=input_document,
                signing=evidence.SIGNING,
            )  # fmt: skip
            await log.start()
            await fill(log, options.exchanges // options.writers, options.clients)
            await log.close()
        await Checkpointer(server.dsn, evidence.SIGNING).once()
        await measure(server.dsn, Path(folder) / "export")
        await server.stop()


async def measure(dsn: str, folder: Path) -> None:
    reader = await database.connect(dsn, database.READER)
    size = await reader.fetchrow("SELECT count(*) AS n, avg(octet_length(audit.content(body, packed))) AS body, (SELECT count(*) FROM audit.seal) AS seals FROM audit.record")  # fmt: skip
    print(f"{size['n']} records of {size['body']:.0f} bytes in {size['seals']} batches")
    pid, key = reader.get_server_pid(), evidence.SIGNING.verifier
    for _ in range(2):
        started, cpu, theirs = time.perf_counter(), spent(), backend(pid)
        report = await verify(reader, key)
        told("database", report, time.perf_counter() - started, spent() - cpu, backend(pid) - theirs)
    await exported(
        "export", reader, folder, exporting.write(reader, folder, await exporting.stretch(reader, None, None), key)
    )
    archive = folder.with_name("archive")
    await exported("archive", reader, archive, archived(reader, archive))
    await reader.close()


async def archived(reader: asyncpg.Connection, folder: Path) -> Manifest:
    chosen = await exporting.stretch(reader, None, None)
    made = await archiving.write(reader, folder, archiving.Month.parse("2026-01"), chosen, evidence.SIGNING)
    archiving.complete(folder, made)
    return made


async def exported(what: str, reader: asyncpg.Connection, folder: Path, making: Awaitable[Manifest]) -> None:
    pid = reader.get_server_pid()
    started, cpu, theirs = time.perf_counter(), spent(), backend(pid)
    records = (await making).records
    wall, cpu, theirs = time.perf_counter() - started, spent() - cpu, backend(pid) - theirs
    size = sum(one.stat().st_size for one in folder.iterdir())
    print(
        f"{what:9}written: {records / wall:.0f} records/s, {records / (cpu + theirs):.0f} per CPU second "
        f"({cpu:.2f} + {theirs:.2f} s), {size / records:.0f} bytes each"
    )
    started, cpu = time.perf_counter(), spent()
    report = verify_export(folder, evidence.SIGNING.verifier)
    told(what, report, time.perf_counter() - started, spent() - cpu, 0.0)


def told(what: str, report: VerificationReport, wall: float, cpu: float, theirs: float) -> None:
    print(
        f"{what:9}{report.state}: {report.records / wall:7.0f} records/s; {report.records / cpu:7.0f} per CPU second of the "
        f"verifier, {report.records / (cpu + theirs):7.0f} with the database's ({cpu:.2f} + {theirs:.2f} s)"
    )


if __name__ == "__main__":
    uvloop.run(main())
