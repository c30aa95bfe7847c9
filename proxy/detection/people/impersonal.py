"""Impersonal texts: what a model takes for a name, a place or a firm identifies no data subject there.

Nor does a name that a product, a project or a law bears ("the sofa Charlotte", "Projekt Falke"). A text is
personal when any of its findings identifies a person or tells of health or of another special category, or when its
words do: a pronoun, a relative, the part a person plays, a home, care. In all other texts a guess needs more evidence.
Texts of a few words, such as a value of JSON or a cell, are left alone: their context is elsewhere in the request. So
are texts that were not read to the end, or in another language: whom they speak of is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from proxy.core.findings import PUBLIC, Finding, SegmentFindings, Status
from proxy.detection.languages import alternatives
from proxy.detection.merge import ATTRIBUTES, GUESSERS
from proxy.detection.people.known_names import NameStatus, inflected
from proxy.detection.people.mentions import WORD_REACH, is_short, mentions, mentions_person, near, whole_words
from proxy.detection.people.product_names import NAME_RECOGNIZERS, WORD, is_product_name, product_names
from proxy.detection.people.public import is_figure
from proxy.detection.people.roles import WORDED
from proxy.detection.people.vocabulary import LINKS, STREET, THINGS
from proxy.detection.text.ordinary import ordinary
from proxy.detection.text.paths import is_local

#: A text with at least this many public figures is taken to be about them.
_FIGURES: Final = 2
#: Types that say nothing about anybody by themselves.
_UNSUPPORTED: Final = frozenset({"LOCATION", "ORGANIZATION", "NATIONALITY"})
_IMPERSONAL: Final = _UNSUPPORTED | {"DATE", "URL", "PROFESSION", "CREDENTIAL", "AGE"}
#: What programs have, too: beside one another they identify no person.
_MACHINES: Final = frozenset({"IP_ADDRESS", "DEVICE_ID"})
#: From this age on an age is an identifier by law.
_AGE_IDENTIFYING: Final = 90
#: Up to this score a guessed name is none: where no list has one of its words, where that is a single word, and where a
#: list has one as a family name or as a word that is one too.
_UNLISTED, _SINGLE, _LISTED = 0.85, 0.95, 0.7
#: From this score a guessed place is one, even where people are called like it.
_PLACE: Final = 0.7
_DIGITS: Final = re.compile(r"\d+")
#: From this score a guessed street with a number is one without a word that tells.
_NUMBERED = 0.85
_VEHICLES: Final = whole_words("vehicles")
_ACCOUNTS: Final = re.compile(rf"@(?!v?\d)|(?<![^\W_]){alternatives('account_words')}(?![^\W_])", re.IGNORECASE)


def without_weak_names(
    text: str, findings: Sequence[Finding], status: Status, language: str = ""
) -> tuple[Finding, ...]:
    """Drop the weak guesses at people and their identifiers in a whole text that says nothing else about a person.

    Public figures are none, and what a text about several of them says of a person, it says of them.
    """
    people = [f for f in findings if f.entity_type == "PERSON"]
    weak = product_names(text, people, language) | {f for f in people if _is_weak(text, f)}
    weak.update(f for f in findings if f.entity_type in _WEAK_TYPES and _WEAK_TYPES[f.entity_type](text, f))
    if status is not Status.COMPLETE or not weak or is_short(text):
        return tuple(findings)
    others = [f for f in findings if f not in weak]
    figures = {f for f in others if f.entity_type == "PERSON" and is_figure(text[f.start : f.end])}
    identifying = [f for f in others if f.entity_type not in _IMPERSONAL | ATTRIBUTES and f not in figures]
    personal = sorted(f.start for f in identifying)
    persons = sorted(f.start for f in identifying if f.entity_type not in _MACHINES)
    spoken = list(mentions(text)) if len(figures) < _FIGURES else ()

    def is_somebodys(finding: Finding) -> bool:
        if finding.entity_type in _MACHINES:
            return near(persons, finding.start)
        return near(personal, finding.start) or near(spoken, finding.start, WORD_REACH)

    return tuple(f for f in findings if f not in weak or is_somebodys(f))


def without_bare(text: str, segment: SegmentFindings) -> SegmentFindings:
    """Drop guessed places and firms in a whole text that is impersonal.

    Kept are those that people are called by, which may be names. Ages below ninety go, too.
    """
    if segment.status is not Status.COMPLETE:
        return segment
    bare = [f for f in segment.findings if _is_unsupported(text, f)]
    others = (f for f in (*segment.findings, *segment.inside) if f.entity_type not in _IMPERSONAL)
    if not bare or any(f.subject_role != PUBLIC for f in others):
        return segment
    if mentions_person(text):
        return segment
    return replace(segment, findings=tuple(f for f in segment.findings if f not in bare))


def _is_weak(text: str, finding: Finding) -> bool:
    """Whether nothing but a hesitant model or the form of the words makes it a name."""
    if finding.recognizer not in NAME_RECOGNIZERS:
        return False
    words = [word for word in WORD.findall(text[finding.start : finding.end]) if word.lower() not in LINKS]
    statuses: list[NameStatus] = [inflected(word) for word in words]
    if any(status.sure for status in statuses):
        return len(words) == 1 and not statuses[0].unmistakable and finding.score < _SINGLE
    if _is_worded(words, statuses) or (len(words) == 1 and words[0].islower()):
        return True
    listed = any(status.given or status.family for status in statuses)
    plain = sum(
        ordinary(word) and not (status.given or status.family) for word, status in zip(words, statuses, strict=True)
    )
    if listed and len(words) - plain > 1:
        return finding.recognizer == "known_name"
    single = len(words) - plain == 1  # "Claude Code", too
    return finding.score < (_LISTED if listed and not plain else _SINGLE if single else _UNLISTED)


def _is_worded(words: Sequence[str], statuses: Sequence[NameStatus]) -> bool:
    """Whether a name consists of ordinary words, of which no list has one: "Ufficio Acquisti", "Cicha Noc"."""
    listed = sum(status.given or status.family for status in statuses)
    return len(words) > listed and all(map(ordinary, words))


def _is_no_street(text: str, finding: Finding) -> bool:
    """Whether it has no number, or nothing but a hesitant model makes it a street."""
    if finding.recognizer not in GUESSERS:
        return False
    value = text[finding.start : finding.end]
    return not any(map(str.isdigit, value)) or (STREET.search(value) is None and finding.score < _NUMBERED)


#: Identifier of a person -> whether it is none in an impersonal text.
_WEAK_TYPES: Final[Mapping[str, Callable[[str, Finding], bool]]] = {
    "VEHICLE_ID": lambda text, _: _VEHICLES.search(text) is None,
    "USERNAME": lambda text, finding: finding.recognizer in WORDED and _ACCOUNTS.search(text) is None,
    **dict.fromkeys(_MACHINES, lambda text, finding: is_local(text[finding.start : finding.end])),
    "ZIP_CODE": lambda _, __: True,  # without a street or a name that of an area
    "GEO_COORDINATES": lambda _, __: True,  # that of a place
    "STREET_ADDRESS": _is_no_street,
}


def _is_unsupported(text: str, finding: Finding) -> bool:
    if finding.entity_type == "AGE":
        return finding.recognizer in {"age", "classifier"} and not _is_protected(text, finding)
    if finding.entity_type in {"NATIONALITY", "PROFESSION"}:
        return True
    return finding.entity_type in _UNSUPPORTED and finding.recognizer in GUESSERS and _is_guess(text, finding)


def _is_protected(text: str, finding: Finding) -> bool:
    """Whether an age may be over 89, an identifier by law (45 CFR 164.514(b)(2)(i)(C))."""
    years = _DIGITS.findall(text, finding.start, finding.end)
    return not years or any(int(number) >= _AGE_IDENTIFYING for number in years)


def _is_guess(text: str, finding: Finding) -> bool:
    """Whether nothing but a model makes it a place or a firm, and no list makes it a name of people."""
    words = WORD.findall(text[finding.start : finding.end])
    firm = finding.entity_type == "ORGANIZATION"
    if firm and is_product_name(text, finding):
        return True
    if any(word.lower() in THINGS for word in words):
        return False
    sure_of_place = not firm and finding.score >= _PLACE
    return sure_of_place or not any(inflected(word).is_peoples for word in words)
