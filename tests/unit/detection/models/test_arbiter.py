from __future__ import annotations

import numpy as np
import pytest

from proxy.core.findings import Finding
from proxy.detection.models.arbiter import entities, passages, weighed
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


def guess(value: str, kind: str = "PERSON", name: str = "spacy", score: float = 0.6) -> Finding:
    start = TEXT.index(value)
    return Finding(kind, start, start + len(value), score, name)


def left(finding: Finding, *others: Finding, **outside: float) -> list[str]:
    return [TEXT[f.start : f.end] for f in weighed([finding, *others], reading(**outside)) if f not in others]


def test_spacy_is_not_believed_where_the_classifier_is_sure():
    assert left(guess("Refund Policy", "ORGANIZATION")) == []


@pytest.mark.parametrize(("kind", "expected"), [("PERSON", ["Kowal"]), ("ORGANIZATION", [])])
def test_where_it_is_unsure_spacy_is_believed_organisations_less(kind, expected):
    assert left(guess("Kowal", kind), Kowal=0.9) == expected


def test_spacy_is_cut_to_the_words_in_doubt():
    assert left(guess("Kowal at Fasthub"), Kowal=0.5) == ["Kowal"]


def test_a_name_told_by_a_title_ends_where_the_classifier_sees_none():
    assert left(guess("Kowal at", name="name_titled", score=0.8), Kowal=0.1) == ["Kowal"]


def test_a_name_told_by_a_title_is_never_dropped():
    assert left(guess("Kowal", name="name_titled", score=0.8)) == ["Kowal"]


def test_a_pattern_is_not_weighed():
    assert left(guess("Kowal", "PASSPORT", "passport")) == ["Kowal"]


@pytest.mark.parametrize(("score", "expected"), [(0.45, []), (0.85, ["Foo"])])
def test_only_an_age_over_89_stands_against_the_classifier(score, expected):
    assert left(guess("Foo", "AGE", "age", score)) == expected


def test_a_facility_told_by_a_rule_gives_way_to_the_place_the_classifier_found():
    place = guess("Fasthub", "LOCATION", "classifier", 0.9)
    assert left(guess("at Fasthub", "ORGANIZATION", "facility"), place, Fasthub=0.1) == []


def test_without_a_reading_everything_stands():
    assert weighed([guess("Kowal")], None) == [guess("Kowal")]


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
