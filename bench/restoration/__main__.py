"""Which originals come back where: every position of every reply, every spelling of an address, through the real pipeline.

    python -m bench.restoration [--share F] [--only WORD] [--seed N] [--show N]

The caller's values leave as stand-ins; a fake target writes these into addresses and calls, whole and streamed in pieces
of five characters. Ends with status 1 where an original stands in a foreign address (also percent-encoded, in entities, in
base64, reversed ...) or in a call that the request did not declare, where a removed value stands in any address, where
words beside an address are not restored, or an address of the request's origin is not.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple
from urllib.parse import quote

from rich.console import Console
from rich.table import Table as Printed

from bench.restoration import cases
from bench.restoration.cases import WORDS, Position, Table
from bench.restoration.spellings import ALL, ALONE, HOST, MARKUP, OWN, PLAIN, UNENDED, written

_REMOVED = frozenset({"card", "key"})
#: How a target may write a stand-in so that it still means the value.
_STAND_INS: Mapping[str, Callable[[str], str]] = {
    "percent-encoded": lambda text: quote(text, safe=""),
    "lower case": str.lower,
    "Markdown escapes": lambda text: text.replace("_", r"\_"),
    "entities": lambda text: text.replace("@", "&#64;"),
}
_REWRITTEN = ("bare", "image", "img", "style url", "own as user")
COLUMNS = ("foreign", "leaked", "words", "lost", "own", "not back", "undeclared", "leaked ", "declared", "lost ")


class Wrong(NamedTuple):
    """A case that went wrong: which bar, by which spelling, where, and the kinds of the values."""

    bar: str
    spelling: str
    position: str
    kinds: frozenset[str]


@dataclass
class Tally:
    """Counts of one API by column, and what was wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[Wrong] = field(default_factory=list)

    def add(self, column: str, bad: str, wrong: frozenset[str] | bool, spelling: str, position: str) -> None:
        """Count one case, and how it went wrong, if it did."""
        self.counts[column] += 1
        if wrong:
            self.counts[bad] += 1
            kinds = wrong if isinstance(wrong, frozenset) else frozenset()
            self.wrong.append(Wrong(f"{column}: {bad.strip()}", spelling, position, kinds))


def texts(table: Table) -> Iterator[tuple[str, str, str]]:
    """Yield (column, spelling, text) of everything that is planted beside words: foreign, and of the request's origin."""
    stand_ins = table.stand_ins
    values = {kind: stand_in for kind, stand_in in stand_ins.items() if kind != WORDS}
    for name, spelling in ALL.items():
        yield "foreign", name, written(spelling, HOST, values)
    for name in _REWRITTEN:
        for way, write in _STAND_INS.items():
            yield (
                "foreign",
                f"{name}, stand-ins in {way}",
                written(ALL[name], HOST, {k: write(v) for k, v in values.items()}),
            )
    for name, spelling in PLAIN.items():
        yield "own", name, written(spelling, OWN, values)


def try_position(table: Table, position: Position, tally: Tally, random: Random, share: float) -> None:
    """Plant a share of the texts at a position."""
    words, name = table.stand_ins[WORDS], f"{table.api.name}: {position.name}"
    chosen = [one for one in texts(table) if random.random() < share and not (position.called and one[1] in MARKUP)]
    restores = bool(chosen) and WORDS in table.answer(position, f"Dear {words}, hello")
    for column, spelling, text in chosen:
        said = table.answer(position, f"Dear {words},\n\n{text}\n\nYours, {words}")
        back = cases.originals(said)
        if column == "foreign":
            tally.add("foreign", "leaked", back, spelling, name)
        else:
            tally.add("own", "leaked", back & _REMOVED if not position.called else frozenset(), spelling, name)
        if restores and not position.address:
            least = 1 if spelling.partition(", stand-ins")[0] in UNENDED else 2
            tally.add("words", "lost", said.count(WORDS) < least, spelling, name)
            if column == "own":
                tally.add("own back", "not back", "person" not in back, spelling, name)
    for spelling, text in ALONE.items() if position.address and random.random() < 20 * share else ():
        values = {kind: stand_in for kind, stand_in in table.stand_ins.items() if kind != WORDS}
        said = table.answer(position, written(text, HOST, values))
        tally.add("foreign", "leaked", cases.originals(said), f"alone: {spelling}", name)


def try_calls(table: Table, tally: Tally) -> None:
    """Let the target call a tool that the request declares, and one that it does not."""
    for declared, calling in ((True, table), (False, table.undeclared())):
        for position in calling.positions():
            if not position.argument:
                continue
            said = calling.answer(position, " ".join(calling.stand_ins.values()))
            back, name = cases.originals(said), f"{table.api.name}: {position.name}"
            if declared:
                tally.add("declared", "lost ", frozenset(cases.VALUES) - back, "arguments", name)
            else:
                tally.add("undeclared", "leaked ", back, "arguments", name)


def run(share: float, only: str, seed: int) -> dict[str, Tally]:
    """Try everything; return what came of it by API."""
    tallies: dict[str, Tally] = {}
    random = Random(seed)
    for table in cases.tables():
        if only in table.api.name:
            tally = tallies.setdefault(table.api.name, Tally())
            for position in table.positions():
                try_position(table, position, tally, random, share)
            if table.api.name != "mcp":  # whose server is the tool
                try_calls(table, tally)
    return tallies


def show(tallies: Mapping[str, Tally], console: Console, most: int) -> None:
    """Print a row for each API, and what was wrong, the most frequent first."""
    printed = Printed(title="originals that come back, by what stands around them", title_justify="left")
    for name in ("API", *COLUMNS):
        printed.add_column(name, justify="left" if name == "API" else "right")
    together = Tally(
        sum((one.counts for one in tallies.values()), Counter()), [w for one in tallies.values() for w in one.wrong]
    )
    for name, tally in (*tallies.items(), ("together", together)):
        printed.add_row(name, *(f"{tally.counts[column]:,}" for column in COLUMNS))
    console.print(printed)
    for (bar, spelling), times in Counter((one.bar, one.spelling) for one in together.wrong).most_common(most):
        same = [one for one in together.wrong if (one.bar, one.spelling) == (bar, spelling)]
        kinds = ", ".join(sorted(frozenset().union(*(one.kinds for one in same))))
        console.print(
            f"[red]WRONG[/red] {times} times: {bar} by {spelling}: {kinds}   {same[0].position}", soft_wrap=True
        )


def main() -> int:
    """Run and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.restoration", description=str(__doc__).splitlines()[0])
    parser.add_argument(
        "--share", type=float, default=0.1, help="share of the spellings at each position (default 0.1)"
    )
    parser.add_argument("--only", default="", help="only APIs whose name holds this word")
    parser.add_argument("--seed", type=int, default=0, help="draws the share")
    parser.add_argument("--show", type=int, default=60, help="how many kinds of what is wrong are printed")
    options = parser.parse_args()
    console, began = Console(width=150, highlight=False), time.monotonic()
    tallies = run(options.share, options.only, options.seed)
    show(tallies, console, options.show)
    wrong = sum(len(tally.wrong) for tally in tallies.values())
    counted = sum(
        tally.counts[column] for tally in tallies.values() for column in ("foreign", "own", "undeclared", "declared")
    )
    console.print(f"{counted:,} cases, {wrong} wrong, {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
