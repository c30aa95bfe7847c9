from __future__ import annotations

import numpy as np
import pytest

from proxy.detection.models.arbiter import entities, passages
from proxy.detection.models.classifier.reading import ClassifierReading
from proxy.detection.models.classifier.spans import WordScores
from proxy.detection.models.ner import NerEngine

pytestmark = pytest.mark.heavy


TEXT = "We met Kowal at Fasthub. Nothing else. Refund Policy applies to Zed Foo"


def reading(**outside: float) -> ClassifierReading:
    words = TEXT.replace(".", "").split()
    bounds, place = [], 0
    for word in words:
        place = TEXT.index(word, place)
        bounds.append((place, place + len(word)))
    none = np.zeros((len(words), 1), dtype=np.float32)
    sure = np.array([outside.get(word, 0.999) for word in words], dtype=np.float32)
    return ClassifierReading([], WordScores(bounds, none, sure, none))


def test_passages_are_the_sentences_with_a_capital_in_doubt():
    assert [TEXT[a:b] for a, b in passages(TEXT, reading(Fasthub=0.7, applies=0.7))] == ["We met Kowal at Fasthub."]
    assert passages(TEXT, reading()) == []
    assert passages(TEXT, None) == []


def test_two_doubts_in_one_sentence_are_one_passage():
    assert [TEXT[a:b] for a, b in passages(TEXT, reading(Kowal=0.7, Fasthub=0.8, Zed=0.5))] == [
        "We met Kowal at Fasthub.",
        "Refund Policy applies to Zed Foo",
    ]


def test_entities_of_a_part_have_the_offsets_of_the_whole():
    text = "Nothing here. Angela Merkel lives in Berlin. And Paris is never read."
    engine = NerEngine(["en"])
    found = entities(engine, [text, text], [[(14, 44)], []], "en")
    assert {text[e.start_char : e.end_char] for e in found[0].entities} == {"Angela Merkel", "Berlin"}
    assert found[1].entities == []
