"""Try every hostile condition against a running stack and print what held: ``python -m bench.hostile``.

    python -m bench.hostile [--only NAME ...] [--json FILE] [--keep DIR] [--strict]

Starts the whole product on free ports of loopback, with several tenants and with targets that keep what they receive.
Ends with status 1 when a row is not as it must be; rows that are known to be open do not count unless ``--strict``.
Rows that leave the stack changed come last. Everything ends within twenty-five minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.hostile import (
    evidence,
    findings,
    held,
    loop,
    network,
    payloads,
    policy,
    report,
    starting,
    streams,
    sustained,
    tenants,
)
from bench.hostile.report import Done
from bench.hostile.rows import ROWS, Found, Row
from bench.hostile.stand import Stand
from bench.workplace import workplace

#: The modules whose rows are tried, in the order of the table.
MODULES = (tenants, sustained, loop, streams, payloads, findings, policy, starting, evidence, network, held)
_ALL_S = 1440.0  # of twenty-five minutes: the rest is for stopping


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile", description=str(__doc__).splitlines()[0])
    parser.add_argument("--only", action="append", metavar="NAME", help="only this row, or this group; repeat for more")
    parser.add_argument("--json", type=Path, help="write every row and its figures to this file")
    parser.add_argument("--keep", type=Path, help="folder for the stack's state, kept afterwards")
    parser.add_argument("--strict", action="store_true", help="rows that are known to be open count too")
    return parser.parse_args()


def chosen(only: Sequence[str] | None) -> list[Row]:
    """Return the rows to try, those that leave the stack changed last.

    Raises:
        SystemExit: there is no row of a name.

    """
    unknown = set(only or ()) - {row.name for row in ROWS} - {row.group for row in ROWS}
    if unknown:
        raise SystemExit(
            f"no row is called {', '.join(sorted(unknown))}; there are {', '.join(row.name for row in ROWS)}"
        )
    kept = [row for row in ROWS if not only or row.name in only or row.group in only]
    order = {name: place for place, name in enumerate(_LAST)}
    return sorted(kept, key=lambda row: (row.last, order.get(row.name, 0)))


#: Of the last rows: what only looks comes before what breaks.
_LAST = ("canaries", "records", "master key", "bad policies", "obligation on a reply", "kill", "silent database path",
         "reader becomes owner", "tampering")  # fmt: skip


async def tried(stand: Stand, row: Row, left_s: float) -> Done:
    """Try one row within its time."""
    began = time.monotonic()
    if left_s <= 0:
        return Done(row, Found(False, "not tried: no time is left, the machine is too busy"), 0.0)
    try:
        async with asyncio.timeout(min(row.patience_s, left_s)):
            found = await row.run(stand)
    except TimeoutError:
        found = Found(False, "not done in time")
    except Exception as error:  # noqa: BLE001 - one row that breaks must not hide the others
        found = Found(False, f"the row itself failed: {type(error).__name__}: {error}")
    done = Done(row, found, time.monotonic() - began)
    await stand.settled(30)
    return done


async def main(options: argparse.Namespace, folder: Path) -> int:
    """Run once; return the exit status."""
    console, began = Console(width=140, highlight=False), time.monotonic()
    overlay = folder / "overlay"
    overlay.mkdir(parents=True)
    rows = chosen(options.only)
    stand = Stand(folder, {}, overlay)
    all_done: list[Done] = []
    try:
        await stand.start()
        console.print(f"{len(rows)} rows; the stack is up after {stand.started_s:.0f} s, state in {folder}")
        for row in rows:
            all_done.append(await tried(stand, row, _ALL_S - (time.monotonic() - began)))
            report.line(console, all_done[-1])
    finally:
        await stand.stop()
    groups = [module.__name__.rpartition(".")[2] for module in MODULES]
    all_done.sort(key=lambda done: (groups.index(done.row.run.__module__.rpartition(".")[2]), ROWS.index(done.row)))
    report.table(console, all_done)
    if options.json:
        options.json.write_text(json.dumps([done.plain() for done in all_done], indent=2, ensure_ascii=False) + "\n")
    bad = [done for done in all_done if done.state == report.NOT or (options.strict and not done.found.holds)]
    open_ = sum(done.state == report.WAITS for done in all_done)
    console.print(
        f"{len(all_done)} rows, {len(bad)} not as they must be, {open_} known and open; {time.monotonic() - began:.0f} s"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    given = arguments()
    with workplace("hostile", given.keep) as place:
        ended = asyncio.run(main(given, place))
    sys.exit(ended)
