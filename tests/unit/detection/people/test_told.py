"""Names of those who speak, are asked or are written to."""

from __future__ import annotations

import pytest

from proxy.detection.people.told import told
from proxy.detection.people.words import read


def found(text: str) -> list[str]:
    return [text[f.start : f.end] for f in told(text, read(text, (), None))]


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
