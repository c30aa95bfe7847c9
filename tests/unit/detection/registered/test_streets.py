"""An address is its street and number with postal code or town, in a row."""

from __future__ import annotations

import pytest

from proxy.detection.registered.streets import streets
from proxy.detection.registered.tokens import Vocabulary
from testing.growth import check_linear
from testing.registered_lists import ANNA, listed

INDEX = listed([ANNA])._index
VOCABULARY = Vocabulary(INDEX)


def found(text):
    return [text[one.start : one.end] for one in streets(INDEX, VOCABULARY, VOCABULARY.tokens(text))]


@pytest.mark.parametrize(
    "text",
    [
        "Hauptstraße 12, 10115", "hauptstr. 12, Berlin", "12 Hauptstrasse, Berlin", "10115 Berlin, Hauptstr. 12",
        "Hauptstraße 12, D-10115 Berlin", "Hauptstraße 12, DE 10115", "Hauptstraße 12 in 10115 Berlin",
        "Hauptstraße 12 in Berlin", "Hauptstraße 12 (Berlin", "Hauptstraße 12 \u2013 D \u2013 10115",
    ],
)  # fmt: skip
def test_an_address_is_found(text):
    assert text in found(f"lives at {text}; since May")


@pytest.mark.parametrize(
    ("listed_as", "text"),
    [
        ("ul. Długa 7", "Długa 7, 00-238 Warszawa"), ("ul. Długa 7", "ul. Długa 7, 00-238"),
        ("Rue Vauban 7", "7 Vauban, à Warszawa"), ("Acacia Road 7", "7 Acacia, Warszawa"),
    ],
)  # fmt: skip
def test_the_word_that_says_street_may_be_left_out(listed_as, text):
    index = listed([{"family": "Wrona", "street": listed_as, "zip": "00-238", "city": "Warszawa"}])._index
    vocabulary = Vocabulary(index)
    assert text in [text[one.start : one.end] for one in streets(index, vocabulary, vocabulary.tokens(text))]


@pytest.mark.parametrize(
    "text",
    [
        "Hauptstraße 12",
        "10115 Berlin",
        "Hauptstraße 13, 10115",
        "12 10115 12",
        "Hauptstr, Berlin",
        "",
        "Hauptstraße 12 near Berlin",
        "Hauptstraße 12 is in the Berlin",
    ],
)
def test_less_is_not(text):
    assert found(text) == []


@pytest.mark.parametrize("text", ["12 ", "Berlin 12 ", "12, Hauptstr. 10115 ", "12 in Berlin at "])
def test_many_words_of_addresses_cost_linearly(text):
    def prepare(times):
        return lambda: found(text * 50 * times)

    check_linear(prepare)
