"""Findings from field names: in ``{"ssn": "212456789"}`` the number alone is not recognisable.

The pattern tier scans a short value under an object key once more after its key, as in a form (``ssn: 212456789``); a
value under a key for names is a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from proxy.core.deidentification.conflicts import resolve
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.records import TextSpan

_LONGEST_VALUE = 96
_LONGEST_KEY = 64
_RECOGNIZER = "field_name"
_SURE = 0.85
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_NAME_VALUE = re.compile(r"[^\W\d_][^\d_@/<>{}\[\]=]{1,63}")
#: Keys that hold prose or the dialect's own words.
_PROSE = frozenset({"content", "text", "role", "type", "id", "name", "description", "arguments", "title", "model"})
#: Schema keywords whose values belong to the property around them.
_SCHEMA = frozenset({"default", "enum", "const", "example", "examples"})
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


@dataclass(frozen=True, slots=True)
class Field:
    """One short value with the words of its key; ``span`` is the index of its span."""

    span: int
    label: str
    value: str

    @property
    def form(self) -> str:
        """The field as a line of a form, which is scanned."""
        return f"{self.label}: {self.value}"


def fields(spans: Sequence[TextSpan]) -> list[Field]:
    """Return the short values under keys that may describe them."""
    found: list[Field] = []
    for index, span in enumerate(spans):
        if span.kind == "key" or not 0 < len(span.text) <= _LONGEST_VALUE:
            continue
        key = _key(span.pointer)
        if key and key not in _PROSE and len(key) <= _LONGEST_KEY:
            label = " ".join(_WORDS.findall(key)).lower()
            if label:
                found.append(Field(index, label, span.text))
    return found


def _key(pointer: str) -> str:
    """Return the innermost object key of a pointer, skipping list indices and schema keywords."""
    for part in reversed(pointer.replace("#", "/").split("/")):
        if part and not part.isdecimal() and part.removesuffix("~list") not in _SCHEMA:
            return part.removesuffix("~list").replace("~2", "#").replace("~1", "/").replace("~0", "~")
    return ""


def read(fields: Iterable[Field], scanned: Iterable[Sequence[Finding]]) -> Iterator[tuple[int, Finding]]:
    """Yield (index of the span, finding in its text) of fields; ``scanned`` are the findings in the form of each."""
    for field, findings in zip(fields, scanned, strict=True):
        start = len(field.form) - len(field.value)
        for finding in findings:
            if finding.end > start:
                yield field.span, finding.at(max(finding.start - start, 0), finding.end - start)
        if field.label in _NAMES and _NAME_VALUE.fullmatch(field.value):
            yield field.span, Finding("PERSON", 0, len(field.value), _SURE, _RECOGNIZER)


def added(segments: Sequence[SegmentFindings], found: Iterable[tuple[int, Finding]]) -> tuple[SegmentFindings, ...]:
    """Return the segments with the findings of fields, which take precedence where they overlap."""
    by_span: dict[int, list[Finding]] = {}
    for index, finding in found:
        by_span.setdefault(index, []).append(finding)
    result = list(segments)
    for index, findings in by_span.items():
        both = (*findings, *result[index].findings)
        result[index] = replace(result[index], findings=resolve(both, _ByField(findings)))
    return tuple(result)


class _ByField:
    """Ranks findings of fields before others."""

    __slots__ = ("_of_fields",)

    def __init__(self, of_fields: Iterable[Finding]) -> None:
        self._of_fields = frozenset(of_fields)

    def __call__(self, finding: Finding) -> int:
        return 0 if finding in self._of_fields else 1
