from __future__ import annotations

import pytest

from proxy.core.findings import Finding
from proxy.detection.explain import reason


@pytest.mark.parametrize(
    ("recognizer", "score", "expected"),
    [
        ("us_ssn", 0.98, "pattern of US with a valid check and a word that announces it"),
        ("us_ssn", 0.7, "pattern of US with a valid check without a word that announces it"),
        ("spacy", 0.6, "spaCy's named-entity model"),
        ("secrets:figma-personal-access-token", 0.9, "the secret rule figma-personal-access-token"),
        ("encoded:terms", 0.6, "inside an encoded part: a term of the category lists"),
    ],
)
def test_every_finding_has_a_reason(recognizer, score, expected):
    assert reason(Finding("X", 0, 1, score, recognizer)) == expected
