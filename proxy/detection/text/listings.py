"""Listings: files as agents' tools show them, each line behind its number. What is read are the lines without it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from proxy.detection.text.fields import Cell

_NUMBERED: Final = re.compile(
    r"[ \t]*(?P<number>\d{1,6})(?P<mark>\t|→|:(?!\d) ?| ?│ ?| ?[|] ?(?![^\n]*[|]))(?P<line>[^\n]*)"
)
_LINE: Final = re.compile(r"(?m)^[^\n]*$")
_FEWEST: Final = 2
#: Marks that part the columns of tables too: those have a header, or more of them in a line.
_COLUMNS: Final = frozenset("\t|")


class Listing(NamedTuple):
    """The lines of a listing as one text; where each begins in that, and in the text with numbers."""

    text: str
    starts: Sequence[int]
    origins: Sequence[int]

    def back(self, cells: Iterable[Cell]) -> Iterator[Cell]:
        """Yield cells of the lines at their offsets in the text with numbers, one for each line of theirs."""
        for label, start, end in cells:
            low = start
            while low < end:
                at = bisect_right(self.starts, low) - 1
                high = min(end, self.starts[at + 1] - 1) if at + 1 < len(self.starts) else end
                if high > low:
                    shift = self.origins[at] - self.starts[at]
                    yield Cell(label, low + shift, high + shift)
                low = high + 1


def listing(text: str) -> Listing | None:
    """Return a text of which most lines have a number, greater than the last one, without the numbers."""
    lines = list(_LINE.finditer(text))
    marks: set[str] = set()
    last, numbered = -1, 0
    for at, line in enumerate(lines):
        shown = _NUMBERED.match(text, *line.span())
        if shown is not None and int(shown["number"]) > last and marks <= {shown["mark"].strip(" ")}:
            marks.add(shown["mark"].strip(" "))
            last, numbered = int(shown["number"]), numbered + 1
            lines[at] = shown
    others = (line[0] for line in lines if line.re is _LINE)
    if numbered < _FEWEST or 2 * numbered < len(lines) or any(marks & set(line) & _COLUMNS for line in others):
        return None
    spans = [line.span("line" if line.re is _NUMBERED else 0) for line in lines]
    starts = list(accumulate((end - start + 1 for start, end in spans), initial=0))[:-1]
    return Listing("\n".join(text[start:end] for start, end in spans), starts, [start for start, _ in spans])
