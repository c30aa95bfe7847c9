# ruff: noqa: RUF001 -- look-alike characters are what is tested

from __future__ import annotations

import unicodedata

import pytest

from proxy.core.search import decoding
from proxy.core.search.decoding import characters
from proxy.core.search.decoding.characters import CONFUSABLE, SMALL_CAPITALS
from proxy.core.search.decoding.views import identity


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("ａｂｃ４", "abc4"),
        ("ja\u200bne", "jane"),
        ("Jose\u0301", "José"),
        ("٤٥", "45"),
        ("1\u20443", "1/3"),
        ("4\ufe0f\u20e31\u20e3", "41"),
        ("ᴡóᴊᴄɪᴋ", "WÓJCIK"),
    ],
)
def test_forms_of_a_character_are_read_as_the_plain_one(text, read):
    assert characters.plain(identity(text)).text == read


@pytest.mark.parametrize(("text", "read"), [("раypal", "paypal"), ("Владимир", "Владимир"), ("Müller", "Müller")])
def test_only_words_of_mixed_scripts_are_read_as_latin(text, read):
    assert characters.lookalikes(identity(text)).text == read


def test_tags_are_read_apart_from_the_words_around_them():
    tags = "".join(chr(0xE0000 + ord(letter)) for letter in "Anna Schmidt paid")
    read = decoding.view(f"All fine.{tags}Next")
    assert read is not None
    assert read.text == "All fine. Anna Schmidt paid Next"
    assert read.span(10, 22) == (9, 21)


def test_a_part_of_a_word_in_tags_is_read_in_it():
    read = decoding.view("An\U000e006ea Schmidt")
    assert read is not None
    assert read.text == "Anna Schmidt"


def test_bytes_as_variation_selectors_are_not_read_but_those_of_letters_and_pictures_are_nothing():
    selectors = "".join(chr((0xFE00 if byte < 16 else 0xE00F0) + byte) for byte in "Zoë\n".encode())
    assert characters.hidden(f"a{selectors}b") == "Zoë\n"
    assert list(decoding.opaque(f"ok \U0001f600{selectors}!")) == [(4, 9)]
    assert not list(decoding.opaque("4\ufe0f\u20e3 \u845b\U000e0100\u57ce\U000e0101 \u2764\ufe0f\u2764\ufe0f"))


def test_what_looks_alike_is_another_character_that_nfkc_leaves():
    assert len(CONFUSABLE) > 400
    for character, letter in CONFUSABLE.items():
        assert letter.isascii()
        assert letter.isalnum()
        assert not character.isascii()
        assert unicodedata.normalize("NFKC", character) == character


def test_all_small_capitals_but_x_are_known():
    assert set(SMALL_CAPITALS.values()) == set("ABCDEFGHIJKLMNOPQRSTUVWYZ")
