"""Names of people by the evidence of their words: known names, half a name that a model found, capitalisation.

A finding rests on at least two pieces of evidence: a known name and its spelling; a name already found and the word
beside it; or two words in a row that the token classifier nearly takes for a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from proxy.core.findings import Finding
from proxy.detection.models.classifier.reading import ClassifierReading
from proxy.detection.people.guesses import of_disease
from proxy.detection.people.reporting_verbs import names_by_reporting_verb
from proxy.detection.people.rows import rows
from proxy.detection.people.speakers import speakers
from proxy.detection.people.words import read

RECOGNIZER: Final = "known_name"
_SCORE = 0.7


def find_names(text: str, findings: Sequence[Finding], reading: ClassifierReading | None) -> list[Finding]:
    """Return further names of people, and whole names over those found in part."""
    words = read(text, findings, reading)
    spans = [span for span in rows(text, words) if not of_disease(text, *span)]
    reported = names_by_reporting_verb(text, words)
    parts = (f for f in reported if not any(start <= f.start and f.end <= end for start, end in spans))
    return [*(Finding("PERSON", *span, _SCORE, RECOGNIZER) for span in spans), *parts, *speakers(text)]
