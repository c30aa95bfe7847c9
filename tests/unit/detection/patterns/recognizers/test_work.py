"""Occupation and employer behind their labels."""

from __future__ import annotations

import pytest

from testing import models

SCANNER = models.scanner()


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ('{"beruf":"Bootsbauer"}', "PROFESSION", "Bootsbauer"),
        ("zawód: pielęgniarz", "PROFESSION", "pielęgniarz"),
        ("Job title: night porter\n", "PROFESSION", "night porter"),
        ('"arbeitgeber": "Werft Jansen & Söhne"', "ORGANIZATION", "Werft Jansen & Söhne"),
        ("datore di lavoro = Cantieri del Tirreno", "ORGANIZATION", "Cantieri del Tirreno"),
    ],
)
def test_the_value_of_a_label(text, kind, value):
    assert (kind, value) in {(f.entity_type, text[f.start : f.end]) for f in SCANNER.scan(text)}


@pytest.mark.parametrize(
    "text", ["his occupation was unknown", "profession: 12", "the employer pays", "employers: 40 of them"]
)
def test_labels_without_a_value(text):
    assert not [f for f in SCANNER.scan(text) if f.recognizer in {"occupation", "employer"}]
