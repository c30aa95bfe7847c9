"""Values in pieces are found by their letters or digits; words that follow one another are none."""

from __future__ import annotations

import pytest

from proxy.core.search.in_order import BOTH, DIGITS, LETTERS, InOrder
from proxy.core.search.skeleton import skeleton

NAMES = {
    "martinsommer": frozenset({6}), "martin": frozenset({6}), "carmen": frozenset({6}), "markus": frozenset({6}), "martina": frozenset({7}),
    "joanna": frozenset({6}), "christina": frozenset({9}), "therese": frozenset({7}), "karimi": frozenset({6}), "hoffmann": frozenset({8}),
    "ninthe": frozenset({6}), "meyer": frozenset({5}), "hana": None,
}  # fmt: skip


def among(forms, sort, text, least=5, *, apart=True):
    return InOrder(forms, sort).among(text, skeleton(text), least, apart=apart)


@pytest.mark.parametrize(
    "text",
    [
        "a smart in-house team; Mart in the south", "the car men of the north", "mark us down, mark_us", "met Martin, a Spanish teacher",
        "Jo, Anna", "there is Christ in art", "there seems to be more", "das ist im Irak möglich", "Martin", "martinis", "Smar-tin-g",
        "n in the", "Martin Sommer", "Martin, Sommer", "M e\n\n\n\n\n\n\n\ny e r", "Mey er", "M" + "-" * 30 + "artin",
    ],
)  # fmt: skip
def test_words_that_follow_one_another_are_no_name(text):
    assert not among(NAMES, LETTERS, text)


@pytest.mark.parametrize(
    "text",
    ["M a r t i n", "Mar**tin**", "Hoff*mann", "'Hoff' + 'mann'", "M|a-r|t-i n", "Chr is ti na", "nit|ram", "NITRAM", "(m,e,y,e,r)", "é M-á-r-t-í-n ß"],
)  # fmt: skip
def test_a_name_in_pieces_is_found(text):
    assert among(NAMES, LETTERS, text)


def test_a_number_is_found_whatever_stands_between_its_digits():
    number = {"219099999": frozenset[int]()}
    assert among(number, DIGITS, 'x {"a": "219", "b": "09", "c": "9999"} y', 9)
    assert among(number, DIGITS, "999990912", 9)
    assert not among(number, DIGITS, "12190999991 219 09 99991", 9)
    assert not among(number, DIGITS, "219099999", 9)
    assert among({"de8937": frozenset[int]()}, BOTH, "D-E-8-9-37", 6)


def test_where_pieces_are_no_condition_whole_values_count_too():
    assert among(NAMES, LETTERS, "Martin", apart=False)
    assert not among(NAMES, LETTERS, "Hana", 4, apart=False)


@pytest.mark.parametrize("size", [10, 2_000, 50_000])
def test_offsets_hold_at_any_length(size):
    text = "ab ß " * size
    assert among(NAMES, LETTERS, text + " M-a-r-t-i-n " + text)
    assert not among(NAMES, LETTERS, text + "Martin " + text)
