"""Names that fill a place by themselves: items of lists, cells, quotations, what a label of a person says."""

from __future__ import annotations

import time

import pytest

from proxy.core.findings import Finding
from proxy.detection.people.further import people
from proxy.detection.people.slots import slots
from proxy.detection.people.words import read


def found(text, *others):
    return [text[start:end] for start, end, _ in slots(text, read(text, others, None))]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Guests:\n- Eluned Trevithick\n- two more", "Eluned Trevithick"),
        ("2) Okonjo, Philippa (late)", "Okonjo, Philippa"),
        ("[ ] harriet ravenscroft\n[x] pay rent", "harriet ravenscroft"),
        ("INSERT INTO seat VALUES (7, 'Krüßmann, Dietmar', 'open');", "Krüßmann, Dietmar"),
        ("wystawione\t12\t40.00\nBożena Przybysławska\t12\t40.00", "Bożena Przybysławska"),
    ],
)
def test_a_name_fills_the_place_of_an_item(text, name):
    assert found(text) == [name]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mieter: Quasthoff, Wendelgard", "Quasthoff, Wendelgard"),
        ('{"approvedBy": "Tobermory Haldane"}', "Tobermory Haldane"),
        ("Inquilina: zulmira vilhena", "zulmira vilhena"),
        ("WHERE first_name = 'Rosalind'", "Rosalind"),
        ("the tenant (Achterveldt, Corstiaan) moved out", "Achterveldt, Corstiaan"),
        ("The report is ready.\n\nMfG\nWendelgard Quasthoff", "Wendelgard Quasthoff"),
    ],
)
def test_the_label_of_a_person_makes_a_name_of_words_that_no_list_has(text, name):
    assert found(text) == [name]


def test_a_card_has_the_family_name_first():
    assert found("BEGIN:VCARD\nN:Achterveldt;Corstiaan;;;\nEND:VCARD") == ["Achterveldt", "Corstiaan"]


@pytest.mark.parametrize(
    "text",
    [
        "- Budget review\n- Hiring plan\n- Office move",
        "status: open\nkind: ConfigMap\nowner: Platform Team\nreviewer: not decided yet",
        "- Metamizol Novaminsulfon 500\n- Lumbale Liquorpunktion: Zellzahl 3",
        "| Product Name | Unit Price |\n| Desk Lamp | 49.90 |",
        "- San Sebastián\n- Santa Monica\n- Calvin Klein",
        "city: 'Santa Ana'; colour: 'Rose Gold'",
    ],
)
def test_things_goods_and_places_fill_it_too(text):
    assert found(text) == []


def test_a_place_that_a_model_sees_gives_way_to_the_label_of_a_person():
    text = "Opiekun: Santo Incorvaia"
    seen = Finding("LOCATION", 9, len(text), 0.9, "classifier")
    assert [text[f.start : f.end] for f in people(text, [seen], None)] == ["Santo Incorvaia"]


def test_a_long_number_before_a_word_costs_no_more_than_its_length():
    began = time.process_time()
    assert found(f"Anna Nowak ({'1' * 28}@ Jan Kos") == []
    assert time.process_time() - began < 1
