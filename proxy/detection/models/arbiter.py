"""What spaCy reads beside the token classifier: the passages with a capitalised word of which that is unsure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from proxy.detection.models.analyzer import NlpArtifacts
from proxy.detection.models.classifier.reading import ClassifierReading
from proxy.detection.models.ner import NerEngine

_UNSURE: Final = (0.4, 0.93)
_BEFORE, _AFTER = 160, 100
_BORDER = re.compile(r"[.!?]\s|\n")


@dataclass(frozen=True, slots=True)
class Entity:
    """A named entity at offsets of the whole text, with spaCy's attribute names."""

    label_: str
    start_char: int
    end_char: int


def passages(text: str, reading: ClassifierReading | None) -> list[tuple[int, int]]:
    """Return the disjoint, ordered passages with a capitalised word of which the classifier is unsure."""
    if reading is None or reading.words is None:
        return []
    low, high = _UNSURE
    spans: list[tuple[int, int]] = []
    for (start, end), outside in zip(reading.words.bounds, reading.words.outside.tolist(), strict=True):
        if not low <= outside < high or not text[start].isupper():
            continue
        if spans and end <= spans[-1][1]:
            continue
        first, last = _around(text, start, end)
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans


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
    findings = []
    for spans in parts:
        moved = [
            Entity(entity.label_, entity.start_char + start, entity.end_char + start)
            for start, _ in spans
            for entity in next(read)[1].entities
        ]
        findings.append(artifacts(moved, None, [], [], None, language))
    return findings
