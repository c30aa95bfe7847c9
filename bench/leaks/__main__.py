"""Plant values of every kind in every place, send them through the served proxy, and look at what arrived and came back.

    python -m bench.leaks [--seed N] [--share F] [--only GROUP] [--json FILE] [--keep DIR]

Starts the whole product with targets that repeat what they receive. Ends with status 1 when a third party received a
planted value in any spelling or encoding, when something the caller sent did not come back (what policy removes for good
apart), when a reply delivered other people's data, or when more than two of fifty clean texts were touched. Misses are
written to ``bench/out/leaks/misses.jsonl``; they hold the planted values, none of which is anybody's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

from rich.console import Console

from bench.hostile.stand import CALLERS, Stand
from bench.leaks import report
from bench.leaks.cases import Cases
from bench.leaks.replies import disclosures
from bench.leaks.run import Runner
from bench.workplace import workplace


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.leaks", description=str(__doc__).splitlines()[0])
    parser.add_argument("--seed", type=int, default=20261126, help="draws people, values and texts")
    parser.add_argument("--share", type=float, default=1.0, help="share of the conversations (default all)")
    parser.add_argument("--only", default="", help="only the conversations of this group, and nothing else")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--keep", type=Path, help="folder for the stack's state, kept afterwards")
    return parser.parse_args()


async def measure(stand: Stand, seed: int, share: float, only: str = "") -> report.Outcome:
    """Send everything, or the conversations of one group."""
    began, runner = time.monotonic(), Runner(stand)
    cases = [case for case in Cases(seed).all(share) if only in {"", case.group}]
    seen = await runner.cases(cases)
    if only:
        return report.Outcome(seen, seconds=time.monotonic() - began)
    seen += await runner.embeddings([case for case in cases if case.group == "place"][: max(1, round(12 * share))])
    disclosed = list(disclosures(seed))
    told = await runner.disclosures(disclosed[: max(1, round(len(disclosed) * share))])
    clean = await runner.clean(share)
    return report.Outcome(seen, told, clean, time.monotonic() - began)


async def main(options: argparse.Namespace, folder: Path) -> int:
    """Run once; return the exit status."""
    console = Console(width=130, highlight=False)
    stand = Stand(folder)
    try:
        await stand.start({name: CALLERS[name] for name in ("care", "clinic")})
        outcome = await measure(stand, options.seed, options.share, options.only)
    finally:
        await stand.stop()
    report.show(console, outcome)
    console.print(f"{outcome.seconds:.0f} s, seed {options.seed}; misses in {report.write(outcome)}")
    if options.json:
        options.json.write_text(json.dumps(outcome.count(), indent=2) + "\n")
    console.print("every bar is met" if outcome.holds() else "NOT every bar is met")
    return 0 if outcome.holds() else 1


if __name__ == "__main__":
    given = arguments()
    with workplace("leaks", given.keep) as place:
        ended = asyncio.run(main(given, place))
    sys.exit(ended)
