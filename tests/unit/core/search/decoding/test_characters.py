# ruff: noqa: RUF001 -- look-alike characters are what is tested
from __future__ import annotations

import pytest

from proxy.core.search.decoding import characters
from proxy.core.search.decoding.views import identity


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("ａｂｃ４", "abc4"),
        ("ja\u200bne", "jane"),
        ("Jose\u0301", "José"),
        ("٤٥", "45"),
        ("1\u20443", "1/3"),
        ("ᴡóᴊᴄɪᴋ", "WÓJCIK"),
    ],
)
def test_forms_of_a_character_are_read_as_the_plain_one(text, read):
    assert characters.plain(identity(text)).text == read


@pytest.mark.parametrize(("text", "read"), [("раypal", "paypal"), ("Владимир", "Владимир"), ("Müller", "Müller")])
def test_only_words_of_mixed_scripts_are_read_as_latin(text, read):
    assert characters.lookalikes(identity(text)).text == read
