from __future__ import annotations

import pytest

from proxy.core.findings import Finding
from proxy.detection.meaning.ages import ages, countable, minor

NAME = (Finding("PERSON", 0, 3, 0.9, "x"),)


@pytest.mark.parametrize(
    "text",
    ["a 16-year-old girl", "der 12-jährige Patient", "un niño de 5 años", "enfant, âge: 7", "a 6 month old baby", "wiek: 9", "the newborn",
     "ein minderjähriger Zeuge", "she is 15.", "bambina di 4 anni"],
)  # fmt: skip
def test_cues_of_a_minor(text):
    assert minor(text)


@pytest.mark.parametrize(
    "text",
    [
        "a 34-year-old woman",
        "for 5 years",
        "hace 3 años",
        "depuis 10 ans",
        "a page of 12 lines",
        "over the past 2 years",
        "version 7",
        "for players aged 8 and up",
        "Ma 2,4 km",
    ],
)
def test_no_cue_of_a_minor(text):
    assert not minor(text)


def test_a_minor_in_a_program_counts_beside_a_person_only():
    text = "const valid = { age: 12 };"

    def programs(text):
        return [(0, len("const valid = { age: 12 };"), "typescript")]

    assert minor(text)
    assert not minor(text, (), programs)
    assert minor(text, NAME, programs)
    assert minor(f"{text}\n\nMy 12-year-old needs this.", (), programs)


def test_an_age_under_ninety_counts_beside_a_person_only():
    assert ages("a 55-year-old male", ()) == []
    assert [f.score for f in ages("Ann, a 55-year-old", NAME)] == [0.45]


def test_an_age_over_eighty_nine_always_counts():
    assert [f.score for f in ages("a 93-year-old male", ())] == [0.85]


def test_an_age_somebody_tells_counts():
    assert ages("I'm 31 years old", ())
    assert ages("my father retired at the age of 61", ())


def test_guessed_ages_and_months_follow_the_same_rule():
    text = "45 in April 2022"
    age, month = Finding("AGE", 0, 2, 0.9, "classifier"), Finding("DATE", 6, 16, 0.9, "date_month_year")
    assert not countable(text, age, [age])
    assert not countable(text, month, [month])
    assert countable(text, age, NAME)
    assert countable("on May 3rd, 2022", Finding("DATE", 3, 16, 0.9, "date_month_first"), [])
