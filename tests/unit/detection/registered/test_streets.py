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
    ["Hauptstraße 12, 10115", "hauptstr. 12, Berlin", "12 Hauptstrasse, Berlin", "10115 Berlin, Hauptstr. 12"],
)
def test_an_address_is_found(text):
    assert text in found(f"lives at {text}; since May")


@pytest.mark.parametrize(
    "text", ["Hauptstraße 12", "10115 Berlin", "Hauptstraße 13, 10115", "12 10115 12", "Hauptstr, Berlin", ""]
)
def test_less_is_not(text):
    assert found(text) == []


@pytest.mark.parametrize("text", ["12 ", "Berlin 12 ", "12, Hauptstr. 10115 "])
def test_many_words_of_addresses_cost_linearly(text):
    def prepare(times):
        return lambda: found(text * 50 * times)

    check_linear(prepare)
