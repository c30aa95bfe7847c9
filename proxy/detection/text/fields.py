"""Findings from field names: in ``{"ssn": "212456789"}`` the number alone is not recognisable.

The pattern tier scans a short value once more after its key, as in a form (``ssn: 212456789``); a value under a key for
names is a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from proxy.core.deidentification.conflicts import resolve
from proxy.core.findings import Finding, SegmentFindings

LONGEST = 96
#: What the label of a column without a name begins with; the column's number follows.
NUMBERED = "#"
_RECOGNIZER = "field_name"
_SURE = 0.85
_NAME_VALUE = re.compile(r"[^\W\d_][^\d_@/<>{}\[\]=]{1,63}")
_NAMES = frozenset(
    """
    first name|last name|full name|given name|family name|middle name|maiden name|surname|patient name|customer name|
    client name|contact name|employee name|cardholder name|account holder|beneficiary name|vorname|nachname|
    familienname|geburtsname|prenom|prénom|nom de famille|nombre completo|apellido|apellidos|cognome|nome completo|
    achternaam|voornaam|imie|imię|nazwisko
    """.replace("\n    ", "")
    .strip()
    .split("|")
)


class Cell(NamedTuple):
    """One value and the words of its key: offsets in characters, end exclusive."""

    label: str
    start: int
    end: int


def read(text: str, cells: Iterable[Cell], scan: Callable[[str], Sequence[Finding]]) -> Iterator[Finding]:
    """Yield what the pattern tier finds in the short values of a text, each read as a line of a form."""
    for label, start, end in cells:
        if 0 < end - start <= LONGEST:
            form = f"{label}: {text[start:end]}"
            shift = start - (len(form) - (end - start))
            for finding in scan(form):
                if finding.end + shift > start:
                    yield finding.at(max(finding.start + shift, start), finding.end + shift)


def named(text: str, cells: Iterable[Cell]) -> Iterator[Finding]:
    """Yield the values under keys for names."""
    for label, start, end in cells:
        if label in _NAMES and _NAME_VALUE.fullmatch(text, start, end):
            yield Finding("PERSON", start, end, _SURE, _RECOGNIZER)


def added(segment: SegmentFindings, findings: Iterable[Finding]) -> SegmentFindings:
    """Return the segment with the findings of fields, which take precedence where they overlap."""
    of_fields = frozenset(findings)
    if not of_fields:
        return segment
    both = (*of_fields, *segment.findings)
    return replace(segment, findings=resolve(both, lambda finding: finding not in of_fields))
