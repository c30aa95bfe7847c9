"""Names in lists of what each pays or gets."""

from __future__ import annotations

import pytest

from proxy.detection.people.shares import shares
from proxy.detection.people.words import read


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in shares(text, read(text, (), None))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Anna 20 Euro, Peter 35 Euro, Gülcan 12,50 Euro", ["Anna", "Peter", "Gülcan"]),
        ("Megan £12.50, Josh £20 and Priya £8", ["Megan", "Josh", "Priya"]),
        ("Kasia: 20 zł\nPiotr: 35 zł\nMagda: 15 zł", ["Kasia", "Piotr", "Magda"]),
        ("Camille 12 €; Julien 15 €", ["Camille", "Julien"]),
    ],
)
def test_who_shares_a_sum_is_found(text, names):
    assert found(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Lampen: Klara 20 Euro, Anton 35 Euro, Emil 12 Euro",
        "Weine: Barbera 12 €, Dolcetto 9 €, Chianti 15 €",
        "Sol 4 €, Mar 3 €, Rosa 5 €",
        "Kategorie A 20 Euro, Klasse B 35 Euro",
        "Windows 11, Office 365, Java 17",
        "Megan £12.50 for the taxi",
    ],
)
def test_goods_and_single_sums_are_left(text):
    assert found(text) == []
