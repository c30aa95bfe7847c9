"""A text speaks of a person by single words; a few words are too little to tell."""

from __future__ import annotations

import pytest

from proxy.detection.people.mentions import mentions_person, whole_words

REST = "comes in four colours, ships within six weeks and has the same warranty"


@pytest.mark.parametrize(
    "word", ["tenant", "meine Schwester", "battesimo", "aniversário", "wypracowanie", "collega", "condoléances"]
)
def test_a_word_of_a_person_tells(word: str) -> None:
    assert mentions_person(f"{REST}, {word}")


@pytest.mark.parametrize(
    "text",
    [REST, f"{REST} as tenantless flats", f"total * 0.985 {REST}", f"replaces parts, {REST}", f"web.worker-2 {REST}"],
)
def test_no_other_word_tells(text: str) -> None:
    assert not mentions_person(text)


@pytest.mark.parametrize(
    ("told", "untold"),
    [
        ("la nota de la alumna", "la nota fiscal"),
        ("my boss", "Hugo Boss"),
        ("mein Kollege", "liebe Kolleginnen und Kollegen"),
        ("mijn collega", "beste collega's"),
        ("powódka", "to jest powód"),
        ("lavoro in banca", "annuncio di lavoro per cuoco"),
        ("vervangt Zumbo", "vervangt de klep"),
        ("sostituire Zumbo", "sostituire la valvola"),
        ("sustituye a Zumbo", "sustituye la válvula"),
    ],
)
def test_a_word_tells_of_a_person_and_not_of_a_thing_or_of_all(told: str, untold: str) -> None:
    assert mentions_person(f"{REST}, {told}")
    assert not mentions_person(f"{REST}, {untold}")


def test_a_few_words_may_be_about_anybody() -> None:
    assert mentions_person("comes in four colours")


def test_whole_words_are_found_in_any_case() -> None:
    assert whole_words("kin").search("der ONKEL, die SCHWÄGERIN, my UNCLE") is not None
    assert whole_words("kin").search("carbuncle") is None
