"""Try the thirty system checks on a stack as a user starts it: ``python -m bench.system_checks``.

    python -m bench.system_checks [--only SC-05 ...] [--json FILE] [--keep DIR]

Starts the whole product on free ports of loopback, with targets that keep what they receive, and prints one table. Ends
with status 1 when a check fails; what is not possible on this machine is said and does not count.
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

from bench.hostile.rows import Found
from bench.hostile.stand import Stand
from bench.system_checks import (
    access,
    breach,
    decisions,
    leaks,
    lifetime,
    records,
    report,
    retention,
    setting,
    tampering,
    targets,
)
from bench.system_checks.callers import CALLERS
from bench.system_checks.checks import CHECKS, NotPossibleHereError, SystemCheck
from bench.system_checks.report import Tried
from bench.workplace import workplace

MODULES = (leaks, records, tampering, access, lifetime, retention, decisions, targets, breach)
_ALL_S = 1500.0  # on a quiet machine everything takes a third of it


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.system_checks", description=str(__doc__).splitlines()[0])
    parser.add_argument("--only", action="append", metavar="ID", help="only this check, such as SC-05; repeat for more")
    parser.add_argument("--json", type=Path, help="write every check and how it went to this file")
    parser.add_argument("--keep", type=Path, help="folder for the stack's state, kept afterwards")
    return parser.parse_args()


def chosen(only: Sequence[str] | None) -> list[SystemCheck]:
    """Return the checks to try, those that leave the stack changed last.

    Raises:
        SystemExit: there is no check of a name.

    """
    wanted = {one.upper() for one in only or ()}
    if unknown := wanted - {one.id for one in CHECKS}:
        raise SystemExit(f"there is no check {', '.join(sorted(unknown))}; they are SC-01 to SC-30")
    return sorted((one for one in CHECKS if not wanted or one.id in wanted), key=lambda one: (one.last, one.id))


async def tried(stand: Stand, check: SystemCheck, left_s: float) -> Tried:
    """Try one check within its time."""
    began = time.monotonic()
    state, said = report.FAILS, ""
    try:
        async with asyncio.timeout(max(1.0, min(check.patience_s, left_s))):
            found = await check.run(stand)
        state, said = (report.PASSES if found.holds else report.FAILS), _told(found)
    except NotPossibleHereError as error:
        state, said = report.NOT_HERE, str(error)
    except TimeoutError:
        said = "not done in time"
    except Exception as error:  # noqa: BLE001 - one check that breaks must not hide the others
        said = f"the check itself failed: {type(error).__name__}: {error}"
    await stand.settled(30)
    return Tried(check, state, said, time.monotonic() - began)


def _told(found: Found) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in found.figures.items())
    return f"{found.said} ({figures})" if figures else found.said


async def main(options: argparse.Namespace, folder: Path) -> int:
    """Run once; return the exit status."""
    console, began = Console(width=160, highlight=False), time.monotonic()
    checks, done = chosen(options.only), list[Tried]()
    (folder / "overlay").mkdir(parents=True, exist_ok=True)
    stand = Stand(folder, setting.environment(folder), folder / "overlay", elsewhere=setting.ELSEWHERE)
    try:
        await stand.start(CALLERS)
        console.print(f"{len(checks)} checks; the stack is up after {stand.started_s:.0f} s, state in {folder}")
        for one in checks:
            done.append(await tried(stand, one, _ALL_S - (time.monotonic() - began)))
            report.line(console, done[-1])
    finally:
        await stand.stop()
    done.sort(key=lambda one: one.check.id)
    report.table(console, done)
    if options.json:
        options.json.write_text(json.dumps([one.plain() for one in done], indent=2, ensure_ascii=False) + "\n")
    console.print(f"{report.summary(done)}; {time.monotonic() - began:.0f} s")
    return 1 if any(one.state == report.FAILS for one in done) else 0


if __name__ == "__main__":
    given = arguments()
    with workplace("system-checks", given.keep) as place:
        ended = asyncio.run(main(given, place))
    sys.exit(ended)
