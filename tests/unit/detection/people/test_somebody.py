"""A text speaks of a person, or of care, by single words; a few words are too little to tell."""

from __future__ import annotations

import pytest

from proxy.detection.people.somebody import says_care, says_somebody, whole_words

REST = "comes in four colours, ships within six weeks and has the same warranty"


@pytest.mark.parametrize(
    "word", ["tenant", "meine Schwester", "battesimo", "aniversário", "wypracowanie", "collega", "condoléances"]
)
def test_a_word_of_a_person_tells(word: str) -> None:
    assert says_somebody(f"{REST}, {word}")


@pytest.mark.parametrize(
    "text", [REST, f"{REST} as tenantless flats", f"total * 0.985 {REST}", f"replaces parts, {REST}"]
)
def test_no_other_word_tells(text: str) -> None:
    assert not says_somebody(text)


def test_a_few_words_may_be_about_anybody() -> None:
    assert says_somebody("comes in four colours")


@pytest.mark.parametrize(("text", "told"), [("the clinical trial", True), ("o erro surge no Edge", False)])
def test_words_of_care_are_whole_words(text: str, told: bool) -> None:
    assert says_care(text) is told


def test_whole_words_are_found_in_any_case() -> None:
    assert whole_words("kin").search("der ONKEL, die SCHWÄGERIN, my UNCLE") is not None
    assert whole_words("kin").search("carbuncle") is None
