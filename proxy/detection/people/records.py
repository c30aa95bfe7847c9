"""What records of people say by their keys and columns, where no model or pattern does: only beside an identifier.

A value under a key for numbers of people is one. Under a key without words a name, a long number, a date of an age
that people have are somebody's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from proxy.core.findings import Finding
from proxy.detection.languages import COUNTRIES, words
from proxy.detection.merge import GUESSERS, disjoint
from proxy.detection.people.carriers import placed
from proxy.detection.people.known_names import status_of
from proxy.detection.text.context import ContextWords, normalised
from proxy.detection.text.fields import Cell
from proxy.detection.text.ordinary import ordinary

RECOGNIZER: Final = "record"
_SCORE: Final = 0.7
_NUMBER: Final = ContextWords(*words("number_columns"))
_NAME: Final = re.compile(r"(?=.*[^\W\d_]{2})[^\W\d_a-zà-ÿ][^\d_@/<>{}\[\]=|;:,]{0,39}(?:, [^\W\d_]{2,20})?")
_OPAQUE: Final = re.compile(r"[^\W\d_]{0,2}\W?\d{0,4}")
_LONG: Final = re.compile(r"\+?\d(?:[ ./-]?\d){6,14}")
_BIRTH: Final = re.compile(r"(?:\D|\b)(?:19\d\d|20[01]\d)(?:\D|\b)")
_PLACES: Final = frozenset({"LOCATION", "ORGANIZATION"})
_MOST_WORDS: Final = 4


def with_records(text: str, findings: Sequence[Finding], cells: Sequence[Cell]) -> tuple[Finding, ...]:
    """Add what keys say of the values of records (disjoint findings and cells, in order)."""
    within: dict[Cell, list[Finding]] = {cell: [] for cell in cells}
    for finding, cell in placed(sorted(findings, key=attrgetter("start")), cells):
        within[cell].append(finding)  # what lies outside of all belongs to the one before
    added = [name for cell, inner in within.items() if (name := _of_cell(text, cell, inner)) is not None]
    over = {(f.start, f.end) for f in added}
    return disjoint(
        [*added, *(f for cell, inner in within.items() if (cell.start, cell.end) not in over for f in inner)]
    )


def _of_cell(text: str, cell: Cell, inner: Sequence[Finding]) -> Finding | None:
    """Return what a value is by its key, if that says more than the findings in it."""
    label, value = normalised(cell.label), text[cell.start : cell.end]
    kinds = {f.entity_type for f in inner}
    guess = len(inner) == 1 and _is_all(cell, inner, *kinds) and inner[0].recognizer in GUESSERS
    kind = ""
    if _NUMBER.opens(label):
        kind = "USERNAME" if kinds <= {"ZIP_CODE"} and any(map(str.isdigit, value)) else ""
    elif _OPAQUE.fullmatch(cell.label):
        if kinds <= _PLACES and _may_be_name(text, cell, inner) and (guess or is_listed(value)):
            kind = "PERSON"
        elif kinds <= {"DATE"} and _LONG.fullmatch(value):
            kind = "DATE_OF_BIRTH" if kinds and _BIRTH.search(value) else "PHONE_NUMBER"
    return Finding(kind, cell.start, cell.end, _SCORE, RECOGNIZER) if kind else None


def is_listed(value: str) -> bool:
    """Whether a word of a value is a name by the lists, or a word that no language knows."""
    parts = re.findall(r"[^\W\d_]{3,}", value)
    return any(status.given or status.family for status in map(status_of, parts)) or not all(map(ordinary, parts))


def _is_all(cell: Cell, inner: Sequence[Finding], *kinds: str) -> bool:
    """Whether a finding of some kind is most of a cell."""
    return any(f.entity_type in kinds and 2 * (f.end - f.start) > cell.end - cell.start for f in inner)


def _may_be_name(text: str, cell: Cell, inner: Sequence[Finding]) -> bool:
    """Whether a cell holds nothing but a few words with capitals, no country."""
    value = text[cell.start : cell.end]
    if _NAME.fullmatch(value) is None or len(value.split()) > _MOST_WORDS:
        return False
    return value.casefold() not in COUNTRIES and all(
        f.entity_type in _PLACES | {"PERSON", "NATIONALITY", "USERNAME"} for f in inner
    )
