from __future__ import annotations

import pytest

from proxy.detection.meaning.terms import TermFinder
from proxy.detection.people.names import names

TERMS = TermFinder()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Dear Dr. Maria Schmidt,", "Maria Schmidt"),
        ("wir berichten von Frau Antonia Anderer, geboren", "Antonia Anderer"),
        ("Apellidos: De Miguel Rivera.", "De Miguel Rivera"),
        ("Nazwisko i imię: Marek Nowak\nPESEL", "Marek Nowak"),
        ("a patient like Anna S., seen", "Anna S."),
        ('{"full name": "Jane Q. Public"}', "Jane Q. Public"),
        ("Rozmawiałem z panem Wiśniewskim o umowie", "Wiśniewskim"),
        ("proszę przekazać pani Zielińskiej", "Zielińskiej"),
        ("Médico: Clara Peña Ruiz NºCol: 11 22", "Clara Peña Ruiz"),
        ("Remitido por: Luis Mora Servicio de Urología", "Luis Mora"),
        ("Signed by: Ana Costa. Email: a@b.pt", "Ana Costa"),
        ("Dr. Ma. Elena Rojas y Departamento", "Ma. Elena Rojas"),
        ("Mr. J. R. Ewing. Who are you?", "J. R. Ewing"),
        ("er bittet um rückruf durch frau siebenmorgen punkt", "siebenmorgen"),
        ("recado para o doutor quintanilha sobre a consulta", "quintanilha"),
        ("the case DS-00681 belongs to mr hebblethwaite who called at the desk", "hebblethwaite"),
        ("ho promesso a sig. de santis che qualcuno se ne occupa", "de santis"),
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
        "der herr direktor und frau doktor",
        "Der doktor zwillburg",
    ],
)
def test_no_names(text):
    assert names(text, TERMS) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" * Author: Imre Deak <imre.deak@mill.example>", "Imre Deak"),
        ("// Xumbro Vkrell <xv@mill.example>", "Xumbro Vkrell"),
        ("/* Copyright (C) 2000 Jens Axboe <axboe@mill.example> */", "Jens Axboe"),
        ("R. Hettinger (rhettinger@mill.example)", "R. Hettinger"),
        ('"ludo" <ludo@mill.example>', "ludo"),
    ],
)
def test_name_before_an_address_that_is_made_of_it(text, name):
    assert {text[f.start : f.end] for f in names(text, TERMS)} == {name}


@pytest.mark.parametrize(
    "text",
    [
        "Maintainer: Linux list <linux-list@mill.example>",
        "Acme Support <support@acme.example>",
        "write to Support (support@mill.example)",
        "(mail@mill.example)",
    ],
)
def test_list_and_firm_before_their_address_are_nobody(text):
    assert not names(text, TERMS)


@pytest.mark.parametrize("text", ["Visit Rose Garden today", "Hope Springs eternal"])
def test_english_words_are_no_names(text: str) -> None:
    assert names(text, TermFinder()) == []
