"""What the classifier thinks of every word of a text, for the findings of others to be weighed by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxy.core.findings import Finding
from proxy.detection.models.classifier.spans import Span, WordScores

if TYPE_CHECKING:
    from proxy.detection.models.classifier import Classifier

RECOGNIZER: Final = "classifier"


@dataclass(frozen=True, slots=True)
class ClassifierReading:
    """One text as read: its spans of every class, and its words (None for a text without any)."""

    spans: list[Span]
    words: WordScores | None = None

    def findings(self, types: Mapping[str, str | None]) -> list[Finding]:
        """Return the spans whose class has an entity type."""
        return [
            Finding(entity, span.start, span.end, round(span.score, 4), RECOGNIZER)
            for span in self.spans
            if (entity := types.get(span.name))
        ]


class ClassifierReader:
    """The classifier as recognizers call it; keeps the readings of the last batch."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._last: dict[str, ClassifierReading] = {}
        self.types = classifier.types
        self.version = classifier.version
        self.settle = classifier.settle

    def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Findings of every text, ordered by start."""
        readings = self._classifier.read(texts)
        self._last = dict(zip(texts, readings, strict=True))
        return [reading.findings(self.types) for reading in readings]

    def reading(self, text: str) -> ClassifierReading | None:
        """Return what was read of a text of the last batch."""
        return self._last.get(text)
