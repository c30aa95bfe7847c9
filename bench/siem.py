"""What streams cost and how fast they are, on a throw-away PostgreSQL with fsync on: ``python -m bench.siem``."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

import uvloop

from bench.audit import Served, Spent, partitions, quantiles
from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.policy.decision.document import input_document
from proxy.reports.siem import address, formats, sinks
from proxy.reports.siem.positions import PassingPositions
from proxy.reports.siem.serving import ServedStreams
from proxy.reports.siem.stream import LogStream
from proxy.runtime import database
from proxy.runtime.clock import SystemClock
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from testing import evidence

CLIENTS, SECONDS = 16, 2.0
ORIGIN = "audit.acme.example/eu1"


async def beside(log: PostgresAuditLog, server: EmbeddedPostgres, what: str, setting: str) -> None:
    """Write exchanges while streams run in the same process."""
    streams = ServedStreams(log.dsn, ORIGIN, address.several(setting))
    streams.start()
    await asyncio.sleep(1.0)
    served = Served(log)
    with Spent(server) as spent:
        await served.kept_busy(CLIENTS, SECONDS)
    number = len(served.waits)
    print(f"{what}: {number / spent.wall:.0f} exchanges/s, {quantiles(served.waits)}, {spent.a('exchange', number)}")
    await streams.close()


async def drained(dsn: str, name: str, folder: Path) -> None:
    file = folder / f"{name}.out"
    to = address.parse(f"file:{file}#format={name}")
    connection = await database.connect(dsn, database.READER)
    stream = LogStream(connection, ORIGIN, to, sinks.opened(to), PassingPositions())
    await stream.begin()
    started, cpu = time.perf_counter(), time.process_time()
    await stream.run(drain=True)
    wall, spent = time.perf_counter() - started, time.process_time() - cpu
    sent = stream.state.sent
    print(
        f"{name:12} {sent / wall:7.0f} records/s, {spent / sent * 1e6:4.0f} us CPU, {file.stat().st_size // sent:5} bytes each"
    )
    await connection.close()
    file.unlink()


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        await server.start()
        await migrate(server.dsn, shipped("migrations"))
        await partitions(server.dsn)
        log = PostgresAuditLog(
            server.dsn, fresh_writer_id("bench"), evidence.KEYRING, SystemClock(), document=input_document
        )
        await log.start()
        for what, setting in (
            ("to warm up", ""),
            ("no stream", ""),
            ("a collector that is away", "http://127.0.0.1:1/x"),
            ("a stream to a file", f"file:{folder}/live.out#format=ocsf"),
            ("no stream, again", ""),
        ):
            await beside(log, server, what, setting)
        for name in sorted(formats.by_name().keys() - {"cloudevents-binary"}):
            await drained(server.dsn, name, Path(folder))
        await log.close()
        await server.stop()


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    uvloop.run(main())
