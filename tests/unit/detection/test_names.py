from __future__ import annotations

import pytest

from proxy.detection.names import names
from proxy.detection.terms import TermFinder

TERMS = TermFinder()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Dear Dr. Maria Schmidt,", "Maria Schmidt"),
        ("wir berichten von Frau Antonia Anderer, geboren", "Antonia Anderer"),
        ("Apellidos: De Miguel Rivera.", "De Miguel Rivera"),
        ("Nazwisko i imię: Marek Nowak\nPESEL", "Marek Nowak"),
        ("a patient like Anna S., seen", "Anna S."),
        ("My name is Rubija", "Rubija"),
        ("Je m'appelle Zoé Lefèvre", "Zoé Lefèvre"),
        ('{"full name": "Jane Q. Public"}', "Jane Q. Public"),
    ],
)
def test_announced_names(text, name):
    assert name in {text[f.start : f.end] for f in names(text, TERMS)}


@pytest.mark.parametrize(
    "text",
    [
        "Vitamin D. is",
        "Hepatitis B, chronic",
        "Name: null",
        "From: the team",
        "type: String",
        "Stage I. Then",
        "patient: unknown",
    ],
)
def test_no_names(text):
    assert names(text, TERMS) == []
