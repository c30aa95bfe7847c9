"""Fill a log for so many seconds and print what each page of the console costs: ``python -m bench.console [--seconds 300]``.

The log is a scratch database on this machine, filled as ``bench.questions`` fills it: equal days that end yesterday, of which
all parts are made first, as a process makes them. Every page is then opened as an officer of all tenants opens it, over
HTTP: on a log of half the days, and on one of all. Printed for each: how often the log was read for it; records that were
read and verified beside parts; statements that the database was sent; bytes of the answer; the CPU time of this process
for the first opening; and of the later ones the means of its CPU time and of that of PostgreSQL, and the median and the
95th percentile of the time until it was answered. A page about seven days is to read no more when the log has older days
too, and a time means little while other programs run.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import math
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import aiohttp
import asyncpg
import psutil
from aiohttp import web
from rich.console import Console as Terminal
from rich.table import Table

from bench import officers
from bench.questions import kept_log
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.verification.reading import SealedEvidence
from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.console import app
from proxy.console.security import ConsoleSite
from proxy.console.visit import Console
from proxy.identity.console_logins import ConsoleLogins, LoginKind
from proxy.policy.authoring import scaffold
from proxy.reports import gathering
from proxy.reports.desk import EvidenceDesk
from proxy.runtime import database, log, servers
from proxy.runtime.clock import SystemClock
from proxy.runtime.environment import environment
from proxy.runtime.resources import shipped
from proxy.web import server
from proxy.web.api import child, commands
from proxy.web.api.child import Children
from proxy.web.api.commands import CommandContext
from proxy.web.api.ports import AdminContext, Files
from proxy.web.api.requests import Check
from testing import evidence

#: Pages, as an officer opens them; each but the last is about the last seven days, or about what has no time.
PAGES = (
    "?p=7d", "exchanges?p=7d", "exchanges?p=7d&action=block", "exchanges/{exchange}", "questions", "questions/AQ-14?ask=1&since={week}",
    "reports", "approvals", "integrity", "usage", "access", "policies", "playground", "session", "?p=quarter",
)  # fmt: skip
_AGAIN, _DRAFTS = 20, 3
_SPENT = ("first CPU ms", "CPU ms", "PG CPU ms", "median ms", "p95 ms")


class DataInForce:
    """Implements ``ports.RunningPolicy`` as far as pages ask: tenants of the filling."""

    def policy(self) -> Mapping[str, Any]:
        return {"revision": "r1", "revisions": ["r1"]}

    def digest(self) -> str:
        return ""

    def data(self) -> Mapping[str, Any]:
        return {"tenants": {f"tenant-{number}": {} for number in range(22)}, "activities": {}}

    def today(self) -> dt.date:
        return dt.datetime.now(dt.UTC).date()

    def last(self) -> None:
        return None

    def reread(self) -> None:
        """Nothing to read."""


@dataclass
class Counters:
    """What pages cost since they were set to zero."""

    readings: int = 0
    records: int = 0
    statements: int = 0

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count what is read of the log, and statements."""
        read, connected = gathering._sealed, servers.connected  # noqa: SLF001

        async def sealed(*given: Any, **more: Any) -> tuple[SealedEvidence, Any]:
            found = await read(*given, **more)
            self.readings += 1
            self.records += found[0].read.records - sum(part.read.records for part in found[0].parts)
            return found

        def sent(_: Any) -> None:
            self.statements += 1

        async def heard(*given: Any, **more: Any) -> asyncpg.Connection:
            connection = await connected(*given, **more)
            connection.add_query_logger(sent)
            return connection

        with mock.patch.object(gathering, "_sealed", sealed), mock.patch.object(servers, "connected", heard):
            yield


@asynccontextmanager
async def served(
    dsn: str, log: PostgresAuditLog, signing: AuditSigningKey = evidence.SIGNING
) -> AsyncIterator[tuple[str, str]]:
    """Serve the console on a database; yield its address and the cookie of an officer."""
    clock = SystemClock()
    logins = ConsoleLogins(dsn, evidence.KEYRING, clock)
    await logins.start()
    desk = EvidenceDesk(dsn, signing, evidence.KEYRING, clock, at_once=True).kept()
    files = Files(shipped("config"), shipped("policies"), Path())
    api = AdminContext(log, DataInForce(), files, Children({}, {}), desk=desk)
    outer = web.Application()
    outer.add_subapp("/console/", app.application(Console(api, logins, clock, ConsoleSite())))
    runner = web.AppRunner(outer)
    await runner.setup()
    bound = server.bound("127.0.0.1", 0, reuse=False)
    await web.SockSite(runner, bound).start()
    roles = ["privacy-officer", "policy-admin", "registry-admin"]
    person = {"person": "officer", "roles": roles, "tenant": "tenant-0", "by": "console_link", "fresh_at": clock.now()}
    token = await logins.add(LoginKind.SESSION, person)
    session = await logins.session(token)
    assert session is not None
    await logins.give_purpose(session, "bench of pages")
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/console/", token
    finally:
        await runner.cleanup()
        await desk.readers.close()
        await logins.close()


async def opened(
    dsn: str, exchange: str, counters: Counters, table: Table, signing: AuditSigningKey = evidence.SIGNING
) -> None:
    """Open each page several times, and add a row for each."""
    week = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=7)
    log = PostgresAuditLog(dsn, fresh_writer_id("bench"), evidence.KEYRING, SystemClock(), signing=signing)
    await log.start()
    of_server = await server_cpu(dsn)
    try:
        async with (
            served(dsn, log, signing) as (root, token),
            aiohttp.ClientSession(cookies={"cp_session": token}) as browser,
        ):
            for page in PAGES:
                await _page(browser, root + page.format(exchange=exchange, week=week), counters, table, of_server)
    finally:
        await log.close()


async def server_cpu(dsn: str) -> Callable[[], float]:
    """Return what tells the CPU seconds of a database server of this machine, all its processes together."""
    connection = await database.connect(dsn, database.READER)
    try:
        postmaster = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()")).parent()
    finally:
        await connection.close()
    assert postmaster is not None
    first = postmaster

    def spent() -> float:
        used = sum(first.cpu_times()[:4])  # with children that have ended
        for process in first.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                used += sum(process.cpu_times()[:2])
        return used

    return spent


async def _page(
    browser: aiohttp.ClientSession, address: str, counters: Counters, table: Table, of_server: Callable[[], float]
) -> None:
    """Open a page once, and then several times; add its row."""
    times, status, size = [], 0, 0
    first, server_before = 0.0, 0.0
    for turn in range(1 + _AGAIN):
        counters.readings = counters.records = counters.statements = 0
        began, used = time.perf_counter(), time.process_time()
        async with browser.get(address, allow_redirects=False) as answer:
            size, status = len(await answer.read()), answer.status
        took = (1000 * (time.process_time() - used), 1000 * (time.perf_counter() - began))
        if not turn:
            first, server_before = took[0], of_server()
            continue
        times.append(took)
    walls = sorted(wall for _, wall in times)
    counted = counters.readings, counters.records, counters.statements, size
    spent = (
        first, statistics.mean(cpu for cpu, _ in times), 1000 * (of_server() - server_before) / _AGAIN,
        statistics.median(walls), walls[math.ceil(0.95 * len(walls)) - 1],
    )  # fmt: skip
    shown = address.partition("/console/")[2]
    table.add_row(f"/{shown}", str(status), *map(str, counted), *(f"{one:.0f}" for one in spent))


async def drafts(terminal: Terminal, pause_s: float) -> None:
    """Check a draft as the playground does while somebody types: by the process that waits, by a new one, alternately."""
    rule, twin = scaffold.texts("my_rule")
    overlay = {"files": {"my_rule/my_rule.rego": rule, "my_rule/my_rule_test.rego": twin}}
    body = Check.model_validate({"overlay": overlay, "quick": True})
    plan, own = commands.plan("check", body, CommandContext({}, {})), environment()
    children, warm = Children({name: own[name] for name in ("PATH", "HOME") if name in own}, {}), child.WarmChild()
    times: dict[str, list[float]] = {"waiting": [], "new": []}
    for _ in range(_DRAFTS):
        warm.prepare(children)
        await asyncio.sleep(pause_s)  # a person types
        for name, run in (("waiting", warm.run), ("new", child.run)):
            began = time.perf_counter()
            await run(plan, children)
            times[name].append(1000 * (time.perf_counter() - began))
    await warm.close()
    for name, each in times.items():
        terminal.print(
            f"a draft checked by a {name} process: median {statistics.median(each):.0f} ms, {len(each)} times"
        )


async def measured(terminal: Terminal, folder: Path, days: int, each: int, batch: int) -> None:
    """Open each page of the log in a folder, which is filled where there is none, and print."""
    table = Table("page", "status", "readings", "records read", "SQL", "bytes", *_SPENT)
    async with kept_log.filled(folder, days, each, batch) as log:
        told = (
            f"{log.exchanges} exchanges, {log.records} records, {log.days} days to {log.last}, in {log.seconds:.0f} s"
        )
        terminal.print(told)
        await kept_log.with_parts(log.dsn, log.signing)
        connection = await database.connect(log.dsn, database.READER)
        exchange = await connection.fetchval("SELECT exchange FROM audit.record WHERE kind = 'outcome' LIMIT 1")
        await connection.close()
        counters = Counters()
        with counters.counting():
            await opened(log.dsn, exchange, counters, table, log.signing)
    terminal.print(table)


async def main(options: argparse.Namespace) -> None:
    """Fill a log, open its pages, fill one of twice the days, open, print."""
    log.configure("warning")
    terminal, each = Terminal(width=150), options.each
    if options.drafts:
        return await drafts(terminal, options.pause)
    if options.officers:
        return await officers.measured(options.officers, options.rounds, options.round, options.before)
    if options.kept is not None:
        return await measured(terminal, options.kept, options.days, each or 100, options.batch)
    with tempfile.TemporaryDirectory() as folder:
        if not each:
            async with kept_log.filled(Path(folder, "trial"), 2, 100, options.batch) as trial:
                each = max(10, round(trial.exchanges / trial.seconds * options.seconds / (1.5 * options.days)))
        for days in (options.days // 2, options.days):
            await measured(terminal, Path(folder, str(days)), days, each, options.batch)
    return None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.console", description=str(__doc__).splitlines()[0])
    parser.add_argument("--seconds", type=float, default=300.0, help="how long to fill, both logs together (300)")
    parser.add_argument("--days", type=int, default=60, help="days of the larger log (60)")
    parser.add_argument("--each", type=int, default=0, help="exchanges a day; 0: as many as the seconds allow")
    parser.add_argument("--batch", type=int, default=20, help="exchanges under one seal (20)")
    parser.add_argument(
        "--kept", type=Path, help="a folder of a log that stays; it is filled once, with --days and --each"
    )
    parser.add_argument("--drafts", action="store_true", help="only how long a draft is checked while somebody types")
    parser.add_argument("--pause", type=float, default=5.0, help="with --drafts: seconds between two (5)")
    parser.add_argument("--officers", type=int, default=0, help="only what so many officers cost known traffic")
    parser.add_argument("--rounds", type=int, default=5, help="with --officers: rounds without and with them (5)")
    parser.add_argument("--round", type=float, default=20.0, help="with --officers: seconds of a round (20)")
    parser.add_argument("--before", type=int, default=500, help="with --officers: exchanges before the first (500)")
    asyncio.run(main(parser.parse_args()))
