"""Carriers: what says that a document speaks of a person. Weak evidence of a name counts only beside one."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from proxy.core.entities import ENTITIES, PERSONAL
from proxy.core.findings import PUBLIC, Finding
from proxy.detection.languages import COUNTRIES
from proxy.detection.merge import GUESSERS
from proxy.detection.people.known_names import inflected
from proxy.detection.people.labels import is_goods, is_personal
from proxy.detection.people.mentions import is_short, near
from proxy.detection.people.product_names import LISTS, is_product_name, named_after
from proxy.detection.people.vocabulary import NO_NAME, THINGS
from proxy.detection.text.fields import NUMBERED, Cell

#: Types that identify a person: no accounts, addresses of machines or secrets, which programs have too.
IDENTIFIERS: Final = frozenset(name for name, entity in ENTITIES.items() if entity.kind in PERSONAL) - {
    "USERNAME", "IP_ADDRESS", "DEVICE_ID", "URL",
}  # fmt: skip
#: Weak evidence in data.
_WEAK: Final = GUESSERS | LISTS | {"health_plan"}
#: What a guess makes of words and digits in data.
_GUESSED: Final = IDENTIFIERS | {"USERNAME", "ZIP_CODE"}
_WORD: Final = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")  # noqa: RUF001 -- as written in names
#: From this score a model is sure of a name in a sentence, which has so many small words or ends with one of these.
_SURE, _SMALL = 0.97, 3
_STOPS: Final = (".", ",", "!", "?")
#: Words of the longest name of a place that may be a person's.
_MOST = 3


def without_unsupported(text: str, findings: Sequence[Finding], cells: Sequence[Cell]) -> tuple[Finding, ...]:
    """Drop what nothing but weak evidence makes an identifier, in a document that identifies nobody otherwise.

    Of words those are names that lists alone have, unless they are too few for a context; of data, whose ``cells`` are
    given in order, all guesses in short values but those under a key for personal data or one with as many full names,
    and names in sentences.
    """
    if not cells and is_short(text):
        return tuple(findings)
    within = placed(findings, cells or [Cell("", 0, len(text))])
    within = [(f, cell) for f, cell in within if not (f.entity_type == "PERSON" and is_goods(cell.label))]
    if any(is_carrier(f) and not _is_weak(f, cell) for f, cell in within if cells):
        return tuple(f for f, _ in within)
    carriers = _carriers(f for f, _ in within if f.recognizer not in LISTS)
    unsure = Counter(cell.label for f, cell in within if f.entity_type == "PERSON")
    unsure.subtract(cell.label for f, cell in within for _ in range(2) if is_full(text, f))

    def is_supported(finding: Finding, cell: Cell) -> bool:
        if not _is_value(text, finding, cell):
            listed = finding.recognizer in LISTS and finding.entity_type == "PERSON"
            return not listed or near(carriers, finding.start)
        doubtful = _is_weak(finding, cell) and finding.entity_type in _GUESSED
        named = unsure.get(cell.label, 1) <= 0 or is_personal(cell.label)
        return not doubtful or named or _is_in_sentence(text, finding, cell)

    return tuple(finding for finding, cell in within if is_supported(finding, cell))


def _is_in_sentence(text: str, finding: Finding, cell: Cell) -> bool:
    """Whether a model is sure of a name among the words of a sentence."""
    rest = text[cell.start : finding.start], text[finding.end : cell.end]
    others = [word for part in rest for word in _WORD.findall(part)]
    ends = bool(others) and rest[1].rstrip().endswith(_STOPS)
    sentence = ends or sum(map(str.islower, others)) >= _SMALL  # "tapis Ilinca, 120 cm" has two
    return finding.entity_type == "PERSON" and finding.score >= _SURE and sentence


def _is_value(text: str, finding: Finding, cell: Cell) -> bool:
    """Whether a finding is in a value that is too short for a context of its own."""
    return finding.start < cell.end and is_short(text[cell.start : cell.end])


def placed(findings: Iterable[Finding], cells: Sequence[Cell]) -> list[tuple[Finding, Cell]]:
    """Return findings, each with the value that it begins in or behind."""
    starts = [cell.start for cell in cells]
    return [(f, cells[max(bisect_right(starts, f.start) - 1, 0)]) for f in findings]


def is_identified(findings: Iterable[Finding], cells: Sequence[Cell]) -> bool:
    """Whether something identifies a person in data: more than a guess, or a title where no key stands."""
    return any(is_carrier(f) and not _is_weak(f, cell) for f, cell in placed(findings, cells))


def _is_weak(finding: Finding, cell: Cell) -> bool:
    titled = cell.label[:1] == NUMBERED and finding.recognizer == "name_titled"
    return titled or finding.recognizer in _WEAK


def is_full(text: str, finding: Finding) -> bool:
    """Whether a finding is a given name with a family name behind it, or the other way round with a comma."""
    value = text[finding.start : finding.end]
    words = _WORD.findall(value)
    if finding.entity_type != "PERSON" or len(words) < 2 or is_product_name(text, finding):  # noqa: PLR2004
        return False
    first, *_, last = map(inflected, words)
    turned = ", " in value and first.family and last.given
    return words[0][0].isupper() and ((first.given and last.family) or turned)


def with_likely_people(text: str, findings: Sequence[Finding], cells: Sequence[Cell] = ()) -> tuple[Finding, ...]:
    """Turn guessed places and firms into the people that they may be, near an identifier, in short values anywhere."""
    if cells and not is_identified(findings, cells):
        return tuple(findings)
    carriers = _carriers(findings)
    turned = {
        f
        for f, cell in placed(findings, cells or [Cell("", 0, 0)])
        if _may_be_person(text, f) and (near(carriers, f.start) or _is_value(text, f, cell))
    }
    return tuple(replace(f, entity_type="PERSON") if f in turned else f for f in findings)


def _may_be_person(text: str, finding: Finding) -> bool:
    """Whether a guessed place or firm is called like a person."""
    if finding.entity_type not in {"LOCATION", "ORGANIZATION"} or finding.recognizer not in GUESSERS:
        return False
    value = text[finding.start : finding.end]
    parts = _WORD.findall(value)
    if not 0 < len(parts) <= _MOST or value.casefold() in COUNTRIES or ("-" in value and named_after(value)):
        return False
    if any(word.lower() in THINGS or word.lower() in NO_NAME for word in parts) or is_product_name(text, finding):
        return False
    return any(inflected(word).is_peoples for word in parts if word[0].isupper())


def _carriers(findings: Iterable[Finding]) -> list[int]:
    return sorted(f.start for f in findings if is_carrier(f))


def is_carrier(finding: Finding) -> bool:
    """Whether a finding identifies a person who is not a public figure."""
    return finding.entity_type in IDENTIFIERS and finding.subject_role != PUBLIC
