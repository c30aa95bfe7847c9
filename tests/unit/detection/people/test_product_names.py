"""Names that things bear, by the words before them and at other places of the text."""

from __future__ import annotations

import pytest

from proxy.core.findings import Finding, Status
from proxy.detection.people.impersonal import without_weak_names
from proxy.detection.people.product_names import named_after, product_names

REST = "comes in four colours, ships within six weeks and has the same warranty as before"


def people(text: str, *values: str) -> list[Finding]:
    places = [text.index(value) for value in values]
    return [
        Finding("PERSON", at, at + len(value), 0.99, "classifier") for at, value in zip(places, values, strict=True)
    ]


def things(text: str, *values: str, language: str = "") -> set[str]:
    return {text[f.start : f.end] for f in product_names(text, people(text, *values), language)}


def test_a_thing_keeps_its_name_at_every_place_of_the_text() -> None:
    text = "Modell Greta läuft aus; im Schaufenster steht Greta in Blau."
    last = text.rindex("Greta")
    name = Finding("PERSON", last, last + 5, 0.99, "classifier")
    assert product_names(text, [name]) == {name}
    assert product_names(text.replace("Modell Greta", "Modell Emil"), [name]) == set()


@pytest.mark.parametrize(
    ("text", "value", "language", "thing"),
    [
        ("Ley Beckham", "Ley Beckham", "es", True),
        ("Loi Evin", "Loi Evin", "fr", True),
        ("Lei Wang", "Lei Wang", "en", False),
        ("Ley Ingrid Weber", "Ley Ingrid Weber", "es", False),
    ],
)
def test_a_word_for_a_thing_in_the_language_of_the_text_makes_it_one(
    text: str, value: str, language: str, thing: bool
) -> None:
    assert (things(text, value, language=language) == {value}) is thing


def test_a_full_name_joined_to_that_of_a_thing_is_a_persons() -> None:
    assert things("The sofa Charlotte and Ingrid Weber", "Charlotte", "Ingrid Weber") == {"Charlotte"}


def test_a_thing_in_a_text_about_somebody_keeps_its_name_masked() -> None:
    text = f"Preisliste Sofas: Kasimir 890 Euro, Greta 1.090 Euro. My sister says that it {REST}."
    names = people(text, "Kasimir", "Greta")
    assert without_weak_names(text, names, Status.COMPLETE) == tuple(names)


@pytest.mark.parametrize(
    "text",
    [
        "You are Ingrid Weber, an AI researcher, and the letter to the bank is in your own words.",
        "Ingrid Weber is a software engineer and the letter to the bank is in her own words.",
        "Please ask Ingrid Weber, an agent of the insurer in Bremen, for the missing papers.",
    ],
)
def test_a_full_name_is_a_persons_whatever_it_is_said_to_be(text: str) -> None:
    names = people(text, "Ingrid Weber")
    assert without_weak_names(text, names, Status.COMPLETE) == tuple(names)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("Konrad-Adenauer-Allee", True), ("Jane Park", False), ("Anna Allee", False), ("Mary-Ann Weber", False),
    ],
)  # fmt: skip
def test_a_compound_with_the_word_of_a_street_is_called_after_somebody(value: str, place: bool) -> None:
    assert named_after(value) is place


def test_what_is_counted_behind_its_name_is_a_thing() -> None:
    text = "We need Greta 4 pcs., Olga: 12 szt., Emil 3 days and Ingrid Weber 2 Stk."
    assert things(text, "Greta", "Olga", "Emil", "Ingrid Weber") == {"Greta", "Olga"}
