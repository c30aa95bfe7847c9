"""Records of things: their keys tell that a "name" or a "title" among them is nobody's, and a code no number of anyone.

Books have an ISBN, stations have platforms, flights go "from" and "to". Where anything else in the document identifies
a person, everything stays.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from proxy.core.findings import Finding
from proxy.detection.languages import words
from proxy.detection.merge import GUESSERS, disjoint
from proxy.detection.people.carriers import IDENTIFIERS, is_full, is_identified
from proxy.detection.people.labels import without_name
from proxy.detection.people.records import is_listed
from proxy.detection.text.context import ContextWords, normalised, unaccented
from proxy.detection.text.fields import NUMBERED, Cell

#: Keys that only things have; keys of journeys; keys under which the name of a thing stands.
_MARKS: Final = frozenset(map(unaccented, words("thing_marks")))
_JOURNEYS: Final = frozenset(map(unaccented, words("journey_marks")))
_NAMING: Final = frozenset(map(unaccented, (*words("thing_names"), *words("goods_columns"))))
_NAME: Final = frozenset(words("bare_names"))
_WAYS: Final = frozenset(map(unaccented, words("way_keys")))
_NAMES: Final = frozenset({"PERSON", "USERNAME", "STREET_ADDRESS", "VEHICLE_ID", "ZIP_CODE", "AGE"})
_CODES: Final = (IDENTIFIERS | _NAMES) - {"EMAIL_ADDRESS", "DATE_OF_BIRTH", "GEO_COORDINATES"}
_PERSON: Final = re.compile(r"[^\W\d_][^\d_@/<>{}\[\]=|;]{1,40}")
_NUMBERS: Final = ContextWords(*words("number_columns"))
_SCORE: Final = 0.85
_DATE: Final = re.compile(r"(?:(\d{4})[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.](\d{4}))(?:[T ]00:00[:0.]*Z?)?")
_BIRTHS: Final = range(1900, 2013)
_WORD: Final = re.compile(r"\w+")
#: Words of the longest value that is a name and nothing else.
_MOST: Final = 4


def without_things(text: str, findings: Sequence[Finding], cells: Sequence[Cell]) -> tuple[Finding, ...]:
    """Drop what the keys of a document make the names and codes of things; ``cells`` are its values in order."""
    keys = {cell.label: _key(cell.label) for cell in cells}
    marks, naming = _about(frozenset(keys.values()))
    if not marks:
        return tuple(findings)
    titled = any(keys[cell.label] in _NAMING for cell in cells if cell.end)

    def is_borne(finding: Finding, cell: Cell) -> bool:
        key = keys[cell.label]
        if key in marks and finding.entity_type in _CODES:
            return True
        if key not in naming or finding.entity_type not in _NAMES:
            return False
        short = len(_WORD.findall(text[cell.start : cell.end])) <= _MOST
        return short and not (titled and key in _NAME and is_full(text, finding))

    borne = {f for f, cell in _placed(findings, cells) if is_borne(f, cell)}
    rest = tuple(f for f in findings if f not in borne)
    return tuple(findings) if is_identified(rest, data=True) else rest


def with_staff(text: str, findings: Sequence[Finding], cells: Sequence[Cell]) -> tuple[Finding, ...]:
    """Add the values under a bare "name" of documents whose keys number people, if they look like names."""
    if not any(_NUMBERS.opens(normalised(label)) for label in dict.fromkeys(cell.label for cell in cells)):
        return tuple(findings)
    bare = (cell for cell in cells if _key(cell.label) in _NAME and _PERSON.fullmatch(text, cell.start, cell.end))
    names = {cell for cell in bare if is_listed(text[cell.start : cell.end])}
    persons = [Finding("PERSON", cell.start, cell.end, _SCORE, "column") for cell in names]
    return disjoint([*persons, *(f for f, cell in _placed(findings, cells) if cell not in names)])


def with_births(text: str, findings: Sequence[Finding], cells: Sequence[Cell]) -> tuple[Finding, ...]:
    """Turn the dates of a column without a header into births, beside a name and an address or a second name."""
    numbered = [cell for cell in cells if cell.label[:1] == NUMBERED]
    births = {cell.label for cell in numbered if _is_birth(text, cell)}
    births -= {cell.label for cell in numbered if cell.label in births and not _is_birth(text, cell)}
    placed = _placed(findings, cells) if births else []
    inner = [(f, cell) for f, cell in placed if cell.label[:1] == NUMBERED and cell.label not in births]
    names = {cell.label for f, cell in inner if f.entity_type == "PERSON" and _is_name(text, f, cell)}
    addresses = [f for f, _ in inner if f.entity_type == "STREET_ADDRESS"]
    if any(f.recognizer not in GUESSERS for f in addresses):
        names |= {cell.label for cell in numbered if _PERSON.fullmatch(text, cell.start, cell.end)}
    if not names or not (len(names) > 1 or addresses):
        return tuple(findings)
    born = (cell for cell in numbered if cell.label in births)
    dates = [Finding("DATE_OF_BIRTH", cell.start, cell.end, _SCORE, "column") for cell in born]
    return disjoint([*dates, *(f for f, cell in placed if cell.label not in births)])


def _is_name(text: str, finding: Finding, cell: Cell) -> bool:
    """Whether a name is all that a value holds."""
    return finding.end == cell.end and _PERSON.fullmatch(text, cell.start, cell.end) is not None


def _is_birth(text: str, cell: Cell) -> bool:
    """Whether a value is a date on which somebody of age may be born."""
    date = _DATE.fullmatch(text, cell.start, cell.end)
    return date is not None and int(date[1] or date[2]) in _BIRTHS


def _placed(findings: Sequence[Finding], cells: Sequence[Cell]) -> list[tuple[Finding, Cell]]:
    """Return findings, each with the value that it lies in."""
    starts = [cell.start for cell in cells]
    return [(f, cells[max(bisect_right(starts, f.start) - 1, 0)]) for f in findings] if cells else []


def _about(keys: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the keys whose values are codes of things, and those whose values are names of things or places."""
    things, journeys = not keys.isdisjoint(_MARKS), not keys.isdisjoint(_JOURNEYS)
    nothing = frozenset[str]()
    if not (things or journeys):
        return nothing, nothing
    ways = _WAYS if journeys else nothing
    return _MARKS | (_JOURNEYS if journeys else nothing), _NAMING | ways | (_NAME if things else nothing)


def _key(label: str) -> str:
    """Return the words of a key, without one for "name" behind others."""
    return " ".join(without_name(label)) or normalised(label).strip()
