"""Weighs other findings by the token classifier, which reads every word and is seldom confident and wrong.

spaCy reads only the passages with a capitalised word of which the classifier is unsure, and counts only there. A name
after a title or a label ends where the classifier is confident that the next words are none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from proxy.core.findings import Finding
from proxy.detection.models.analyzer import NlpArtifacts
from proxy.detection.models.classifier.reading import ClassifierReading
from proxy.detection.models.ner import NerEngine

#: From this probability of being nothing a word is no name, whatever spaCy finds. It is weak on organisations.
_NOTHING: Final = {"PERSON": 0.93, "LOCATION": 0.93, "NATIONALITY": 0.93, "ORGANIZATION": 0.85}
#: Rules that take in all capitalised words around a title, a label or a word such as "hospital".
_GREEDY: Final = frozenset({"name_titled", "name_label", "name_spoken", "name_initial", "facility"})
_SURE: Final = 0.97
_PLACES: Final = frozenset({"LOCATION", "ORGANIZATION"})
#: The score of ages over 89, identifiers by law, which are never dropped.
_PROTECTED: Final = 0.8
_UNSURE: Final = (0.4, 0.93)
_BEFORE, _AFTER = 160, 100
_BORDER = re.compile(r"[.!?]\s|\n")


@dataclass(frozen=True, slots=True)
class Entity:
    """A named entity at offsets of the whole text, with spaCy's attribute names."""

    label_: str
    start_char: int
    end_char: int


def weighed(findings: Sequence[Finding], reading: ClassifierReading | None) -> list[Finding]:
    """Drop the findings that the classifier contradicts, and trim the ends of the others."""
    if reading is None:
        return list(findings)
    places = [f for f in findings if f.recognizer == "classifier" and f.entity_type in _PLACES]
    result = []
    for finding in findings:
        least = _least(finding)
        if finding.recognizer == "facility" and _covered(finding, places):
            continue
        span = (finding.start, finding.end) if least is None else reading.shrunk(finding.start, finding.end, least)
        if span is not None:
            result.append(finding.at(*span))
        elif finding.recognizer in _GREEDY:
            result.append(finding)
    return result


def _covered(finding: Finding, others: Sequence[Finding]) -> bool:
    """Whether one of the others covers more than half of the finding."""
    half = (finding.end - finding.start) / 2
    return any(min(finding.end, other.end) - max(finding.start, other.start) > half for other in others)


def _least(finding: Finding) -> float | None:
    """Return the confidence from which a word at a finding's end is cut off; None to cut nothing."""
    if finding.recognizer == "spacy":
        return _NOTHING.get(finding.entity_type)
    if finding.recognizer == "age":
        return _SURE if finding.score < _PROTECTED else None
    return _SURE if finding.recognizer in _GREEDY else None


def passages(text: str, reading: ClassifierReading | None) -> list[tuple[int, int]]:
    """Return the disjoint, ordered passages with a capitalised word of which the classifier is unsure."""
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
    """Return the sentence or line around a word, within limits."""
    first = max(0, start - _BEFORE)
    for border in _BORDER.finditer(text, first, start):
        first = border.end()
    ahead = _BORDER.search(text, end, min(len(text), end + _AFTER))
    return first, (ahead.start() + 1 if ahead else min(len(text), end + _AFTER))


def entities(
    engine: NerEngine, texts: Sequence[str], parts: Sequence[Sequence[tuple[int, int]]], language: str
) -> list[Any]:
    """Return spaCy's entities in the parts [start, end) of each text; nothing else is read."""
    flat = [text[start:end] for text, spans in zip(texts, parts, strict=True) for start, end in spans]
    read = engine.process_batch(flat, language)
    artifacts: Any = NlpArtifacts  # holds our entities instead of spaCy's, and no document
    found = []
    for spans in parts:
        moved = [
            Entity(entity.label_, entity.start_char + start, entity.end_char + start)
            for start, _ in spans
            for entity in next(read)[1].entities
        ]
        found.append(artifacts(moved, None, [], [], None, language))
    return found
