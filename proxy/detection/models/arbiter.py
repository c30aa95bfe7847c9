"""Other findings weighed by the token classifier, which sees every word and is seldom sure without being right.

spaCy is asked about the passages alone that hold a capital the classifier is unsure of, and believed there alone.
A name told by a title or a label ends where the classifier is sure that the next words are none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from proxy.core.findings import Finding
from proxy.detection.models.analyzer import NlpArtifacts
from proxy.detection.models.classifier.reading import ClassifierReading
from proxy.detection.models.ner import NerEngine

#: A word that is nothing with this probability is no name, whatever spaCy says. Organisations are its weak side.
_NOTHING: Final = {"PERSON": 0.93, "LOCATION": 0.93, "NATIONALITY": 0.93, "ORGANIZATION": 0.85}
#: Rules that take in the capitals around a title, a label or a word such as "hospital".
_GREEDY: Final = frozenset({"name_titled", "name_label", "name_spoken", "name_initial", "facility"})
_SURE: Final = 0.97
_PLACES: Final = frozenset({"LOCATION", "ORGANIZATION"})
#: The age rule's score of an age over 89, which is an identifier by law: it stands.
_PROTECTED: Final = 0.8
_UNSURE: Final = (0.4, 0.93)
_BEFORE, _AFTER = 160, 100
_BORDER = re.compile(r"[.!?]\s|\n")


@dataclass(frozen=True, slots=True)
class Entity:
    """A named entity of a part of a text, in the offsets of the whole text; spelled as spaCy spells it."""

    label_: str
    start_char: int
    end_char: int


def weighed(findings: Sequence[Finding], reading: ClassifierReading | None) -> list[Finding]:
    """Return the findings that the classifier's view of their words lets stand, cut to it at their ends."""
    if reading is None:
        return list(findings)
    places = [f for f in findings if f.recognizer == "classifier" and f.entity_type in _PLACES]
    kept = []
    for finding in findings:
        least = _least(finding)
        if finding.recognizer == "facility" and _covered(finding, places):
            continue
        span = (finding.start, finding.end) if least is None else reading.shrunk(finding.start, finding.end, least)
        if span is not None:
            kept.append(replace(finding, start=span[0], end=span[1]))
        elif finding.recognizer in _GREEDY:
            kept.append(finding)
    return kept


def _covered(finding: Finding, others: Sequence[Finding]) -> bool:
    """Whether one of the others covers more than half of the finding."""
    half = (finding.end - finding.start) / 2
    return any(min(finding.end, other.end) - max(finding.start, other.start) > half for other in others)


def _least(finding: Finding) -> float | None:
    """How sure the classifier must be of a word at the finding's end to cut it off; None where nothing is cut."""
    if finding.recognizer == "spacy":
        return _NOTHING.get(finding.entity_type)
    if finding.recognizer == "age":
        return _SURE if finding.score < _PROTECTED else None
    return _SURE if finding.recognizer in _GREEDY else None


def passages(text: str, reading: ClassifierReading | None) -> list[tuple[int, int]]:
    """Return the parts of the text, in order and disjoint, that hold a capital word the classifier is unsure of."""
    if reading is None or reading.words is None:
        return []
    low, high = _UNSURE
    found: list[tuple[int, int]] = []
    for (start, end), outside in zip(reading.words.bounds, reading.words.outside.tolist(), strict=True):
        if not low <= outside < high or not text[start].isupper():
            continue
        if found and end <= found[-1][1]:
            continue
        first, last = _around(text, start, end)
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence or line around a word, within limits."""
    first = max(0, start - _BEFORE)
    for border in _BORDER.finditer(text, first, start):
        first = border.end()
    ahead = _BORDER.search(text, end, min(len(text), end + _AFTER))
    return first, (ahead.start() + 1 if ahead else min(len(text), end + _AFTER))


def entities(
    engine: NerEngine, texts: Sequence[str], parts: Sequence[Sequence[tuple[int, int]]], language: str
) -> list[Any]:
    """Return spaCy's entities in the given parts [start, end) of each text. Nothing else of the texts is read."""
    flat = [text[start:end] for text, spans in zip(texts, parts, strict=True) for start, end in spans]
    read = engine.process_batch(flat, language)
    artifacts: Any = NlpArtifacts  # holds our entities instead of spaCy's, and no document
    found = []
    for spans in parts:
        named = [
            Entity(entity.label_, entity.start_char + start, entity.end_char + start)
            for start, _ in spans
            for entity in next(read)[1].entities
        ]
        found.append(artifacts(named, None, [], [], None, language))
    return found
