"""Carriers: what says that a document speaks of a person. Weak evidence of a name counts only beside one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from proxy.core.entities import ENTITIES, PERSONAL
from proxy.core.findings import PUBLIC, Finding
from proxy.detection.languages import COUNTRIES, alternatives, words
from proxy.detection.merge import GUESSERS
from proxy.detection.people.known_names import inflected
from proxy.detection.people.somebody import is_short
from proxy.detection.people.things import is_things
from proxy.detection.people.vocabulary import NO_NAME, THINGS
from proxy.detection.text.context import unaccented

#: Types that identify a person: no accounts, addresses of machines or secrets, which programs have too.
IDENTIFIERS: Final = frozenset(name for name, entity in ENTITIES.items() if entity.kind in PERSONAL) - {
    "USERNAME", "IP_ADDRESS", "DEVICE_ID", "URL",
}  # fmt: skip
#: Recognizers that count beside others only.
_LISTS: Final = frozenset({"known_name", "spacy"})
_WORD: Final = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")  # noqa: RUF001 -- as written in names
#: Words of the longest name of a place that may be a person's, and how far before it a preposition stands.
_MOST, _REACH = 3, 40
_TOWNS: Final = frozenset(words("towns"))
_WHEREABOUTS: Final = re.compile(rf"(?<!\w){alternatives('whereabouts')} \Z", re.IGNORECASE)


def without_lists(text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Drop the names that only lists, or the weakest model, support in a document without another identifier.

    A text of a few words is left alone: its context is elsewhere.
    """
    if is_short(text) or any(is_carrier(f) and f.recognizer not in _LISTS for f in findings):
        return tuple(findings)
    return tuple(f for f in findings if f.recognizer not in _LISTS or f.entity_type != "PERSON")


def with_likely_people(text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Turn guessed places and firms into the people that they may be, in a document that identifies somebody."""
    if not any(map(is_carrier, findings)):
        return tuple(findings)
    return tuple(replace(f, entity_type="PERSON") if _may_be_person(text, f) else f for f in findings)


def _may_be_person(text: str, finding: Finding) -> bool:
    """Whether a guessed place or firm is called like a person, and stands behind no preposition of places."""
    if finding.entity_type not in {"LOCATION", "ORGANIZATION"} or finding.recognizer not in GUESSERS:
        return False
    value = text[finding.start : finding.end]
    parts = _WORD.findall(value)
    if not 0 < len(parts) <= _MOST or value.casefold() in COUNTRIES or unaccented(value.lower()) in _TOWNS:
        return False
    if any(word.lower() in THINGS or word.lower() in NO_NAME for word in parts) or is_things(text, finding):
        return False
    names = [inflected(word) for word in parts if word[0].isupper()]
    named = any(status.sure or (status.family and not status.common) for status in names)
    return named and _WHEREABOUTS.search(text, max(0, finding.start - _REACH), finding.start) is None


def is_carrier(finding: Finding) -> bool:
    """Whether a finding identifies a person who is no public figure."""
    return finding.entity_type in IDENTIFIERS and finding.subject_role != PUBLIC
