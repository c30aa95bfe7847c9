"""Oblige a running stack to every type of the contract and print what came of it: ``python -m bench.obligations``.

    python -m bench.obligations [--json FILE]

Starts the whole product with targets that keep what they receive, and a rule of the organisation's own that obliges to
one type per model. An effect is shown in bytes that arrived or came back, or in records; else the denial is shown.
Ends with status 1 when a type shows neither.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.obligations.cases import started, walk
from proxy.core.obligations import KINDS


async def main(options: argparse.Namespace, folder: Path) -> int:
    """Walk once; return the exit status."""
    stand = await started(folder)
    try:
        shown = await walk(stand)
    finally:
        await stand.stop()
    table = Table(box=None, header_style="bold")
    for name in ("obligation", "when", "shown", "what"):
        table.add_column(name, overflow="fold")
    for one in shown:
        table.add_row(one.type, KINDS[one.type].phase, one.how, one.what)
    Console(width=160, highlight=False).print(table)
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in shown], indent=2, ensure_ascii=False) + "\n")
    missing = set(KINDS) - {one.type for one in shown if one.how != "nothing"}
    Console().print(
        f"{len(KINDS) - len(missing)} of {len(KINDS)} types shown" + (f"; not {sorted(missing)}" if missing else "")
    )
    return 1 if missing else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.obligations", description=str(__doc__).splitlines()[0])
    parser.add_argument("--json", type=Path, help="write every row to this file")
    place = Path(tempfile.mkdtemp(prefix="compliance-proxy-obligations-"))
    try:
        ended = asyncio.run(main(parser.parse_args(), place))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    sys.exit(ended)
