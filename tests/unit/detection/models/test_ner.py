"""What is not read of spaCy's package is what the language makes itself."""

from __future__ import annotations

import pytest

from proxy.detection.models.analyzer import spacy
from proxy.detection.models.ner import MODEL, load_model

pytestmark = pytest.mark.heavy


def test_the_tokenizer_is_that_of_the_package():
    assert load_model().tokenizer.to_bytes() == spacy.load(MODEL).tokenizer.to_bytes()
