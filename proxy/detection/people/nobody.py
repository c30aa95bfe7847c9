"""Guesses in texts that speak of nobody: what a model takes for a name, a place or a firm identifies no one there.

A text speaks of somebody when any of its findings identifies a person or tells of health or of another special
category, or when its words do: a pronoun, a relative, the part somebody plays, a home, care. In all
other texts a guess needs more evidence. Texts of a few words, such as a value of JSON or a cell, are left alone: their
context is elsewhere in the request. So are texts that were not read to the end, or in another language: whom they speak
of is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from proxy.core.findings import PUBLIC, Finding, SegmentFindings, Status
from proxy.detection.languages import alternatives
from proxy.detection.languages import words as vocabulary
from proxy.detection.merge import ATTRIBUTES, GUESSERS
from proxy.detection.people.known_names import NameStatus, inflected
from proxy.detection.people.vocabulary import LINKS, THINGS
from proxy.detection.text.ordinary import LEAST, ordinary
from proxy.detection.text.sparse import Sparse


def _words(*lists: str) -> Sparse:
    """Match the whole words of these lists."""
    any_word = "|".join(map(alternatives, lists))
    return Sparse(rf"(?<!\w)(?:{any_word})(?!\w)", any_word, re.IGNORECASE)


_WORD: Final = re.compile(r"[^\W\d_]{2,}")
#: Texts of fewer words have no context of their own.
_FEWEST: Final = 8
#: Words that speak of one person, and words of care, beside which a place or a date counts as health data.
_PERSON: Final = _words("somebody", "kin", "treated", "born")
_CARE: Final = _words("treats", "clinical", "care", "medical_texts")
#: Types that say nothing about anybody by themselves.
_BARE: Final = frozenset({"LOCATION", "ORGANIZATION", "NATIONALITY"})
_IMPERSONAL: Final = _BARE | {"DATE", "URL", "PROFESSION", "CREDENTIAL", "AGE"}
#: The least score of ages over 89, identifiers by law.
_PROTECTED: Final = 0.8
_SCHEME: Final = re.compile(r"[a-z]+://", re.IGNORECASE)
_NAMERS: Final = GUESSERS | {"known_name"}
#: Up to this score a guessed name is none: where no list has one of its words, and where a list has one as a family
#: name or as a word that is one too.
_UNLISTED, _LISTED = 0.75, 0.7
#: From this score a guessed place is one, even where people are called like it.
_PLACE: Final = 0.7
_OCCASIONS: Final = _words("occasions")
_REACH = 100
_MOST_DIGITS: Final = 5
_TECHNOLOGY: Final = frozenset((*vocabulary("technology"), *vocabulary("accounts")))


def without_weak_names(text: str, findings: Sequence[Finding], status: Status) -> tuple[Finding, ...]:
    """Drop the weak guesses at names of people in a whole text that says nothing else about a person."""
    if status is not Status.COMPLETE:
        return tuple(findings)
    weak = [f for f in findings if f.entity_type == "PERSON" and _is_weak(text, f)]
    others = [f for f in findings if f not in weak]
    if not weak or any(f.entity_type not in _IMPERSONAL | ATTRIBUTES for f in others) or _says_somebody(text):
        return tuple(findings)
    return tuple(others)


def without_bare(text: str, segment: SegmentFindings) -> SegmentFindings:
    """Drop guessed places and firms, and the dates of occasions, in a whole text that speaks of nobody.

    Kept are those that people are called by, which may be names. Ages below ninety go, too.
    """
    if segment.status is not Status.COMPLETE:
        return segment
    bare = [f for f in segment.findings if _is_bare(text, f)]
    others = (f for f in (*segment.findings, *segment.inside) if f.entity_type not in _IMPERSONAL)
    if not bare or any(f.subject_role != PUBLIC for f in others):
        return segment
    if _says_somebody(text) or _CARE.search(text) is not None:
        return segment
    return replace(segment, findings=tuple(f for f in segment.findings if f not in bare))


def _says_somebody(text: str) -> bool:
    """Whether the words speak of a person, or are too few to tell."""
    few = len(list(islice(_WORD.finditer(text), _FEWEST))) < _FEWEST
    return few or _PERSON.search(text) is not None


def _is_weak(text: str, finding: Finding) -> bool:
    """Whether nothing but a hesitant model or the form of the words makes it a name."""
    if finding.recognizer not in _NAMERS:
        return False
    words = [word for word in _WORD.findall(text[finding.start : finding.end]) if word.lower() not in LINKS]
    known: list[NameStatus] = [inflected(word) for word in words]
    if any(status.sure for status in known):
        return False
    listed = any(status.given or status.family for status in known)
    if listed and len(words) > 1:
        return finding.recognizer == "known_name"
    return finding.score < (_LISTED if listed else _UNLISTED)


def _is_bare(text: str, finding: Finding) -> bool:
    if finding.entity_type == "DATE":
        return _is_of_occasion(text, finding)
    if finding.entity_type == "URL":
        return _is_plain_address(text[finding.start : finding.end])
    if finding.entity_type == "AGE":
        return finding.recognizer == "age" and finding.score < _PROTECTED
    if finding.entity_type == "NATIONALITY":
        return True
    return finding.entity_type in _BARE and finding.recognizer in GUESSERS and _is_guess(text, finding)


def _is_guess(text: str, finding: Finding) -> bool:
    """Whether nothing but a model makes it a place or a firm, and no list makes it a name of people."""
    words = _WORD.findall(text[finding.start : finding.end])
    if any(word.lower() in THINGS for word in words):
        return False
    sure_of_place = finding.entity_type == "LOCATION" and finding.score >= _PLACE
    return sure_of_place or not any(_is_peoples(inflected(word)) for word in words)


def _is_peoples(status: NameStatus) -> bool:
    """Whether a word is above all a name of people: a model that takes it for a place or a firm may be wrong."""
    return status.sure or (status.family and not status.common)


def _is_plain_address(address: str) -> bool:
    """Whether a URL consists of ordinary words and short marks alone: "https://api.shop.internal/v2/items"."""
    rest = _SCHEME.sub("", address)
    if any(sign in rest for sign in "?#@~%=") or sum(map(str.isdigit, rest)) > _MOST_DIGITS:
        return False
    words = [word for word in _WORD.findall(rest) if len(word) >= LEAST]
    return all(ordinary(word) or word.lower() in _TECHNOLOGY for word in words) and not any(
        status.unmistakable for status in map(inflected, words)
    )


def _is_of_occasion(text: str, finding: Finding) -> bool:
    """Whether the words in a date's sentence or line make it that of an event, a release, a deadline or a log."""
    before = text[max(0, finding.start - _REACH) : finding.start].rpartition("\n")[2]
    behind = text[finding.end : finding.end + _REACH].partition("\n")[0]
    return _OCCASIONS.search(f"{before} {behind}") is not None
