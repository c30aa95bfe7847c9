"""``make agents``: the real coding agents, each session straight at a scripted provider and through the product."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from bench.agents import product, session
from bench.agents.installing import DEFAULT, installed
from bench.agents.judge import Result, judged
from bench.agents.programs import PROGRAMS, Program
from bench.agents.provider import Provider, Relay, listening
from bench.agents.report import PAGE, page, printed
from bench.agents.scenarios import Scenario, scenarios
from bench.workplace import workplace


async def run(
    programs: Sequence[Program],
    skipped: Mapping[str, str],
    chosen: Sequence[Scenario],
    options: argparse.Namespace,
    place: Path,
) -> list[Result]:
    """Run every session both ways, print each as it ends and write the page with those that have."""
    results, provider = [], Provider()
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(listening(provider))
        print("starting the product", flush=True)
        root, key = await stack.enter_async_context(product.running(address, place))
        relay = await stack.enter_async_context(Relay(root))
        front = await stack.enter_async_context(listening(relay))
        for scenario in chosen:
            for program in programs:
                if scenario.tools and not program.tools:
                    continue
                work = session.Work(program, scenario, options.home, place, provider, options.patience)
                direct = await session.run(work, address, key, [])
                proxied = await session.run(work, front, key, relay.records)
                results.append(judged(program.name, scenario, direct, proxied))
                print(printed(results[-1], details=options.details), flush=True)
                if options.write:
                    PAGE.write_text(page(results, skipped, options.turns, PAGE.read_text()))
    return results


def main() -> int:
    """Run the table; 1 where a session does not complete as the direct one, or anything planted reached the provider."""
    parser = argparse.ArgumentParser(prog="python -m bench.agents", description=__doc__)
    home = Path(os.environ.get("AGENTS_HOME") or DEFAULT)
    parser.add_argument(
        "--home", type=Path, default=home, help="where the programs are installed (AGENTS_HOME; default %(default)s)"
    )
    parser.add_argument("--only", nargs="*", choices=[program.name for program in PROGRAMS], help="programs to try")
    parser.add_argument("--sessions", nargs="*", help="sessions to try: edit, code, person, health, long")
    parser.add_argument(
        "--turns", type=int, default=100, help="calls of tools in the long session (default %(default)s)"
    )
    parser.add_argument("--patience", type=float, default=300, help="seconds for one run (default %(default)s)")
    parser.add_argument(
        "--details", type=int, default=6, help="changed lines to print of each session (default %(default)s)"
    )
    parser.add_argument("--keep", type=Path, help="a folder to work in, which stays")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE}")
    options = parser.parse_args()
    wanted = [program for program in PROGRAMS if not options.only or program.name in options.only]
    chosen = [
        scenario for scenario in scenarios(options.turns) if not options.sessions or scenario.name in options.sessions
    ]
    programs, skipped = installed(wanted, options.home.absolute())
    for name, why in skipped.items():
        print(f"skipped: {name}: {why}", flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what runs is ended as by Ctrl-C
    with workplace("agents", options.keep) as place:
        results = asyncio.run(run(programs, skipped, chosen, options, place.absolute()))
    done = sum(result.completed for result in results)
    print(
        f"{done} of {len(results)} sessions completed, {sum(bool(result.leaked) for result in results)} with planted values at the provider"
    )
    return 0 if done == len(results) and not any(result.leaked for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
