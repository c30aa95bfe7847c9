from __future__ import annotations

import numpy as np
import pytest

from proxy.detection.models.classifier.spans import Floats, Span, WordScores, decode, gather, with_titles
from proxy.detection.models.classifier.tokens import WordPieces

pytestmark = pytest.mark.heavy


NAMES = ("PERSON", "DATE", "PASSPORT", "NATIONAL_ID", "TITLE")


def words_of(text: str, marks: list[tuple[str, str, float]]) -> WordScores:
    """Words of the text in order, each with a class ("" for none), "B" or "I", and its probability."""
    bounds, place = [], 0
    classes = np.zeros((len(marks), len(NAMES)), dtype=np.float32)
    opens = np.zeros_like(classes)
    outside = np.ones(len(marks), dtype=np.float32)
    for index, (word, label, chance) in enumerate(marks):
        place = text.index(word, place)
        bounds.append((place, place + len(word)))
        place += len(word)
        if label:
            column = NAMES.index(label[2:])
            classes[index, column] = chance
            opens[index, column] = chance if label[0] == "B" else 0
            outside[index] = 1 - chance
    return WordScores(bounds, classes, outside, opens)


def found(text: str, marks: list[tuple[str, str, float]], **options: float) -> list[tuple[str, str]]:
    return [(span.name, text[span.start : span.end]) for span in decode(words_of(text, marks), text, NAMES, **options)]


def test_neighbours_of_one_class_form_one_span() -> None:
    marks = [("Anna", "B-PERSON", 0.9), ("Lee", "I-PERSON", 0.8), ("sings", "", 0)]
    assert found("Anna Lee sings", marks) == [("PERSON", "Anna Lee")]


def test_a_likely_beginning_opens_a_new_span() -> None:
    marks = [("Anna", "B-PERSON", 0.9), ("Ben", "B-PERSON", 0.9)]
    assert found("Anna Ben", marks) == [("PERSON", "Anna"), ("PERSON", "Ben")]


def test_a_mark_inside_a_date_belongs_to_it() -> None:
    marks = [("12", "B-DATE", 0.9), ("/", "", 0), ("2024", "I-DATE", 0.9)]
    assert found("12/2024", marks) == [("DATE", "12/2024")]


def test_a_mark_with_space_around_it_parts() -> None:
    marks = [("12", "B-DATE", 0.9), ("/", "", 0), ("2024", "I-DATE", 0.9)]
    assert found("12 / 2024", marks) == [("DATE", "12"), ("DATE", "2024")]


def test_number_classes_are_one_family_named_by_the_likeliest() -> None:
    marks = [("AB", "B-PASSPORT", 0.5), ("12", "I-NATIONAL_ID", 0.9), ("34", "I-NATIONAL_ID", 0.9)]
    assert found("AB 12 34", marks) == [("NATIONAL_ID", "AB 12 34")]


def test_the_threshold_decides() -> None:
    marks = [("Anna", "B-PERSON", 0.35)]
    assert found("Anna", marks) == []
    assert found("Anna", marks, threshold=0.3) == [("PERSON", "Anna")]


def test_the_first_word_has_nothing_before_it() -> None:
    assert found("Anna sings", [("Anna", "B-PERSON", 0.9), ("sings", "", 0)]) == [("PERSON", "Anna")]


def test_a_class_may_have_its_own_threshold() -> None:
    words = words_of("Anna", [("Anna", "B-PERSON", 0.6)])
    assert decode(words, "Anna", NAMES, thresholds={"PERSON": 0.7}) == []


def test_trailing_marks_fall_off() -> None:
    marks = [("Anna", "B-PERSON", 0.9), (",", "I-PERSON", 0.9)]
    assert found("Anna, hello", marks) == [("PERSON", "Anna")]


def test_pieces_are_averaged_over_their_word() -> None:
    tokens = WordPieces([7, 8, 9], [(0, 2), (2, 4), (5, 8)], [0, 0, 1], [0, 0, 0])
    chances: Floats = np.array([[0.2, 0.8, 0.0], [0.6, 0.0, 0.4], [1.0, 0.0, 0.0]], dtype=np.float32)
    words = gather(tokens, chances)
    assert words.bounds == [(0, 4), (5, 8)]
    assert words.outside.tolist() == pytest.approx([0.4, 1.0])
    assert words.classes[0].tolist() == pytest.approx([0.6])
    assert words.opens[0].tolist() == pytest.approx([0.8])


def test_a_title_joins_the_name_after_it() -> None:
    text = "Dr. Lee met a dr."
    spans = [Span("TITLE", 0, 3, 0.9), Span("PERSON", 4, 7, 0.8), Span("TITLE", 14, 17, 0.9)]
    assert with_titles(spans, text) == [Span("PERSON", 0, 7, 0.8), Span("TITLE", 14, 17, 0.9)]
