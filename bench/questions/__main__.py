"""Ask every question of real records and print what it costs: ``python -m bench.questions [--exchanges 10000] [--only AQ-13 ...]``.

Fills a scratch database on this machine through the log as a process does, and signs it. What is gathered (verified and derived) is shown
apart from what the queries cost: gathering grows with the records that no part covers, a query with the rows.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.questions import asked
from proxy.audit.access.closing import PartCloser
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.core.exchange_ids import exchange_id
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.errors import ProxyError
from proxy.policy.decision.document import input_document
from proxy.reports import answer, catalogue
from proxy.runtime import database
from proxy.runtime.clock import SystemClock
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from testing import evidence, twins

_AT_ONCE = 100


@contextlib.contextmanager
def measured(table: Table, what: str, *more: str) -> Iterator[None]:
    """Add a row with the CPU and wall time of what is done, and the process's memory after it."""
    used, began = time.process_time(), time.perf_counter()
    yield
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    table.add_row(what, f"{time.process_time() - used:.3f}", f"{time.perf_counter() - began:.3f}", str(memory), *more)


async def fill(dsn: str, exchanges: int) -> None:
    """Record exchanges, and sign how far the log has come."""
    log = PostgresAuditLog(
        dsn, fresh_writer_id("bench"), evidence.KEYRING, SystemClock(), document=input_document, signing=evidence.SIGNING,
        timeout_s=60.0,
    )  # fmt: skip
    await log.start()
    for _ in range(0, exchanges, _AT_ONCE):
        await asyncio.gather(*(_serve(log) for _ in range(min(_AT_ONCE, exchanges))))
    await log.close()
    await Checkpointer(dsn, evidence.SIGNING).once()


async def _serve(log: PostgresAuditLog) -> None:
    identity = exchange_id(time.time())
    async with log.entry(evidence.exchange(identity)) as entry:
        entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
        await entry.intend(evidence.outbound(identity), 1)
        entry.attempted(evidence.COMPLETE)
        entry.settle(evidence.DELIVERED)


async def ask(dsn: str, only: set[str], table: Table, *, parts_alone: bool = False) -> None:
    """Gather without parts, make one, gather behind it, ask every question of that, and add a row for each."""
    reader = await database.connect(dsn, database.READER)
    about, until = twins.enquiry(signing=evidence.SIGNING), dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    try:
        exchange = await reader.fetchval("SELECT exchange FROM audit.record WHERE kind = 'outcome' LIMIT 1")
        if not parts_alone:
            with measured(table, "gather, without parts"):
                async with answer.asked(reader, about):
                    pass
        with measured(table, "make a part"):
            await PartCloser(dsn, evidence.SIGNING).once(least=1)
        with contextlib.ExitStack() as stack:
            stack.enter_context(measured(table, "gather, behind the part"))
            async with answer.asked(reader, about, exchange) as world:
                stack.close()
                for question in catalogue.every():
                    if only and question.id.upper() not in only:
                        continue
                    for way, given in asked.ways(question, until, exchange, "s").items():
                        with measured(table, question.id, way), contextlib.suppress(ProxyError):
                            await world.found(question, answer.narrowed(question, given, None))
    finally:
        await reader.close()


async def main(exchanges: int, only: set[str], *, parts_alone: bool) -> None:
    """Fill, ask, print."""
    table = Table("what", "CPU s", "wall s", "process MB", "asked for")
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder), {"fsync": "off"})
        await server.start()
        try:
            await migrate(server.dsn, shipped("migrations"))
            with measured(table, f"record {exchanges} exchanges"):
                await fill(server.dsn, exchanges)
            await ask(server.dsn, only, table, parts_alone=parts_alone)
        finally:
            await server.stop()
    Console(width=120).print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.questions", description=str(__doc__).splitlines()[0])
    parser.add_argument("--exchanges", type=int, default=10_000, help="how many are recorded (10000)")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="only this question; repeat for more")
    parser.add_argument("--parts", action="store_true", help="do not gather without parts, which takes long")
    options = parser.parse_args()
    asyncio.run(main(options.exchanges, {one.upper() for one in options.only}, parts_alone=options.parts))
