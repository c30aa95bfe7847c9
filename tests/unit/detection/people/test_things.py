"""Names that things bear, by the words before and behind them, their list, their table, and other places of the text."""

from __future__ import annotations

import pytest

from proxy.core.findings import Finding, Status
from proxy.detection.people.nobody import without_weak_names
from proxy.detection.people.things import names_of_things

REST = "comes in four colours, ships within six weeks and has the same warranty as before"


def people(text: str, *values: str, recognizer: str = "classifier") -> list[Finding]:
    places = [text.index(value) for value in values]
    return [Finding("PERSON", at, at + len(value), 0.99, recognizer) for at, value in zip(places, values, strict=True)]


def things(text: str, *values: str, language: str = "") -> set[str]:
    return {text[f.start : f.end] for f in names_of_things(text, people(text, *values), language)}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Preisliste Sofas: Kasimir 890 Euro, Greta 1.090 Euro.", ("Kasimir", "Greta")),
        ("Which potatoes for mash: Charlotte, Nicola or Agria?", ("Charlotte", "Nicola")),
        ("Rosa, Margherita, Viola: quale di questi fiori resiste?", ("Rosa", "Margherita", "Viola")),
        ("Catalogo lampade: Ginevra in ottone, Tobia in vetro.", ("Ginevra", "Tobia")),
    ],
)
def test_items_of_a_list_of_goods_are_things(text: str, values: tuple[str, ...]) -> None:
    assert things(text, *values) == set(values)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Present: Charlotte, Nicola and Emil.", ("Charlotte", "Nicola", "Emil")),
        ("About the sofas: please ask Charlotte, then Emil.", ("Charlotte", "Emil")),
        ("The sofas are sold. Anwesend: Greta, Emil.", ("Greta", "Emil")),
        ("For the sofas: Charlotte wants them today", ("Charlotte",)),
        ("Sofas: Ingrid Weber, Tom Garcia.", ("Ingrid Weber", "Tom Garcia")),
    ],
)
def test_people_beside_goods_are_none(text: str, values: tuple[str, ...]) -> None:
    assert things(text, *values) == set()


def test_a_thing_keeps_its_name_at_every_place_of_the_text() -> None:
    text = "Modell Greta läuft aus; im Schaufenster steht Greta in Blau."
    last = text.rindex("Greta")
    name = Finding("PERSON", last, last + 5, 0.99, "classifier")
    assert names_of_things(text, [name]) == {name}
    assert names_of_things(text.replace("Modell Greta", "Modell Emil"), [name]) == set()


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


@pytest.mark.parametrize(
    ("header", "named"),
    [("ean;description;case", True), ("customer;description;qty", False), ("ticket;description;date", False)],
)
def test_cells_of_goods_are_things_in_a_table_of_goods(header: str, named: bool) -> None:
    text = f"{header}\n4001234567891;Verkade Maria;12\n4009876543217;Leibniz Butterkeks;8"
    assert bool(things(text, "Verkade Maria")) is named


def test_a_thing_in_a_text_about_somebody_keeps_its_name_masked() -> None:
    text = f"Preisliste Sofas: Kasimir 890 Euro, Greta 1.090 Euro. My sister says that it {REST}."
    names = people(text, "Kasimir", "Greta")
    assert without_weak_names(text, names, Status.COMPLETE) == tuple(names)
