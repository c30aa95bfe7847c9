"""What records of people say by their keys and columns, where no model or pattern does: only beside an identifier.

The cells of one column, or the values under one key, are of one kind: where some are names, all words are. A value
under a key for addresses or for numbers of people is one. Under a key without words a name, a long number, a date of
an age that people have are somebody's, and a postal code counts under its own keys only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from proxy.core.findings import Finding
from proxy.detection.languages import COUNTRIES, words
from proxy.detection.merge import GUESSERS, disjoint
from proxy.detection.people.carriers import is_carrier, placed
from proxy.detection.people.known_names import known
from proxy.detection.people.labels import is_persons
from proxy.detection.text.context import ContextWords, normalised, unaccented
from proxy.detection.text.fields import Cell
from proxy.detection.text.ordinary import ordinary

RECOGNIZER: Final = "record"
_SCORE: Final = 0.7
_ADDRESS, _NUMBER, _POSTAL = (
    ContextWords(*words(name)) for name in ("address_columns", "number_columns", "postal_columns")
)
_TOWNS: Final = frozenset(words("towns"))
_NAME: Final = re.compile(r"(?=.*[^\W\d_]{2})[^\W\d_a-zà-ÿ][^\d_@/<>{}\[\]=|;:,]{0,39}(?:, [^\W\d_]{2,20})?")
_STREET: Final = re.compile(r"(?=.*[^\W\d_]{3})[^{}<>=@]{4,80}")
_NUMBERED_STREET: Final = re.compile(r"[^\W\d_][^\d_{}<>=@;:]{3,60} \d{1,4} ?[A-Za-z]?(?:[ /-]\d{1,4})?")
_OPAQUE: Final = re.compile(r"[^\W\d_]{0,2}\W?\d{0,4}")
_LONG: Final = re.compile(r"\+?\d(?:[ ./-]?\d){6,14}")
_BIRTH: Final = re.compile(r"(?:\D|\b)(?:19\d\d|20[01]\d)(?:\D|\b)")
_PLACES: Final = frozenset({"LOCATION", "ORGANIZATION"})
_MOST_WORDS: Final = 4
#: From this share of names on a column is one of names.
_SHARE: Final = 3


def with_records(
    text: str, findings: Sequence[Finding], cells: Sequence[Cell], *, columns: bool
) -> tuple[Finding, ...]:
    """Add what keys, and if asked ``columns``, say of the values of records (disjoint findings and cells, in order)."""
    within = _within(findings, cells)
    added = [finding for cell, inner in within if (finding := _of_cell(text, cell, inner)) is not None]
    named = {(f.start, f.end) for f in added if f.entity_type == "PERSON"}
    ordered = sorted(within, key=lambda pair: pair[0].label)
    for _, group in groupby(ordered if columns else (), key=lambda pair: pair[0].label):
        added += _of_column(text, list(group), named)
    over = {(f.start, f.end) for f in added}
    return disjoint([*added, *(f for cell, inner in within if (cell.start, cell.end) not in over for f in inner)])


def _within(findings: Sequence[Finding], cells: Sequence[Cell]) -> list[tuple[Cell, list[Finding]]]:
    """Return each cell with the findings that begin in it; what lies outside of all belongs to the one before."""
    within: dict[Cell, list[Finding]] = {cell: [] for cell in cells}
    for finding, cell in placed(sorted(findings, key=attrgetter("start")), cells):
        within[cell].append(finding)
    return list(within.items())


def _of_column(
    text: str, group: Sequence[tuple[Cell, list[Finding]]], named: set[tuple[int, int]]
) -> Iterator[Finding]:
    """Yield names, or streets, for the cells of a column of which enough are some."""
    for kind, may_be in (("PERSON", _may_be_name), ("STREET_ADDRESS", _may_be_street)):
        some = [cell for cell, inner in group if (cell.start, cell.end) in named or _is_all(cell, inner, kind)]
        if some and len(some) * _SHARE >= len(group):
            for cell, inner in group:
                if cell not in some and may_be(text, cell, inner):
                    yield Finding(kind, cell.start, cell.end, _SCORE, RECOGNIZER)
            return


def _of_cell(text: str, cell: Cell, inner: Sequence[Finding]) -> Finding | None:
    """Return what a value is by its key, if that says more than the findings in it."""
    label, value = normalised(cell.label), text[cell.start : cell.end]
    kinds = {f.entity_type for f in inner}
    guess = len(inner) == 1 and _is_all(cell, inner, *kinds) and inner[0].recognizer in GUESSERS
    kind = ""
    if _ADDRESS.opens(label):
        kind = "STREET_ADDRESS" if kinds <= _PLACES | {"PERSON"} and _STREET.fullmatch(value) else ""
    elif _NUMBER.opens(label):
        kind = "USERNAME" if kinds <= {"ZIP_CODE"} and any(map(str.isdigit, value)) else ""
    elif _OPAQUE.fullmatch(cell.label):
        if kinds <= _PLACES and _may_be_name(text, cell, inner) and (guess or is_listed(value)):
            kind = "PERSON"
        elif kinds <= {"DATE"} and _LONG.fullmatch(value):
            kind = "DATE_OF_BIRTH" if kinds and _BIRTH.search(value) else "PHONE_NUMBER"
    elif kinds == {"ZIP_CODE"} and guess and not _POSTAL.opens(label):
        kind = "USERNAME"
    elif is_persons(cell.label) and _may_be_name(text, cell, inner) and kinds and kinds <= _PLACES:
        kind = "PERSON"
    return Finding(kind, cell.start, cell.end, _SCORE, RECOGNIZER) if kind else None


def is_listed(value: str) -> bool:
    """Whether a word of a value is a name by the lists, or a word that no language knows."""
    parts = re.findall(r"[^\W\d_]{3,}", value)
    return any(status.given or status.family for status in map(known, parts)) or not all(map(ordinary, parts))


def _is_all(cell: Cell, inner: Sequence[Finding], *kinds: str) -> bool:
    """Whether a finding of some kind is most of a cell."""
    return any(f.entity_type in kinds and 2 * (f.end - f.start) > cell.end - cell.start for f in inner)


def _may_be_street(text: str, cell: Cell, inner: Sequence[Finding]) -> bool:
    """Whether a cell holds words with a number behind them."""
    return _NUMBERED_STREET.fullmatch(text, cell.start, cell.end) is not None and not any(map(is_carrier, inner))


def _may_be_name(text: str, cell: Cell, inner: Sequence[Finding]) -> bool:
    """Whether a cell holds nothing but a few words with capitals, no country and no town."""
    value = text[cell.start : cell.end]
    if _NAME.fullmatch(value) is None or len(value.split()) > _MOST_WORDS:
        return False
    placed = value.casefold() in COUNTRIES or unaccented(value) in _TOWNS
    return not placed and all(f.entity_type in _PLACES | {"PERSON", "NATIONALITY", "USERNAME"} for f in inner)
