"""What a provider receives: values that are left and what is damaged, judged by the body that leaves the served path.

    python -m bench.outbound [--seed N] [--quick] [--systems accurate,fast,presidio] [--details SYSTEM] [--json FILE]

Sends personal texts, clean texts, tools' results, tables, source code and sessions of coding agents through the real
application with the shipped policies, and through Presidio's analyzer and anonymizer. Half of the texts are in the
repository, half are drawn anew by the seed, which is printed. ``--data-dir DIR`` adds the labelled sets that
``bench.detection`` knows. Tables go to standard output, progress to standard error. Ends with status 1 where a figure
is over its bar (``--bars FILE`` with ``{system: {figure: most}}``).

``--code FOLDER [FOLDER ...]`` sends 60 files of these folders by the seed, of each language in turn, and nothing else.
"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # as in a worker, and before numpy is there

# ruff: noqa: E402
import argparse
import asyncio
import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import structlog
from rich.console import Console
from rich.progress import Progress

from bench.outbound import material, report, sources
from bench.outbound.measure import Anonymized, Figures, Proxy, measure
from bench.outbound.served import application
from bench.outbound.sessions import Session, sessions

_BARS = Path(__file__).parent / "bars.json"
PAYLOADS = Path(__file__).parents[1] / "payloads"
_ROWS = 200  # of each labelled set
_QUICK, _QUICK_FILES = 6, 4  # every so manieth text, and files of code


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.outbound", description=str(__doc__).splitlines()[0])
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)), help="draws the other half again")
    parser.add_argument("--quick", action="store_true", help="a sample, under a minute")
    parser.add_argument("--systems", default="accurate,fast,presidio", help="comma-separated (default all)")
    parser.add_argument(
        "--details", default="", metavar="SYSTEM", help="print each value, line and pin that went wrong"
    )
    parser.add_argument("--data-dir", type=Path, help="folder with the sets of bench/detection_sets.py")
    parser.add_argument("--code", type=Path, nargs="+", metavar="FOLDER", help="send files of these folders alone")
    parser.add_argument("--files", type=int, default=60, help="how many files of code (default %(default)s)")
    parser.add_argument("--bars", type=Path, default=_BARS, help="bars in JSON")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args()


def chosen(options: argparse.Namespace) -> tuple[list[material.Document], list[sources.Source], list[Session]]:
    """Return what is sent."""
    if options.code:
        return [], sources.in_folders(options.code, options.seed, options.files), []
    code = sources.sources(options.seed, _QUICK_FILES if options.quick else options.files)
    documents = [*material.shipped(), *material.drawn(options.seed, 1 if options.quick else 2)]
    agents = list(sessions(options.seed, code))
    if options.quick:
        return documents[options.seed % _QUICK :: _QUICK], code, agents[::3]
    return documents + list(_labelled(options.data_dir)), code, agents


async def run(options: argparse.Namespace, progress: Progress) -> dict[str, Figures]:
    """Measure every system on the same material."""
    documents, code, agents = chosen(options)
    measured: dict[str, Figures] = {}
    for name in options.systems.split(","):
        if name == "presidio":
            measured[name] = await measure(Anonymized(), documents, code, agents, progress, name)
        else:
            async with application(name) as served:
                measured[name] = await measure(Proxy(served), documents, code, agents, progress, name)
    return measured


def _labelled(folder: Path | None) -> Iterator[material.Document]:
    """Yield the labelled sets at hand, and say where there are none."""
    if folder is None or not folder.is_dir():
        print("SKIPPED: the public sets, for want of a folder (--data-dir DIR)", file=sys.stderr)
    for source in (PAYLOADS, *([folder] if folder and folder.is_dir() else ())):
        for file in sorted(source.glob("*.jsonl")):
            if ".train." not in file.name:
                yield from material.labelled(file, _ROWS)


def over(measured: Mapping[str, Figures], bars: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return what is over its bar."""
    lines = []
    for name, figures in measured.items():
        reached = report.numbers(figures)
        lines += [
            f"{name}: {figure} {reached[figure]} is over {most}"
            for figure, most in bars.get(name, {}).items()
            if reached[figure] > most
        ]
    return lines


def main() -> int:
    """Run and print; return the exit status."""
    options, began = arguments(), time.monotonic()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with Progress(console=Console(stderr=True)) as progress:
        measured = asyncio.run(run(options, progress))
    console = Console(width=170, highlight=False)
    if options.details:
        report.details(measured[options.details], console)
    report.show(measured, console)
    bars = json.loads(options.bars.read_text())["quick" if options.quick else "whole"]
    wrong = over(measured, bars)
    for line in wrong:
        console.print(f"[red]OVER[/red] {line}")
    console.print(f"seed {options.seed}, {time.monotonic() - began:.0f} s")
    if options.json:
        options.json.write_text(json.dumps({"seed": options.seed, "systems": report.document(measured)}, indent=1))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
