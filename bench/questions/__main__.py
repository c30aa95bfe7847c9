"""Ask every question of ten months of evidence and print how long it takes: ``python -m bench.questions``.

    python -m bench.questions [--records 5000000] [--only AQ-13 ...] [--runs 3]

Fills a scratch database on this machine with typed rows of as many exchanges as that many records hold, folded as the
product folds them. Ends with status 1 when a question needs more than a second, or a plan reads all records. What counts is
the CPU time of the database's process, which reads tables in memory: where nothing else runs, the time is the same. The first
run of each question is not counted: it reads the tables into memory.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from bench.overhead.targets import cpu_seconds
from bench.questions import asked, world
from bench.workplace import workplace
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.reports import answer, catalogue, parameters
from proxy.reports.catalogue import Question
from proxy.runtime import database
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from testing import plans, twins

_BAR_S = 1.0
_RECORDS_AN_EXCHANGE = 2.8  # decision, outcome, and an attempt where it was not refused
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "512MB",
    "max_wal_size": "8GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}  # a partition that is filled where it was emptied needs no log
#: Not one of the numbered questions: it reads records, and LIMITATIONS says so.
_READ_RECORDS = frozenset({"stored-by-targets"})


@dataclass(frozen=True, slots=True)
class Timed:
    """How a question went: seconds of each run, rows, and whether its plan reads all records."""

    question: Question
    way: str
    rows: int
    seconds: tuple[float, ...]
    cpu: tuple[float, ...]
    scans: bool

    @property
    def holds(self) -> bool:
        """Whether it is within the bar."""
        return statistics.median(self.cpu) < _BAR_S and not self.scans


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.questions", description=str(__doc__).splitlines()[0])
    parser.add_argument(
        "--records", type=int, default=5_000_000, help="as many records as the exchanges would have (5000000)"
    )
    parser.add_argument("--only", action="append", metavar="ID", help="only this question; repeat for more")
    parser.add_argument("--runs", type=int, default=3, help="how often each is asked (3)")
    parser.add_argument("--keep", type=Path, help="folder for the database, kept and used again")
    return parser.parse_args()


async def timed(reader: asyncpg.Connection, question: Question, way: str, given: Mapping[str, Any], runs: int) -> Timed:
    """Ask a question so often, once more before."""
    seconds, cpu, rows = [], [], 0
    backend = await reader.fetchval("SELECT pg_backend_pid()")
    for _ in range(runs + 1):
        began, used = time.perf_counter(), cpu_seconds([backend])
        found = await answer.ask(reader, question, given, twins.enquiry())
        seconds.append(time.perf_counter() - began)
        cpu.append(cpu_seconds([backend]) - used)
        rows = len(found.rows)
    return Timed(question, way, rows, tuple(seconds[1:]), tuple(cpu[1:]), await _scans(reader, question, given))


async def _scans(reader: asyncpg.Connection, question: Question, given: Mapping[str, Any]) -> bool:
    values = parameters.bound(question.parameters, (), {"limit": 1000, **given})
    if "registry" in values:
        values["registry"] = json.dumps(world.REGISTRY)
    async with reader.transaction():
        await reader.execute("SET LOCAL enable_seqscan = off")  # else a part without records is read whole
        plan = json.loads(await reader.fetchval(f"EXPLAIN (FORMAT JSON) {question.query}", *values.values()))
    return bool(plans.scans(plan[0]["Plan"]))


async def main(options: argparse.Namespace, folder: Path) -> int:
    """Fill, ask, print; return the exit status."""
    console, began = Console(width=140, highlight=False), time.monotonic()

    def said(what: str) -> None:
        console.print(f"{time.monotonic() - began:6.1f} s  {what}")

    server, until = EmbeddedPostgres(folder / "postgres", _SETTINGS), dt.datetime.now(dt.UTC)
    fresh = not (folder / "filled").exists()
    await server.start()
    try:
        if fresh:
            await migrate(server.dsn, shipped("migrations"))
            await world.fill(server.dsn, round(options.records / _RECORDS_AN_EXCHANGE), until, said)
            (folder / "filled").touch()
        done = await _asked(server.dsn, options, until, console)
    finally:
        await server.stop()
    table(console, done)
    return 0 if all(one.holds for one in done) else 1


async def _asked(dsn: str, options: argparse.Namespace, until: dt.datetime, console: Console) -> list[Timed]:
    wanted, done = {one.upper() for one in options.only or ()}, []
    reader = await database.connect(dsn, database.READER)
    try:
        await reader.execute("SET max_parallel_workers_per_gather = 0")  # what is timed is one process
        counts = await reader.fetchrow(
            "SELECT (SELECT count(*) FROM evidence.exchange) AS exchanges, (SELECT count(*) FROM evidence.day) AS days"
        )
        console.print(f"{counts['exchanges']:,} exchanges, {counts['days']:,} rows of days")
        exchange = await reader.fetchval("SELECT exchange FROM audit.record WHERE kind = 'outcome' LIMIT 1")
        subject = await reader.fetchval("SELECT subjects[1] FROM evidence.exchange WHERE subjects <> '{}' LIMIT 1")
        for question in catalogue.every():
            if question.id in _READ_RECORDS or (wanted and question.id.upper() not in wanted):
                continue
            for way, given in asked.ways(question, until, exchange, subject).items():
                done.append(await timed(reader, question, way, given, options.runs))
                console.print(_line(done[-1]))
    finally:
        await reader.close()
    return done


def _line(one: Timed) -> str:
    return f"{one.question.id:12}{one.way:16}{one.rows:6} rows {statistics.median(one.seconds):7.3f} s, {statistics.median(one.cpu):.2f} s CPU"


def table(console: Console, done: list[Timed]) -> None:
    """Print all."""
    made = Table(
        "question", "asked for", "rows", "median s", "worst s", "CPU s", "reads all records", f"under {_BAR_S:g} s CPU"
    )
    for one in done:
        made.add_row(
            f"{one.question.id} {one.question.name}", one.way, str(one.rows), f"{statistics.median(one.seconds):.3f}", f"{max(one.seconds):.3f}",
            f"{statistics.median(one.cpu):.2f}",
            "yes" if one.scans else "no", "yes" if one.holds else "[red]NO[/]",
        )  # fmt: skip
    console.print(made)


if __name__ == "__main__":
    chosen = arguments()
    with workplace("questions", chosen.keep) as place:
        ended = asyncio.run(main(chosen, place))
    sys.exit(ended)
