"""Charts as SVG, and in words for those who do not see them: bars or lines, stacked by a column. Pure.

The pictures have no script and fetch nothing; their colours differ in lightness, so that print tells them apart.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from proxy.reports.catalogue import ChartDescription
from proxy.reports.rows import cell

_WIDTH, _HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 12, 46
#: Of one hue and evenly spaced in lightness, so that they differ for every kind of sight and without colour.
_COLOURS = ("#08306b", "#2b7bba", "#8fc2de", "#b35806", "#f1a340", "#fee0b6", "#777777")
_REST = "other"
_SHORT = 20  # characters of a label
_MOST_COLUMNS = 12  # of names; days and weeks are all shown
_DATED = re.compile(r"\d{4}-\d\d-\d\d(T.*)?")
#: The ends that a scale may have, times a power of ten, and into how many parts each is divided.
_SCALES = ((2, 2), (4, 4), (6, 3), (8, 4), (10, 5))


#: For each column its name, and a figure of each series.
Figures = Sequence[tuple[str, Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart: the picture, a sentence about it, the names of its series, and its figures."""

    svg: str
    sentence: str
    series: Sequence[str]
    figures: Figures


def drawn(description: ChartDescription, rows: Iterable[Mapping[str, Any]]) -> Chart | None:
    """Return the chart of rows, None where there is nothing to draw."""
    sums = _sums(description, rows)
    if not any(series.total() for series in sums.values()):
        return None
    names = _names(sums, len(_COLOURS))
    figures = [(x, [_of(series, name, names) for name in names]) for x, series in _columns(sums).items()]
    sentence = _caption(description, names, figures)
    body = "".join(_picture(description.kind, names, figures))
    return Chart(_svg(sentence, body), sentence, names, figures)


def _sums(description: ChartDescription, rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Counter[str]]:
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        stack = cell(row[description.stack]) if description.stack else description.y
        sums[_name(row[description.x])][stack or "none"] += row[description.y] or 0
    return sums


def _name(value: Any) -> str:
    """Return what stands below a column; a moment counts for its day."""
    name = cell(value)
    return name[:10] if _DATED.fullmatch(name) else name or "none"


def _names(sums: Mapping[str, Counter[str]], most: int) -> Sequence[str]:
    """Return the names of the series, the largest first; those beyond ``most`` are one."""
    whole: Counter[str] = Counter()
    for series in sums.values():
        whole.update(series)
    names = [name for name, _ in sorted(whole.items(), key=lambda item: (-item[1], item[0]))]
    return names if len(names) <= most else [*names[: most - 1], _REST]


def _columns(sums: Mapping[str, Counter[str]]) -> Mapping[str, Counter[str]]:
    """Return days and weeks in order; of names the largest first, and those beyond twelve as one."""
    if all(map(_DATED.fullmatch, sums)):
        return dict(sorted(sums.items()))
    largest = sorted(sums, key=lambda x: (-sums[x].total(), x))
    if len(largest) <= _MOST_COLUMNS:
        return {x: sums[x] for x in largest}
    rest: Counter[str] = Counter()
    for x in largest[_MOST_COLUMNS - 1 :]:
        rest.update(sums[x])
    return {**{x: sums[x] for x in largest[: _MOST_COLUMNS - 1]}, _REST: rest}


def _of(series: Counter[str], name: str, names: Sequence[str]) -> int:
    others = sum(total for item, total in series.items() if item not in names) if name == _REST else 0
    return series[name] + others


def _caption(description: ChartDescription, names: Sequence[str], figures: Figures) -> str:
    totals = {x: sum(values) for x, values in figures}
    most = max(totals, key=lambda x: totals[x])
    by = f' and "{description.stack}" ({", ".join(names)})' if description.stack else ""
    whole = f"{sum(totals.values()):,} in all; most for {most}: {totals[most]:,}"
    return f'Sums of "{description.y}" by "{description.x}"{by}: {whole}.'


def _svg(sentence: str, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'role="img" aria-label="{escape(sentence)}" font-family="system-ui, sans-serif" font-size="11">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>{body}</svg>'
    )


def _picture(kind: str, names: Sequence[str], figures: Figures) -> Iterator[str]:
    stacked = kind == "bars"
    top, parts = _scale(max(sum(values) if stacked else max(values) for _, values in figures))
    yield from _grid(top, parts)
    yield from _labels([x for x, _ in figures])
    yield from _bars(figures, top) if stacked else _lines(figures, top, len(names))
    yield from _legend(names)


def _scale(most: int) -> tuple[int, int]:
    """Return the end of the scale, a round number that is not less than ``most``, and its number of parts."""
    power = 10 ** (len(str(most)) - 1)
    return next((step * power, parts) for step, parts in _SCALES if step * power >= most)


def _y(value: float, top: int) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM - 16) * value / top


def _legend_at(number: int, count: int) -> tuple[float, float]:
    """Return the middle and the width of a column."""
    width = (_WIDTH - _LEFT - _RIGHT) / count
    return _LEFT + width * (number + 0.5), width


def _grid(top: int, parts: int) -> Iterator[str]:
    for part in range(parts + 1):
        value = top * part // parts
        y = _y(value, top)
        yield f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#cccccc"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#222222">{value:,}</text>'


def _labels(names: Sequence[str]) -> Iterator[str]:
    every = -(-len(names) // 9)
    for number, name in enumerate(names):
        if number % every == 0:
            x, _ = _legend_at(number, len(names))
            y = _HEIGHT - _BOTTOM + 16
            yield f'<text x="{x:.1f}" y="{y}" text-anchor="middle" fill="#222222">{escape(_short(name))}</text>'


def _bars(figures: Figures, top: int) -> Iterator[str]:
    for number, (_, values) in enumerate(figures):
        x, width = _legend_at(number, len(figures))
        wide, below = min(width * 0.7, 60), 0
        for colour, value in zip(_COLOURS, values, strict=False):
            y, height = _y(below + value, top), _y(below, top) - _y(below + value, top)
            below += value
            if value:
                box = f'x="{x - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{height:.1f}"'
                yield f'<rect {box} fill="{colour}" stroke="#ffffff"/>'


def _lines(figures: Figures, top: int, count: int) -> Iterator[str]:
    for series, colour in zip(range(count), _COLOURS, strict=False):
        places = [(_legend_at(n, len(figures))[0], _y(values[series], top)) for n, (_, values) in enumerate(figures)]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)


def _legend(names: Sequence[str]) -> Iterator[str]:
    x, y = float(_LEFT), _HEIGHT - 14
    for name, colour in zip(names, _COLOURS, strict=False):
        shown = _short(name)
        yield f'<rect x="{x:.0f}" y="{y - 9}" width="10" height="10" fill="{colour}"/>'
        yield f'<text x="{x + 14:.0f}" y="{y}" fill="#222222">{escape(shown)}</text>'
        x += 26 + 6.4 * len(shown)


def _short(name: str) -> str:
    return name if len(name) <= _SHORT else f"{name[: _SHORT - 1]}…"
