"""Names of those who speak, are asked or are written to."""

from __future__ import annotations

import pytest

from proxy.detection.people.reporting_verbs import names_by_reporting_verb
from proxy.detection.people.words import read


def found(text: str) -> list[str]:
    return [text[f.start : f.end] for f in names_by_reporting_verb(text, read(text, (), None))]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Céline a appelé pour la facture", "Céline"),
        ("Mentzel hat wegen der Rechnung angerufen", "Mentzel"),
        ("Pregúntale a Alcolea si el pedido ya salió", "Alcolea"),
        ("Chiedi a Chittolini se l'ordine è partito", "Chittolini"),
        ("Vraag van Herstal of de bestelling verzonden is", "van Herstal"),
        ("Żelazek dzwoni w sprawie faktury", "Żelazek"),
        ("Monteiro ligou por causa da fatura", "Monteiro"),
        ("the ticket was closed by Phelps on Friday", "Phelps"),
        ("Torben Mentzel ist im Urlaub", "Torben Mentzel"),
    ],
)
def test_a_listed_name_by_a_verb_of_people_is_found(text, name):
    assert found(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "Ask Jenkins to rebuild and tell Docker to stop",
        "der Schmied ruft den Meister",
        "the invoice was closed by mistake",
        "Siemens hat gestern angerufen",
        "Céline is a brand of bags",
        "Frage Nummer zwei: warum ist der Himmel blau?",
    ],
)
def test_programs_firms_nouns_and_names_by_themselves_are_left(text):
    assert found(text) == []


#: Languages -> relatives as sentences name them: with and without a declension.
KIN = {
    "en": ["mother", "grandfather", "stepson", "aunt", "cousin", "sister-in-law", "neighbour"],
    "de": ["Mutter", "Großvater", "Schwiegertochter", "Tante", "Onkel", "Opa", "meiner Frau"],
    "es": ["mi mujer", "hija", "tío", "tía", "suegra", "sobrino"],
    "fr": ["ma femme", "belle-mère", "oncle", "tonton", "mamie", "neveu"],
    "it": ["moglie", "suo padre", "zia", "nonno", "cognata"],
    "nl": ["moeder", "schoonzoon", "tante", "opa", "buurvrouw"],
    "pl": ["mężu", "żonie", "córce", "babci", "wujkiem", "wnuczką"],
    "pt": ["minha avó", "tia", "tio", "vô", "cunhado"],
}


@pytest.mark.parametrize("relative", [word for words in KIN.values() for word in words])
def test_an_unmistakable_name_behind_a_relative_is_found_in_any_case(relative):
    for name in ("Kazimierz", "Neide", "Nolwenn", "Aleida", "Gianluca", "Rosalind"):
        assert found(f"x {relative} {name} y") == [name]
        assert found(f"x {relative} {name.lower()} y") == [name.lower()]


@pytest.mark.parametrize("relative", ["mother", "Tante", "tío", "zia"])
@pytest.mark.parametrize("word", ["board", "haus", "table", "Tisch", "blume"])
def test_a_word_behind_a_relative_is_no_name(relative, word):
    assert found(f"x {relative} {word} y") == []
