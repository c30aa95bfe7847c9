"""The table of system checks: a line as each is done, then all by id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.system_checks.checks import SystemCheck

PASSES, FAILS, NOT_HERE = "pass", "FAIL", "not possible here"
_COLOURS = {PASSES: "green", FAILS: "red", NOT_HERE: "yellow"}


@dataclass(frozen=True, slots=True)
class Tried:
    """A check and how it went: ``said`` is what was seen, or why it is not possible here."""

    check: SystemCheck
    state: str
    said: str
    seconds: float

    def plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "id": self.check.id, "name": self.check.name, "done": self.check.done, "expected": self.check.expected,
            "seen": self.said, "state": self.state, "seconds": round(self.seconds, 1),
        }  # fmt: skip


def line(console: Console, one: Tried) -> None:
    """Print a check as it is done."""
    console.print(
        f"[{_COLOURS[one.state]}]{one.state:18}[/]{one.check.id} {escape(one.check.name)}: {escape(one.said)} ({one.seconds:.0f} s)",
        soft_wrap=True,
    )


def table(console: Console, done: Sequence[Tried]) -> None:
    """Print all."""
    made = Table(title="system checks", title_justify="left", show_lines=True)
    for name, width in (("id", 5), ("done", 42), ("expected", 38), ("seen", 46), ("", 8)):
        made.add_column(name, width=width, overflow="fold")
    for one in done:
        made.add_row(
            one.check.id, f"[bold]{escape(one.check.name)}[/bold]: {escape(one.check.done)}", escape(one.check.expected),
            escape(one.said), f"[{_COLOURS[one.state]}]{one.state}[/]",
        )  # fmt: skip
    console.print(made)


def summary(done: Sequence[Tried]) -> str:
    """Return how many went how, in a line."""
    counts = Counter(one.state for one in done)
    return f"{len(done)} checks: {counts[PASSES]} pass, {counts[FAILS]} fail, {counts[NOT_HERE]} not possible here"
