"""Presidio's AnalyzerEngine with our recognizers, and its results as findings.

The analyzer is given everything it would otherwise fetch or guess: the NLP engine, the registry, no context
enhancer (each recognizer weighs its own context) and no stock recognizer, so no public-suffix list is looked up.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from proxy.core.entities import ENTITIES
from proxy.core.findings import Finding
from proxy.detection.merge import GUESSERS
from proxy.detection.models.analyzer import (
    AnalyzerEngine,
    ContextAwareEnhancer,
    EntityRecognizer,
    NlpArtifacts,
    RecognizerRegistry,
    RecognizerResult,
)
from proxy.detection.models.classifier.reading import ClassifierReader
from proxy.detection.models.ner import NerEngine
from proxy.detection.patterns.scanner import PatternScanner

LANGUAGE = "en"
_NAME = RecognizerResult.RECOGNIZER_NAME_KEY
_LABELS = {label: name for name, one in ENTITIES.items() for label in one.spacy}
_NER_SCORE = 0.6


class _NoEnhancer(ContextAwareEnhancer):
    """Leaves every score as it is."""

    def __init__(self) -> None:
        super().__init__(
            context_similarity_factor=0.0,
            min_score_with_context_similarity=0.0,
            context_prefix_count=0,
            context_suffix_count=0,
        )

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        recognizers: list[EntityRecognizer],
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        """Return the results unchanged."""
        del text, nlp_artifacts, recognizers, context
        return raw_results


def _result(finding: Finding) -> RecognizerResult:
    """Presidio drops a result that one of its type and at least its score covers: rules must outlive guesses."""
    metadata = {_NAME: finding.recognizer, "role": finding.subject_role, "score": finding.score}
    standing = finding.score / 2 + (0.0 if finding.recognizer in GUESSERS else 0.5)
    apart = zlib.crc32(finding.recognizer.encode()) % 1000 * 1e-9  # equal ones in a fixed order
    return RecognizerResult(
        finding.entity_type, finding.start, finding.end, standing + apart, recognition_metadata=metadata
    )


class PatternRecognizer(EntityRecognizer):
    """The pattern tier as a Presidio recognizer."""

    def __init__(self, scanner: PatternScanner) -> None:
        self._scanner = scanner
        entities = sorted({pattern.entity_type for pattern in scanner.patterns})
        super().__init__(supported_entities=entities, name="patterns", supported_language=LANGUAGE)

    def load(self) -> None:
        """Compiled already."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        """Return every pattern finding; overlaps are settled later, for all recognizers together."""
        del entities, nlp_artifacts
        return [_result(finding) for finding in self._scanner.candidates(text)]


class NerRecognizer(EntityRecognizer):
    """spaCy's entities as they come; which of them to believe is settled afterwards."""

    def __init__(self) -> None:
        super().__init__(supported_entities=sorted(set(_LABELS.values())), name="spacy", supported_language=LANGUAGE)

    def load(self) -> None:
        """Loaded with the NLP engine."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        """Return the entities of the document."""
        del entities
        del text
        return [
            _result(Finding(_LABELS[e.label_], e.start_char, e.end_char, _NER_SCORE, "spacy"))
            for e in nlp_artifacts.entities
            if e.label_ in _LABELS
        ]


class ClassifierRecognizer(EntityRecognizer):
    """The token classifier as a Presidio recognizer; a text of the reader's last batch is not read again."""

    def __init__(self, reader: ClassifierReader) -> None:
        self._reader = reader
        entities = sorted({kind for kind in reader.types.values() if kind})
        super().__init__(supported_entities=entities, name="classifier", supported_language=LANGUAGE)

    def load(self) -> None:
        """Loaded already."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        """Return what the classifier finds in one text."""
        del entities, nlp_artifacts
        reading = self._reader.reading(text)
        return [
            _result(finding)
            for finding in (
                reading.findings(self._reader.types) if reading is not None else self._reader.find([text])[0]
            )
        ]


def analyzer(recognizers: Iterable[EntityRecognizer], engine: NerEngine) -> AnalyzerEngine:
    """Wire an AnalyzerEngine from our parts alone."""
    registry = RecognizerRegistry(recognizers=list(recognizers), supported_languages=[LANGUAGE])
    return AnalyzerEngine(
        registry=registry,
        nlp_engine=engine,
        supported_languages=[LANGUAGE],
        context_aware_enhancer=_NoEnhancer(),
        default_score_threshold=0.0,
    )


def findings(results: Iterable[RecognizerResult]) -> list[Finding]:
    """Turn Presidio's results back into findings."""
    return [
        Finding(
            result.entity_type,
            result.start,
            result.end,
            float(result.recognition_metadata["score"]),
            str(result.recognition_metadata[_NAME]),
            str(result.recognition_metadata.get("role", "data_subject")),
        )
        for result in results
    ]
