"""Draw the tables of measured figures as bars; a figure stands in one place, the table of its page."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from docs.drawing import Drawing

_LEFT, _WIDTH, _BAR = 350, 420, 16
_KINDS = ("ours", "box")


class Series(NamedTuple):
    """A column of a table that is drawn, and what it is called."""

    column: str
    name: str


def table(page: str, first: str) -> list[dict[str, str]]:
    """Return the rows of the table on a page whose first column is called ``first``, by the names of the columns.

    Raises:
        ValueError: there is no such table.

    """
    text = (Path(__file__).parent / page).read_text()
    found = re.search(rf"^\| {re.escape(first)} \|.*\n\|[-|]+\n(?:\|.*\n)+", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"docs/{page} has no table whose first column is '{first}'")
    head, _, *rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in found[0].splitlines()]
    return [dict(zip(head, row, strict=True)) for row in rows]


def number(cell: str) -> float:
    """Return the figure of a cell; an empty one is nought."""
    return float(cell.replace(",", "") or 0)


def bars(title: str, rows: Sequence[dict[str, str]], series: Sequence[Series], *, top: float = 0.0) -> str:
    """Draw a group of bars for each row, a bar for each series, up to ``top``; without one the scale is logarithmic."""
    drawing = Drawing(title)
    values = [[number(row[one.column]) for one in series] for row in rows]
    largest = math.log10(max(map(max, values)))
    y = 14.0
    for place, (one, kind) in enumerate(zip(series, _KINDS, strict=False)):
        drawing.rectangle(_LEFT + place * 220, y, 12, 12, kind)
        drawing.text(_LEFT + 18 + place * 220, y + 11, one.name, "small")
    y += 30
    for row, figures in zip(rows, values, strict=True):
        drawing.text(12, y + 13, next(iter(row.values())), "small")
        for figure, kind in zip(figures, _KINDS, strict=False):
            if figure:
                long = figure / top if top else math.log10(figure) / largest
                drawing.rectangle(_LEFT, y, max(_WIDTH * long, 2), _BAR, kind)
                drawing.text(_LEFT + _WIDTH * long + 8, y + 13, f"{figure:,g}", "small")
                y += _BAR + 2
        y += 10
    return drawing.svg()


def cost() -> str:
    """Draw the CPU of a request beside other proxies."""
    rows = table("explanation/performance.md", "target")
    series = (
        Series("CPU µs per request, 16 conn.", "the proxy, CPU µs per request"),
        Series("beside, CPU µs", "processes beside it (scale is logarithmic)"),
    )
    return bars("CPU per request, beside a bare proxy and LiteLLM", rows, series)


def detection() -> str:
    """Draw how much of what is labelled is found, beside Presidio's default."""
    rows = table("explanation/detection.md", "set")
    series = (
        Series("mask F2", "compliance-proxy, mask F2"),
        Series("Presidio, mask F2", "Presidio's default, mask F2"),
    )
    return bars("Mask F2 on development sets, beside Presidio's default", rows, series, top=1.0)


def saturation() -> str:
    """Draw at how many requests a second each part of a region is busy all the time."""
    rows = table("how-to/size-it.md", "part of a region")
    return bars("Where a region saturates", rows, [Series("requests/s", "requests a second of a region, logarithmic")])
