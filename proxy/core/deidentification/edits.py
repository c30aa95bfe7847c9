"""Edits of texts: disjoint, ordered replacements, and what lies outside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from proxy.core.deidentification.pieces import Edit
from proxy.core.search.occurrences import Hit

#: The edits of the texts that have any, by index.
Edits = dict[int, list[Edit]]
_Hit = TypeVar("_Hit", Hit, tuple[int, int, bytes])


def splice(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with disjoint, ordered edits applied."""
    pieces: list[str] = []
    done = 0
    for start, end, new in edits:
        pieces.append(text[done:start])
        pieces.append(new)
        done = end
    pieces.append(text[done:])
    return "".join(pieces)


def any_outside(hits: Iterable[Hit], edits: Sequence[Edit]) -> bool:
    """Whether a hit overlaps no edit; hits are in any order and may overlap."""
    return any(outside([hit], edits) for hit in hits)


def outside(hits: Iterable[_Hit], edits: Sequence[Edit]) -> list[_Hit]:
    """Return the hits that overlap no edit; both are in order, and hits may overlap."""
    apart: list[_Hit] = []
    position, last = 0, len(edits)
    for hit in hits:
        while position < last and edits[position][1] <= hit[0]:
            position += 1
        if position == last or edits[position][0] >= hit[1]:
            apart.append(hit)
    return apart
