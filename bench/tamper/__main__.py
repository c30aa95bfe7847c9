"""Tries every way to change the evidence and prints what 'audit verify' says: ``python -m bench.tamper``."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from bench.tamper.attacks import ATTACKS, QUIET
from bench.tamper.ground import Attack, Ground, ground
from bench.tamper.outside import ATTEMPTS
from proxy.audit.verification.findings import VerificationReport

_EXCHANGES = 470  # 1,405 records and a few more


def _named(report: VerificationReport) -> str:
    """Return how a verification ended, and what it named first."""
    if report.sound:
        return report.state
    first = report.damages[0]
    place = f"{first.writer} #{first.seq}: " if first.writer else ""
    return f"{report.state}, {len(report.damages)}: {place}{first.what}: {first.detail}"


async def _row(made: Ground, attack: Attack) -> tuple[tuple[str, ...], bool]:
    try:
        anchored, alone, answers = await made.attacked(attack)
    except asyncpg.PostgresError as error:
        return (attack.by, attack.name, f"the attack did not succeed: {error}", "", "", "NO"), False
    lies = await made.lies(answers)
    holds = anchored.state == attack.state and alone.state == attack.alone and not lies
    told = f"false: {', '.join(lies)}" if lies else f"{len(answers) - list(answers.values()).count('refused')} true"
    return (attack.by, attack.name, _named(anchored), alone.state, told, "yes" if holds else "NO"), holds


async def _main(exchanges: int) -> int:
    table = Table("by", "attack", "audit verify with the anchor", "without", "answers", "named")
    missed = records = 0
    with tempfile.TemporaryDirectory() as folder:
        async with ground(Path(folder), exchanges) as made:
            dsn = made.server.dsn
            for lines in (made.anchor.lines(), ()):
                before = await made.verify(dsn, lines)
                table.add_row("nobody", "nothing", _named(before), "", "", "" if before.sound else "NO")
                missed += not before.sound
                records = before.records
            for name, statement in QUIET.items():
                after = await made.surrounded(statement)
                table.add_row("operator", name, _named(after), "", "", "" if after.sound else "NO")
                missed += not after.sound
            for attack in ATTACKS:
                cells, held = await _row(made, attack)
                table.add_row(*cells)
                missed += not held
            for name, attempt in ATTEMPTS.items():
                found = await attempt(made)
                table.add_row("outside", name, found, "", "", "yes" if found else "NO")
                missed += not found
            attacks = len(ATTACKS) + len(ATTEMPTS)
            table.caption = f"{records} records, {attacks} attacks, {missed} missed"
    Console(width=180).print(table)
    return 1 if missed else 0


def main() -> int:
    """Run all attacks; return 1 when one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exchanges", type=int, default=_EXCHANGES)
    return asyncio.run(_main(parser.parse_args().exchanges))


if __name__ == "__main__":
    sys.exit(main())
