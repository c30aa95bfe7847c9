from __future__ import annotations

import unicodedata

from proxy.core.search.decoding.confusables import CONFUSABLE, SMALL_CAPITALS


def test_what_looks_alike_is_another_character_that_nfkc_leaves():
    assert len(CONFUSABLE) > 400
    for character, letter in CONFUSABLE.items():
        assert letter.isascii()
        assert letter.isalnum()
        assert not character.isascii()
        assert unicodedata.normalize("NFKC", character) == character


def test_all_small_capitals_but_x_are_known():
    assert set(SMALL_CAPITALS.values()) == set("ABCDEFGHIJKLMNOPQRSTUVWYZ")
