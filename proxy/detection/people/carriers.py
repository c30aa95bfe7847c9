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
from proxy.detection.languages import COUNTRIES, alternatives, words
from proxy.detection.merge import GUESSERS
from proxy.detection.people.known_names import inflected
from proxy.detection.people.labels import is_goods, is_personal, says_only_name
from proxy.detection.people.somebody import is_short, near
from proxy.detection.people.things import LISTS, is_things, named_after
from proxy.detection.people.vocabulary import NO_NAME, THINGS
from proxy.detection.text.context import unaccented
from proxy.detection.text.fields import NUMBERED, Cell
from proxy.detection.text.ordinary import ordinary

#: Types that identify a person: no accounts, addresses of machines or secrets, which programs have too.
IDENTIFIERS: Final = frozenset(name for name, entity in ENTITIES.items() if entity.kind in PERSONAL) - {
    "USERNAME", "IP_ADDRESS", "DEVICE_ID", "URL",
}  # fmt: skip
#: Weak evidence in data.
_WEAK: Final = GUESSERS | LISTS | {"health_plan"}
#: What a guess makes of words and digits in data.
_GUESSED: Final = IDENTIFIERS | {"USERNAME", "ZIP_CODE"}
_WORD: Final = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")  # noqa: RUF001 -- as written in names
_FULL: Final = re.compile(r"[^\W\d_]{2,}(?:[-'’][^\W\d_]+)*")  # noqa: RUF001 -- as written in names
#: Words of the longest name of a place that may be a person's, and how far before it a preposition stands.
_MOST, _REACH = 3, 40
#: Values of a column that may be one of things, and what share of names makes it one of people.
_FEWEST_THINGS, _SHARE, _BESIDE = 4, 4, 2
_TOWNS: Final = frozenset(words("towns"))
_WHEREABOUTS: Final = re.compile(rf"(?<!\w){alternatives('whereabouts')} \Z", re.IGNORECASE)


def without_unsupported(text: str, findings: Sequence[Finding], cells: Sequence[Cell]) -> tuple[Finding, ...]:
    """Drop what nothing but weak evidence makes an identifier, in a document that identifies nobody otherwise.

    Of words those are names that lists alone have, unless they are too few for a context; of data, whose ``cells`` are
    given in order, all guesses in short values but those under a key for personal data, or one with as many full names.
    """
    if not cells and is_short(text):
        return tuple(findings)
    within = placed(findings, cells or [Cell("", 0, len(text))])
    within = [(f, cell) for f, cell in within if not (f.entity_type == "PERSON" and is_goods(cell.label))]
    carriers = _carriers(f for f, _ in within if f.recognizer not in LISTS)
    identified = bool(cells) and any(is_carrier(f) and not _is_weak(f, cell) for f, cell in within)
    named = Counter(cell.label for f, cell in within if f.entity_type == "PERSON")
    named.subtract(cell.label for f, cell in within for _ in range(2) if is_full(text, f))

    things = _of_things(text, within, cells) if identified else frozenset()

    def is_supported(finding: Finding, cell: Cell) -> bool:
        if identified:
            return cell not in things or not _is_weak(finding, cell) or finding.entity_type != "PERSON"
        if not _is_value(text, finding, cell):
            listed = finding.recognizer in LISTS and finding.entity_type == "PERSON"
            return not listed or near(carriers, finding.start)
        doubtful = _is_weak(finding, cell) and finding.entity_type in _GUESSED
        return not doubtful or named.get(cell.label, 1) <= 0 or is_personal(cell.label)

    return tuple(finding for finding, cell in within if is_supported(finding, cell))


def _of_things(text: str, within: Sequence[tuple[Finding, Cell]], cells: Sequence[Cell]) -> frozenset[Cell]:
    """Return the values under "name" that are no people's: few of them are, and no identifier is beside."""
    carrying = {cell for f, cell in within if is_carrier(f) and not _is_weak(f, cell)}
    people = {cell for f, cell in within if is_full(text, f) or inflected(text[cell.start : cell.end]).sure}
    column = [at for at, cell in enumerate(cells) if says_only_name(cell.label)]
    if len(column) < _FEWEST_THINGS or _SHARE * sum(cells[at] in people for at in column) >= len(column):
        return frozenset()
    alone = (at for at in column if carrying.isdisjoint(cells[max(at - _BESIDE, 0) : at + _BESIDE + 1]))
    return frozenset(cells[at] for at in alone) - people


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
    """Whether a finding is a given name with a family name behind it, and nothing else."""
    words = _FULL.findall(text[finding.start : finding.end])
    if finding.entity_type != "PERSON" or len(words) < 2 or is_things(text, finding):  # noqa: PLR2004
        return False
    first, *_, last = map(inflected, words)
    return words[0][0].isupper() and first.given and last.family


def with_likely_people(text: str, findings: Sequence[Finding], cells: Sequence[Cell] = ()) -> tuple[Finding, ...]:
    """Turn guessed places and firms into the people that they may be, near an identifier, in short values anywhere."""
    if cells and not is_identified(findings, cells):
        return tuple(findings)
    addressed = " ".join(text[f.start : f.end].lower() for f in findings if f.entity_type == "EMAIL_ADDRESS")
    carriers = _carriers(findings)
    turned = {
        f
        for f, cell in placed(findings, cells or [Cell("", 0, 0)])
        if _may_be_person(text, f, addressed) and (near(carriers, f.start) or _is_value(text, f, cell))
    }
    return tuple(replace(f, entity_type="PERSON") if f in turned else f for f in findings)


def repeated(text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Add the other places where a word of a name stands, if lists or a rule have it as one: "beim Kramer"."""
    names = [f for f in findings if f.entity_type == "PERSON" and f.subject_role != PUBLIC]
    parts = {word: f for f in names for word in _FULL.findall(text[f.start : f.end]) if len(word) > _MOST}
    telling = [word for word in parts if word[0].isupper() and not word.isupper() and _is_telling(word, parts[word])]
    if not telling:
        return tuple(findings)
    others = (
        replace(parts[match[0]], start=match.start(), end=match.end())
        for match in re.finditer(rf"(?<![\w./@-])(?:{'|'.join(map(re.escape, telling))})(?![\w@])", text)
    )
    taken = [(f.start, f.end) for f in findings]
    starts = [start for start, _ in taken]

    def free(finding: Finding) -> bool:
        at = bisect_right(starts, finding.start) - 1
        inside = at >= 0 and taken[at][1] > finding.start
        return not inside and (at + 1 >= len(taken) or taken[at + 1][0] >= finding.end)

    added = tuple(filter(free, others))
    return tuple(sorted((*findings, *added), key=lambda f: f.start)) if added else tuple(findings)


def _is_telling(word: str, finding: Finding) -> bool:
    """Whether more than a model's guess makes a word a name."""
    status = inflected(word)
    return status.family or status.sure or (finding.recognizer not in GUESSERS and not ordinary(word))


def _may_be_person(text: str, finding: Finding, addressed: str = "") -> bool:
    """Whether a guessed place or firm is called like a person, or like one of those ``addressed``.

    Behind a preposition of places it is none.
    """
    if finding.entity_type not in {"LOCATION", "ORGANIZATION"} or finding.recognizer not in GUESSERS:
        return False
    value = text[finding.start : finding.end]
    parts = _WORD.findall(value)
    if (
        not 0 < len(parts) <= _MOST
        or value.casefold() in COUNTRIES
        or unaccented(value.lower()) in _TOWNS
        or ("-" in value and named_after(value))
    ):
        return False
    if any(word.lower() in THINGS or word.lower() in NO_NAME for word in parts) or is_things(text, finding):
        return False
    names = [inflected(word) for word in parts if word[0].isupper()]
    named = any(len(word) > _MOST and word.lower() in addressed for word in parts) or any(
        status.is_peoples for status in names
    )
    return named and _WHEREABOUTS.search(text, max(0, finding.start - _REACH), finding.start) is None


def _carriers(findings: Iterable[Finding]) -> list[int]:
    return sorted(f.start for f in findings if is_carrier(f))


def is_carrier(finding: Finding) -> bool:
    """Whether a finding identifies a person who is no public figure."""
    return finding.entity_type in IDENTIFIERS and finding.subject_role != PUBLIC
