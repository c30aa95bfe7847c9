from __future__ import annotations

import re
from collections import Counter

import pytest

from proxy.core.findings import Status
from proxy.detection.languages import (
    ALONE,
    CODES,
    LANGUAGES,
    LISTS,
    PATTERNS,
    SHARED,
    TRAINED,
    alternatives,
    check,
    parsed,
    patterns,
    words,
)
from proxy.detection.text.language import identify

FILE = """
name = "Test"

[words]
common = ["the", "of"]

[patterns]
kin = ['mothers?']

[terms]
RELIGION = ["belief*"]
"""
#: A text of each language, in which most words are none of the lists.
SAMPLES = {
    "en": "The meeting with the whole team about our new warehouse has been moved to next week.",
    "de": "Die Besprechung mit dem ganzen Team über unser neues Lager wurde auf nächste Woche verschoben.",
    "fr": "La réunion avec toute l'équipe au sujet de notre nouvel entrepôt est reportée à la semaine prochaine.",
    "es": "La reunión con todo el equipo sobre nuestro nuevo almacén se ha aplazado hasta la semana que viene.",
    "it": "La riunione con tutta la squadra sul nostro nuovo magazzino è stata spostata alla settimana prossima.",
    "pt": "A reunião com toda a equipa sobre o nosso novo armazém foi adiada para a próxima semana.",
    "nl": "De vergadering met het hele team over ons nieuwe magazijn is verplaatst naar volgende week.",
    "pl": "Spotkanie z całym zespołem w sprawie naszego nowego magazynu zostało przełożone na przyszły tydzień.",
}


@pytest.mark.parametrize("code", CODES)
def test_every_language_has_a_sample_that_is_told_to_be_its_own(code):
    """One that the model of letters was not trained on is told by its common words, and read in part."""
    assert identify(SAMPLES[code]) == (code, Status.COMPLETE if code in TRAINED else Status.PARTIAL)


def test_every_language_has_common_words_in_lower_case():
    for code in CODES:
        common = LANGUAGES[code].words["common"]
        assert len(common) > 40
        assert all(word == word.lower() for word in common)


def test_lists_are_those_of_all_languages_each_word_once():
    assert LANGUAGES[SHARED].words["links"][0] in words("links")
    assert {"name", "nombre", "naam"} <= set(words("bare_names"))
    assert len(words("no_name")) == len(set(words("no_name")))
    assert "wife" in patterns("kin")
    assert re.fullmatch(alternatives("kin"), "ehefrau")


@pytest.mark.parametrize("member", ["words", "patterns"])
def test_a_word_that_counts_in_all_languages_is_written_once(member):
    lists = (LISTS if member == "words" else PATTERNS).keys() - ALONE
    for name in lists:
        written = [word for language in LANGUAGES.values() for word in getattr(language, member).get(name, ())]
        assert {word for word, count in Counter(written).items() if count > 1} == set(), name


def test_lists_for_one_language_alone_have_its_own_words_too():
    assert LISTS.keys() | PATTERNS.keys() >= ALONE
    assert "tomo" in LANGUAGES["pt"].patterns["first_person"]
    assert "tomo" in LANGUAGES["es"].patterns["first_person"]


def test_an_unknown_list_is_refused():
    with pytest.raises(KeyError):
        words("comon")
    with pytest.raises(KeyError):
        alternatives("kins")


def test_every_list_has_words():
    assert [name for name in LISTS if name != "common" and not words(name)] == []
    assert [name for name in PATTERNS if not patterns(name)] == []


def test_a_file_is_read():
    one = parsed("xx", FILE)
    assert (one.words["common"], one.terms["RELIGION"], one.patterns["kin"]) == (
        ("the", "of"),
        ("belief*",),
        ("mothers?",),
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('name = "Test"', ""), "xx.toml: name: a text is required"),
        (("common", "commen"), "xx.toml: words.commen: is none of "),
        (('["the", "of"]', "[]"), "xx.toml: words.common: required"),
        (('["the", "of"]', '["the", " "]'), "xx.toml: words.common: a list of words"),
        (("RELIGION", "PERSON"), "xx.toml: terms.PERSON: is none of "),
        (("mothers?", "mothers?("), "xx.toml: patterns: "),
        (("mothers?", "(mother)s?"), "has a group of its own"),
        (("[patterns]", "[pattern]"), "xx.toml: pattern: unknown"),
    ],
)
def test_a_mistake_is_named_with_its_place(change, message):
    assert change[0] in FILE
    with pytest.raises(ValueError) as fault:
        check(parsed("xx", FILE.replace(*change)))
    assert message in str(fault.value)


def test_the_expressions_of_every_file_are_valid():
    for language in LANGUAGES.values():
        check(language)
