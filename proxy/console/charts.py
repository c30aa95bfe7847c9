"""Figures as columns and lines of SVG without any style of its own: places, which the templates draw. Pure.

Percent across and pixels down, so that text keeps its size on every width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

#: Room above and below the plot, pixels.
_TOP, _BOTTOM = 26, 22
_MOST_LABELS = 14
#: The widest column, percent: a chart of two names is not a wall.
_WIDEST = 9.0
#: The ends that a scale may have, times a power of ten, and into how many parts each is divided.
_SCALES = ((1.2, 3), (1.5, 3), (2, 2), (2.5, 5), (3, 3), (4, 4), (5, 5), (6, 3), (8, 4), (10, 5))


@dataclass(frozen=True, slots=True)
class ChartPiece:
    """A series' part of a column: its class (c1 the palest to c3, c4 hatched), and where it stands, pixels."""

    kind: str
    y: float
    height: float
    value: int


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """A column: where it begins and how wide it is, percent; its label, "" for none; where its figures lead."""

    x: float
    width: float
    name: str
    label: str
    total: int
    href: str
    pieces: Sequence[ChartPiece]

    @property
    def middle(self) -> float:
        """The middle of it, percent."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """A chart of stacked columns: ``series`` are names with their classes and sums, ``grid`` heights with figures."""

    height: int
    base: float
    series: Sequence[tuple[str, str, int]]
    grid: Sequence[tuple[float, int]]
    columns: Sequence[ChartColumn]

    @property
    def total(self) -> int:
        """The sum of all."""
        return sum(column.total for column in self.columns)

    @property
    def largest(self) -> ChartColumn:
        """The highest column."""
        return max(self.columns, key=lambda column: column.total)


def columns(
    figures: Sequence[tuple[str, Mapping[str, int]]],
    kinds: Mapping[str, str],
    href: Callable[[str], str],
    label: Callable[[str], str] = str,
    height: int = 300,
) -> ColumnChart | None:
    """Return the chart of figures by name: for each the value of each series; ``kinds``: the class of each, in order.

    None where there is nothing to draw.
    """
    totals = [sum(values.get(name, 0) for name in kinds) for _, values in figures]
    if not any(totals):
        return None
    base, (most, parts) = float(height - _BOTTOM), _scale(max(totals))
    unit, every = (base - _TOP) / most, -(-len(figures) // _MOST_LABELS)
    step, drawn = 93.0 / len(figures), []
    for index, ((name, values), total) in enumerate(zip(figures, totals, strict=True)):
        shown = label(name) if index % every == 0 else ""
        width = min(step * 0.72, _WIDEST)
        x = 7 + step * index + (step - width) / 2
        drawn.append(ChartColumn(x, width, name, shown, total, href(name), _pieces(values, kinds, base, unit)))
    sums = [(name, kind, sum(values.get(name, 0) for _, values in figures)) for name, kind in kinds.items()]
    grid = [(base - unit * most * part / parts, most * part // parts) for part in range(1, parts + 1)]
    return ColumnChart(height, base, sums, grid, drawn)


def _pieces(values: Mapping[str, int], kinds: Mapping[str, str], base: float, unit: float) -> Sequence[ChartPiece]:
    pieces, top = [], base
    for name, kind in kinds.items():
        if value := values.get(name, 0):
            tall = max(value * unit, 1.0)
            top -= tall
            pieces.append(ChartPiece(kind, top, tall, value))
    return pieces


def _scale(most: int) -> tuple[int, int]:
    """Return the end of the scale, a round number that is not less than ``most``, and its number of parts."""
    power = 10 ** (len(str(most)) - 1)
    step, parts = next(scale for scale in _SCALES if scale[0] * power >= most and scale[0] * power % 1 == 0)
    whole = round(step * power)
    return (whole, parts) if whole % parts == 0 else (whole, 1)


def line(values: Sequence[int], height: int = 28) -> str:
    """Return the path of a small line, percent across; "" for fewer than two values."""
    if len(values) < 2:  # noqa: PLR2004 - a line needs two ends
        return ""
    top, step = max(*values, 1), 100 / (len(values) - 1)
    points = [f"{index * step:.1f},{height - 2 - (height - 4) * value / top:.1f}" for index, value in enumerate(values)]
    return "M" + " L".join(points)
