"""What a row of the table is, and the list of all rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.hostile.stand import Stand


@dataclass
class Found:
    """How a row went. ``said`` is a line for people; ``figures`` are numbers by name."""

    holds: bool
    said: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One hostile condition. ``known`` rows are known not to hold yet; ``last`` ones leave the stack changed."""

    name: str
    group: str
    tried: str
    must: str
    run: Callable[[Stand], Awaitable[Found]]
    known: bool = False
    last: bool = False
    patience_s: float = 90.0


ROWS: list[Row] = []


def row(
    name: str, tried: str, must: str, *, group: str, known: bool = False, last: bool = False, patience_s: float = 90.0
) -> Callable[[Callable[[Stand], Awaitable[Found]]], Callable[[Stand], Awaitable[Found]]]:
    """Add a row to the list."""

    def add(run: Callable[[Stand], Awaitable[Found]]) -> Callable[[Stand], Awaitable[Found]]:
        ROWS.append(Row(name, group, tried, must, run, known, last, patience_s))
        return run

    return add


def judged(faults: list[str], well: str, **figures: Any) -> Found:
    """Return how a row went, from what was wrong."""
    return Found(not faults, "; ".join(faults) or well, figures)
