"""Names in small letters: a given name that is no word, and what stands behind it."""

from __future__ import annotations

import pytest

from proxy.detection.people.small import announced, of_kin, small
from proxy.detection.people.words import read


def found(text):
    return [text[start:end] for start, end in small(text, read(text, (), None))]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("please draft a reply to harriet threlfall about the delay", "harriet threlfall"),
        ("ayer hablé con begoña peñalosa, que pide", "begoña peñalosa"),
        ("la queja de ana vila-nowak quedó cerrada", "ana vila-nowak"),
        ("la queja de ana kowalczyk quedó cerrada", "ana kowalczyk"),
        ("umowę podpisze małgorzata kowalczyk jutro", "małgorzata kowalczyk"),
    ],
)
def test_a_given_name_takes_the_word_behind_it_along(text, name):
    assert found(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "mark the ticket done and grant access to the team",
        "le délai est de deux à trois jours ouvrables",
        "the rose garden will be open with summer hours",
        "se realizó el diagnóstico de masa retroperitoneal",
        "bitte max wert eintragen und rest leer lassen",
    ],
)
def test_words_that_are_also_names_are_left(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [("my aunt rosalind calls", "rosalind"), ("mia nonna ornella sta bene", "ornella"), ("meine oma gudrun", "gudrun")],
)
def test_a_given_name_behind_a_relative_is_a_name(text, name):
    assert [text[start:end] for start, end in of_kin(read(text, [], None))] == [name]


@pytest.mark.parametrize(
    "text", ["my mother will call", "her son mark and", "my dentist rosalind", "my aunt, rosalind"]
)
def test_ordinary_words_and_others_behind_a_relative_are_left(text):
    assert list(of_kin(read(text, [], None))) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ein Nachbar namens Anselm kam", "Anselm"),
        ("um vizinho chamado Braima veio", "Braima"),
        ("pan czarnecki czeka", "czarnecki"),
        ("m. villeneuve attend", "villeneuve"),
    ],
)
def test_a_name_behind_a_title_or_a_word_that_introduces_one_is_found(text, name):
    assert [text[start:end] for start, end in announced(text, read(text, [], None))] == [name]


@pytest.mark.parametrize(
    "text", ["frau doktor wartet", "altezza 12 m, nolo di tre mesi", "un conseil nommé par la ville"]
)
def test_other_words_behind_a_title_are_left(text):
    assert list(announced(text, read(text, [], None))) == []


def test_a_given_name_with_a_capital_behind_a_relative_is_a_name():
    text = "o irmão Duarte chegou"
    assert [text[start:end] for start, end in of_kin(read(text, [], None))] == ["Duarte"]


def test_a_brand_behind_a_relative_is_left():
    assert list(of_kin(read("arroz Tio João", [], None))) == []
