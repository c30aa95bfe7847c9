"""The lists of names, and how a word is looked up in them."""

from __future__ import annotations

import pytest

from proxy.detection.people.known_names import inflected, is_genitive, is_thing, status_of


def test_marks_and_special_letters_do_not_matter():
    assert status_of("Małgorzata").given
    assert status_of("MALGORZATA").given
    assert status_of("Jörg").given
    assert status_of("Müller").family


def test_a_name_that_is_an_everyday_word_is_marked():
    assert status_of("Mark").given
    assert not status_of("mark").sure
    assert status_of("Harriet").sure


def test_a_name_of_two_parts_is_known_by_its_better_part():
    assert status_of("Charpentier-Noël").family
    assert not status_of("retry-queue").given


def test_an_inflected_name_is_known():
    assert inflected("Wojciechem").sure
    assert inflected("Harriets").sure
    assert inflected("Zosię").given
    assert inflected("Grażynę").given
    assert not inflected("stronę").given


def test_short_words_and_tools_are_no_names():
    assert not any(status_of("de"))
    assert not status_of("docker").given


def test_pet_forms_are_given_names_in_every_case():
    assert status_of("henkie").unmistakable
    assert inflected("Grześkowi").sure
    assert inflected("Antosiem").sure


@pytest.mark.parametrize("name", ["Malinowskiemu", "Jagodzińskiej", "Nowakowej", "Wójcikiem", "Sikorze", "Sobczaków"])
def test_a_polish_family_name_is_known_in_every_case(name):
    assert inflected(name).family


@pytest.mark.parametrize("word", ["Projektem", "Systemowi", "Warszawie", "Excelem", "Krakowem"])
def test_other_words_in_these_cases_are_no_names(word):
    assert inflected(word) == status_of(word)


def test_a_genitive_is_that_of_a_listed_name_and_what_somebody_has_no_name():
    assert [is_genitive(word) for word in ("Annegrets", "Annas", "Bergers", "Thomas", "Hans", "Annegret")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    assert [is_thing(word) for word in ("Schreiben", "schreiben", "SCHREIBEN", "Schmidt")] == [
        True,
        False,
        False,
        False,
    ]
