"""Numbers of a list are found in any grouping, and only those."""

from __future__ import annotations

import pytest

from proxy.detection.registered.numbers import numbers
from proxy.detection.registered.tokens import Vocabulary
from testing.growth import check_linear
from testing.registered_lists import ANNA, JAN, listed

PEOPLE = listed([ANNA, JAN])
INDEX, SHAPES = PEOPLE._index, PEOPLE._shapes
VOCABULARY = Vocabulary(INDEX)


def found(text):
    tokens = VOCABULARY.tokens(text)
    named = [(at, meaning) for at, meaning in tokens.marked if meaning.names]
    return sorted({(one.entity_type, text[one.start : one.end]) for one in numbers(INDEX, SHAPES, tokens, named)})


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("no 88 23-74.65.", "USERNAME", "88 23-74.65"), ("KD47119923", "USERNAME", "KD47119923"),
        ("+49 170 1234567", "PHONE_NUMBER", "49 170 1234567"), ("0170/1234567", "PHONE_NUMBER", "0170/1234567"),
        ("DE89 3704 0044 0532 0130 00", "BANK_ACCOUNT", "DE89 3704 0044 0532 0130 00"),
    ],
)  # fmt: skip
def test_a_number_is_found_in_any_grouping(text, kind, value):
    assert (kind, value) in found(text)


@pytest.mark.parametrize("text", ["88237466", "8823746", "88 23\n\n\n\n\n74 65", "born 31.01.1975", "none"])
def test_other_numbers_are_not(text):
    assert found(text) == []


def test_a_date_of_birth_brings_the_name_beside_it_and_its_initial():
    assert found("J. Kowalski, 31.01.1975") == [("DATE_OF_BIRTH", "31.01.1975"), ("PERSON", "J. Kowalski")]


@pytest.mark.parametrize("text", ["12 34 56-", "Kowalski 31.01.1975 ", "a1 b2 c3 "])
def test_many_numbers_cost_linearly(text):
    def prepare(times):
        return lambda: found(text * 50 * times)

    check_linear(prepare)
