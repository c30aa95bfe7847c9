"""Ask every question of real records and print what it costs: ``python -m bench.questions [--days 2190 --each 5] [--only AQ-13 ...]``.

Fills a scratch database on this machine with days of exchanges that end yesterday, as a process records and signs them
(``filling``), has parts made as a process makes them, and asks. What is gathered (verified and derived) is shown apart from
what the queries cost: an answer is both. Printed beside it: the memory of this process, and the private memory of the
server's process behind the connection.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from bench.questions import asked
from bench.questions.filling import Filling
from proxy.audit.access.closing import PartCloser
from proxy.audit.verification.verify import verify
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.reports import answer, catalogue
from proxy.runtime import database
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from testing import evidence, twins

#: What a registry declares, as far as questions need it.
_DECLARED = {"regions": {"EEA": {"members": ["DE", "FR"]}}}


def private_mb(process: int) -> int:
    """Return the memory that a process shares with no other, in MiB."""
    told = Path(f"/proc/{process}/smaps_rollup").read_text()
    return sum(int(kb) for kb in re.findall(r"^Private_\w+: +(\d+) kB", told, re.MULTILINE)) >> 10


@contextlib.contextmanager
def measured(table: Table, what: str, *more: str, backend: Callable[[], int] = lambda: 0) -> Iterator[None]:
    """Add a row with the CPU and wall time of what is done, and the memory of this process and the backend after it."""
    used, began = time.process_time(), time.perf_counter()
    yield
    spent = f"{time.process_time() - used:.3f}", f"{time.perf_counter() - began:.3f}"
    table.add_row(what, *spent, str(private_mb(os.getpid())), str(backend() or ""), *more)


async def ask(dsn: str, only: set[str], table: Table) -> None:
    """Have parts made, gather behind them twice, ask every question of that, verify, and add a row for each."""
    reader = await database.connect(dsn, database.READER)
    process = await reader.fetchval("SELECT pg_backend_pid()")
    about, until = twins.query_context(signing=evidence.SIGNING), dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    try:
        exchange = await reader.fetchval("SELECT exchange FROM audit.record WHERE kind = 'outcome' LIMIT 1")
        with measured(table, "make parts"):
            number = 0
            while await PartCloser(dsn, evidence.SIGNING).once(least=1):
                number += 1
        table.add_row(f"({number} turns)")
        for what in ("gather, for the first time", "gather"):
            with measured(table, what, backend=lambda: private_mb(process)):
                async with answer.asked(reader, about, exchange) as world:
                    pass
        async with answer.asked(reader, about, exchange) as gathered:
            world = replace(gathered, declared=_DECLARED)
            for question in catalogue.every():
                if only and question.id.upper() not in only:
                    continue
                for way, given in asked.ways(question, until, exchange, f"s-{7:032d}").items():
                    with measured(table, question.id, way):
                        await world.find(question, answer.narrowed(question, given, None))
        await verified(reader, process, table)
    finally:
        await reader.close()


async def verified(reader: asyncpg.Connection, process: int, table: Table) -> None:
    """Verify the log, and add a row."""
    with measured(table, "audit verify", backend=lambda: private_mb(process)):
        report = await verify(reader, evidence.SIGNING.verifier)
    found = [one for one in report.damages if one.what != "protection"]
    table.add_row(f"({report.records} records, {len(found)} damages)")


async def main(options: argparse.Namespace) -> None:
    """Fill, ask, print."""
    table = Table("what", "CPU s", "wall s", "process MB", "backend MB", "asked for")
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder), {"fsync": "off"})
        await server.start()
        try:
            await migrate(server.dsn, shipped("migrations"))
            filling = Filling(server.dsn, options.batch)
            first = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=options.days)
            with measured(table, "record"):
                await filling.days(first, options.days, options.each)
            table.add_row(f"({filling.exchanges} exchanges, {filling.records} records of {options.days} days)")
            await ask(server.dsn, {one.upper() for one in options.only}, table)
        finally:
            await server.stop()
    Console(width=120).print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.questions", description=str(__doc__).splitlines()[0])
    parser.add_argument("--days", type=int, default=60, help="days of records that end yesterday (60)")
    parser.add_argument("--each", type=int, default=100, help="exchanges a day (100)")
    parser.add_argument("--batch", type=int, default=20, help="exchanges under one seal (20)")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="only this question; repeat for more")
    asyncio.run(main(parser.parse_args()))
