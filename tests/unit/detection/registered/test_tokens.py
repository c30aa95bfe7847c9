"""A text becomes tokens with what each may be; words that the lists do not have are nothing."""

from __future__ import annotations

import pytest

from proxy.detection.registered.tokens import Vocabulary, WordStanding
from testing.registered_lists import ANNA, JAN, listed

INDEX = listed([ANNA, JAN, {"given": "Mark", "family": "May"}])._index


def test_tokens_keep_their_places_and_what_is_between():
    tokens = Vocabulary(INDEX).tokens("to Jan, Kowalski")
    assert list(tokens.written) == ["to", "Jan", "Kowalski"]
    assert [at for at, _ in tokens.marked] == [1, 2]
    assert (tokens.gap(0), tokens.gap(1), tokens.reach(1, 2)) == (" ", ", ", (3, 16))


def test_a_text_without_a_word_of_the_lists_has_nothing_marked():
    assert Vocabulary(INDEX).tokens("the garden of the house").marked == []


@pytest.mark.parametrize(
    ("word", "standing"),
    [
        ("mark", WordStanding.LOWER),
        ("Mark", WordStanding.CAPITAL),
        ("MARK", WordStanding.CAPITAL),
        ("kowalski", WordStanding.UNCOMMON),
    ],
)
def test_everyday_words_stand_by_their_capital(word, standing):
    [(_, meaning)] = Vocabulary(INDEX).tokens(word).marked
    assert meaning.standing is standing


def test_words_are_remembered_and_those_of_long_names_are_told():
    vocabulary = Vocabulary(INDEX)
    first, again = (vocabulary.tokens("Maria Jan 12 Dr").marked for _ in range(2))
    assert first == again
    assert [(m.of_long, m.digits, m.title) for _, m in first] == [
        (True, False, False), (False, False, False), (False, True, False), (False, False, True),
    ]  # fmt: skip


def test_a_word_of_an_address_has_one_unit_however_it_is_written():
    vocabulary = Vocabulary(INDEX)
    assert vocabulary.street("Hauptstraße") == vocabulary.street("hauptstr") != 0
    assert vocabulary.street("Nebenstraße") == 0
