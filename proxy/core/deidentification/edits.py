"""Edits of texts: disjoint, ordered, and what lies outside them; quotes around words for numbers of SQL."""

from __future__ import annotations

import re
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


_STATEMENT = re.compile(r"\b(?:insert|replace|upsert|update|delete|values|where)\b", re.IGNORECASE)
_BEFORE = re.compile(r"(?:[(,=<>]|\b(?:like|and|between|then|else))\s*\Z", re.IGNORECASE)
_BEHIND = re.compile(r"\s*(?:[),;]|\Z|--|(?:and|or|where|then|else|end|as|limit|order|returning|on)\b)", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_REACH = 16


def quoted(text: str, edits: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return disjoint, ordered edits with a word for an unquoted number of SQL in quotes."""
    statement = _STATEMENT.search(text) if edits else None
    if statement is None:
        return list(edits)
    done, within, changed = statement.start(), False, list[tuple[int, int, str]]()
    for start, end, new in edits:
        within ^= text.count("'", done, max(start, done)) % 2 == 1
        done = max(start, done)
        bare = (
            not within
            and _NUMBER.fullmatch(text, start, end)
            and not _NUMBER.fullmatch(new)
            and _BEFORE.search(text, max(0, start - _REACH), start)
            and _BEHIND.match(text, end)
        )
        changed.append((start, end, f"'{new}'" if bare else new))
    return changed
