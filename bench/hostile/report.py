"""The table: row by row as they are done, then all in the order of the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.hostile.rows import Found, Row

OK, NOT, WAITS = "ok", "NOT AS IT MUST", "known, open"
_COLOURS = {OK: "green", NOT: "red", WAITS: "yellow"}


@dataclass(frozen=True, slots=True)
class Done:
    """A row and how it went."""

    row: Row
    found: Found
    seconds: float

    @property
    def state(self) -> str:
        """Return ok, not as it must, or known and open."""
        return OK if self.found.holds else WAITS if self.row.known else NOT

    def plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "name": self.row.name, "group": self.row.group, "tried": self.row.tried, "must": self.row.must,
            "state": self.state, "said": self.found.said, "figures": dict(self.found.figures), "seconds": round(self.seconds, 1),
        }  # fmt: skip


def line(console: Console, done: Done) -> None:
    """Print one row as it is done."""
    console.print(
        f"[{_COLOURS[done.state]}]{done.state:14}[/] {escape(done.row.name):22} {escape(done.found.said)} ({done.seconds:.0f} s)",
        soft_wrap=True,
    )


def table(console: Console, all_done: Sequence[Done]) -> None:
    """Print the table."""
    made = Table(title="hostile conditions", title_justify="left", show_lines=True)
    for name, width in (("tried", 34), ("must", 34), ("result", 14), ("what happened", 46)):
        made.add_column(name, width=width, overflow="fold")
    for done in all_done:
        figures = escape(_shown(done.found.figures))
        what = f"{escape(done.found.said)}\n[dim]{figures}[/dim]" if figures else escape(done.found.said)
        made.add_row(
            f"[bold]{escape(done.row.name)}[/bold]: {escape(done.row.tried)}", escape(done.row.must),
            f"[{_COLOURS[done.state]}]{done.state}[/]", what,
        )  # fmt: skip
    console.print(made)


def _shown(figures: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in figures.items())
