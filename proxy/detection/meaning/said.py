"""Of whom a term of a special category is said: one that is said of nobody does not count.

A term counts where its text identifies a person or speaks of one near it, where it is said of somebody ("choruje na
cukrzycę"), where several medical terms stand together, and in a message too short to have a context. A term that has a
second sense in technology or business ("disabled") counts right beside a person or near a term that counts. None counts
within an identifier or a path.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final

from proxy.core.entities import ENTITIES, with_trait
from proxy.core.findings import Finding
from proxy.detection.languages import LANGUAGES, SHARED
from proxy.detection.merge import GUESSERS
from proxy.detection.people.carriers import is_carrier
from proxy.detection.people.known_names import inflected
from proxy.detection.people.mentions import is_short
from proxy.detection.text.sparse import Sparse

#: The recognizer of terms with a second sense.
AMBIGUOUS: Final = "ambiguous_terms"
#: Content types that tell of a person's private life.
PRIVATE: Final = frozenset(name for name in with_trait("content") if ENTITIES[name].categories)
_MEDICAL: Final = with_trait("medical")
_PEOPLE: Final = ("somebody", "kin", "treated", "born")
#: How far from a term a word speaks of whom it is said of, what is right beside it, and the longest part of a path.
_REACH, _BESIDE, _LONGEST = 400, 40, 80
#: So many different medical terms are a record of somebody.
_RECORD: Final = 4
_STEM: Final = 5
_SENTENCE: Final = re.compile(r"[.!?;]\s|\n")
_IDENTIFIER: Final = re.compile(
    r"-{0,2}\w*_\w*|[a-z_]\w*(?:\.[a-z_]\w*)+|[\w.-]+\.[a-z]{1,4}|(?:[\w.-]*[/\\]){2,}[\w.-]*|[\w.]+\("
)
_ASSIGNED: Final = re.compile(r"=\"?\$")
_BEFORE: Final = re.compile(rf"[\w./\\-]{{0,{_LONGEST}}}\Z")
_BEHIND: Final = re.compile(rf"[\w./\\-]{{0,{_LONGEST}}}\(?")


def without_unsaid(text: str, findings: Sequence[Finding], language: str) -> tuple[Finding, ...]:
    """Drop the terms of special categories that are said of nobody."""
    terms = [f for f in findings if f.entity_type in PRIVATE]
    if not terms:
        return tuple(findings)
    people = [(f.start, f.end) for f in findings if is_carrier(f) and _is_likely(text, f)]
    terms = [f for f in terms if not _is_symbol(text, f, people)]
    plain = [f for f in terms if f.recognizer != AMBIGUOUS]
    if not (people or is_short(text) or _is_record(text, plain)):
        spoken = _places(text, language, *_PEOPLE, "first_person")
        plain = [f for f in plain if _near(spoken, f.start - _REACH, f.end + _REACH) or _is_said(text, f, language)]
    supported = {*plain, *_beside(text, [f for f in terms if f.recognizer == AMBIGUOUS], plain, people, language)}
    return tuple(f for f in findings if f.entity_type not in PRIVATE or f in supported)


def _beside(
    text: str, terms: Sequence[Finding], plain: Iterable[Finding], people: Iterable[tuple[int, int]], language: str
) -> Iterator[Finding]:
    """Yield the ambiguous terms near one that counts, or right beside a person."""
    near = [(f.start, f.end) for f in plain]
    beside = sorted([*people, *_places(text, language, *_PEOPLE)], key=itemgetter(1)) if terms else []
    for term in terms:
        is_near_somebody = _near(near, term.start - _REACH, term.end + _REACH) or _near(beside, *_sentence(text, term))
        if is_near_somebody or _is_own(text, term, language):
            yield term


def _is_likely(text: str, finding: Finding) -> bool:
    """Whether a finding is more than a model's guess at a single word that no list has as a name."""
    value = text[finding.start : finding.end]
    if finding.entity_type != "PERSON" or finding.recognizer not in GUESSERS or " " in value:
        return True
    status = inflected(value)
    return status.given or status.family


def _is_record(text: str, terms: Iterable[Finding]) -> bool:
    medical = (text[term.start : term.end].lower() for term in terms if term.entity_type in _MEDICAL)
    return len({term[:_STEM] for term in medical}) >= _RECORD


def _places(text: str, language: str, *lists: str) -> list[tuple[int, int]]:
    return [word.span() for word in _words(language, lists).finditer(text)]


def _near(places: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of the ordered places overlaps [start, end)."""
    first = bisect_right(places, start, key=itemgetter(1))
    return first < len(places) and places[first][0] < end


def _sentence(text: str, term: Finding) -> tuple[int, int]:
    """Return the part of the term's sentence that is right beside it."""
    start, end = max(0, term.start - _BESIDE), min(len(text), term.end + _BESIDE)
    borders = [border.end() for border in _SENTENCE.finditer(text, start, term.start)]
    behind = _SENTENCE.search(text, term.end, end)
    return borders[-1] if borders else start, behind.start() if behind else end


def _is_said(text: str, term: Finding, language: str) -> bool:
    """Whether the words right before a term say that somebody has, is or takes it, whoever that is: "sufre de"."""
    return _ends(language, "suffers").search(text, max(0, term.start - _BESIDE), term.start) is not None


def _is_own(text: str, term: Finding, language: str) -> bool:
    """Whether a term is somebody's: "my symptoms"."""
    return _ends(language, "possessives").search(text, max(0, term.start - _BESIDE), term.start) is not None


def _is_symbol(text: str, term: Finding, people: Sequence[tuple[int, int]]) -> bool:
    """Whether a term is part of an identifier, a call or a path, or a variable of a shell: "$MRT", "MRT=".

    One that names a person is none: "MRT_Anna_Nowak.pdf".
    """
    if text[max(0, term.start - 1) : term.start] == "$" or _ASSIGNED.match(text, term.end):
        return True
    before, behind = _BEFORE.search(text, max(0, term.start - _LONGEST), term.start), _BEHIND.match(text, term.end)
    start, end = before.start() if before else term.start, behind.end() if behind else term.end
    return _IDENTIFIER.fullmatch(text[start:end].rstrip(".-")) is not None and not _near(people, start, end)


@lru_cache(maxsize=64)
def _words(language: str, lists: tuple[str, ...]) -> Sparse:
    any_word = "|".join(_listed(language, *lists))
    return Sparse(rf"(?<!\w)(?:{any_word})(?!\w)", any_word, re.IGNORECASE)


@lru_cache(maxsize=32)
def _ends(language: str, name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(_listed(language, name)) or '(?!)'}) \Z", re.IGNORECASE)


def _listed(language: str, *lists: str) -> Iterator[str]:
    codes = (SHARED, language) if language in LANGUAGES else tuple(LANGUAGES)
    for code in codes:
        for name in lists:
            yield from LANGUAGES[code].patterns.get(name, ())
