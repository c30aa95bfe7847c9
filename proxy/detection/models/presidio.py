"""Our recognizers with Presidio's interface: the engine calls ``find``, Presidio's own engine ``analyze``.

The engine calls recognizers directly, because Presidio's ``AnalyzerEngine`` resolves overlaps within a type by score
alone, where rules must win over guesses (``proxy.detection.merge.foremost``), and copies every result.
"""

from __future__ import annotations

from typing import Any, Protocol

from proxy.core.entities import ENTITIES
from proxy.core.findings import Finding
from proxy.detection.models.analyzer import EntityRecognizer, NlpArtifacts, RecognizerResult
from proxy.detection.models.classifier.reading import ClassifierReader
from proxy.detection.patterns.scanner import PatternScanner

LANGUAGE = "en"
_LABELS = {label: name for name, entity in ENTITIES.items() for label in entity.spacy}
_NER_SCORE = 0.6


class Recognizer(Protocol):
    """A recognizer of values in one text."""

    def find(self, text: str, artifacts: Any) -> list[Finding]:
        """Return its findings, overlapping ones included. ``artifacts`` are spaCy's entities."""
        ...


class _Ours(EntityRecognizer):
    """One of ours, which works in Presidio's own engine too."""

    def load(self) -> None:
        """Loaded already."""

    def find(self, text: str, artifacts: Any) -> list[Finding]:
        """Return its findings in one text."""
        raise NotImplementedError

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        """Return the same as Presidio's results; ``entities`` is ignored."""
        del entities
        return [_result(finding) for finding in self.find(text, nlp_artifacts)]


def _result(f: Finding) -> RecognizerResult:
    metadata = {RecognizerResult.RECOGNIZER_NAME_KEY: f.recognizer}
    return RecognizerResult(f.entity_type, f.start, f.end, f.score, recognition_metadata=metadata)


class PatternRecognizer(_Ours):
    """The pattern tier."""

    def __init__(self, scanner: PatternScanner) -> None:
        self._scanner = scanner
        entities = sorted({pattern.entity_type for pattern in scanner.patterns})
        super().__init__(supported_entities=entities, name="patterns", supported_language=LANGUAGE)

    def find(self, text: str, artifacts: Any) -> list[Finding]:
        """Return every pattern finding."""
        del artifacts
        return self._scanner.candidates(text)


class NerRecognizer(_Ours):
    """spaCy's entities, unfiltered."""

    def __init__(self) -> None:
        super().__init__(supported_entities=sorted(set(_LABELS.values())), name="spacy", supported_language=LANGUAGE)

    def find(self, text: str, artifacts: Any) -> list[Finding]:
        """Return the entities of the document."""
        del text
        return [
            Finding(_LABELS[entity.label_], entity.start_char, entity.end_char, _NER_SCORE, "spacy")
            for entity in artifacts.entities
            if entity.label_ in _LABELS
        ]


class ClassifierRecognizer(_Ours):
    """The token classifier; a text of the reader's last batch is not read again."""

    def __init__(self, reader: ClassifierReader) -> None:
        self._reader = reader
        entities = sorted({kind for kind in reader.types.values() if kind})
        super().__init__(supported_entities=entities, name="classifier", supported_language=LANGUAGE)

    def find(self, text: str, artifacts: Any) -> list[Finding]:
        """Return what the classifier finds in one text."""
        del artifacts
        reading = self._reader.reading(text)
        return reading.findings(self._reader.types) if reading is not None else self._reader.find([text])[0]
