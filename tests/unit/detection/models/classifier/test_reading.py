from __future__ import annotations

import numpy as np
import pytest

from proxy.core.findings import Finding
from proxy.detection.models.classifier.reading import ClassifierReader, ClassifierReading
from proxy.detection.models.classifier.spans import Span, WordScores

pytestmark = pytest.mark.heavy


TEXT = "Dr. Ana Ruiz Servicio de Urgencias"
OUTSIDE = {"Dr": 0.3, "Ana": 0.02, "Ruiz": 0.1, "Servicio": 0.98, "de": 0.99, "Urgencias": 0.6}


def reading(text: str = TEXT, outside: dict[str, float] = OUTSIDE) -> ClassifierReading:
    bounds = [(text.index(word), text.index(word) + len(word)) for word in outside]
    none = np.zeros((len(bounds), 1), dtype=np.float32)
    return ClassifierReading([], WordScores(bounds, none, np.array(list(outside.values()), dtype=np.float32), none))


def test_only_spans_with_an_entity_type_are_findings():
    spans = [Span("FACILITY", 0, 3, 0.81234), Span("YEAR", 4, 8, 0.9)]
    assert ClassifierReading(spans).findings({"FACILITY": "LOCATION", "YEAR": None}) == [
        Finding("LOCATION", 0, 3, 0.8123, "classifier")
    ]


class _Model:
    types = {"PERSON": "PERSON"}  # noqa: RUF012
    version = "v"

    def settle(self):
        return None

    def read(self, texts):
        return [ClassifierReading([Span("PERSON", 0, len(text), 0.9)]) for text in texts]


def test_the_readings_of_the_last_batch_are_kept_and_no_others():
    reader = ClassifierReader(_Model())
    assert [[f.end for f in found] for found in reader.find(["Ana", "Bob"])] == [[3], [3]]
    assert reader.reading("Ana") is not None
    reader.find(["Carl"])
    assert reader.reading("Ana") is None
