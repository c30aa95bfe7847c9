"""What may be a number is found by the shape of a text alone."""

# ruff: noqa: RUF001 -- letters of several alphabets, each meant
from __future__ import annotations

import pytest

from proxy.detection.registered.shapes import NumberShapes, shape
from testing.growth import check_linear
from testing.registered_lists import ANNA, JAN, listed

LISTS = listed([ANNA, JAN])._index.lists


def found(text, shapes=None):
    return [text[start:end] for start, end in (shapes or NumberShapes(LISTS)).stretches(text)]


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("ab 012, 50=x", "aa z99  99\na"),
        ("é٣4\u00ad5 \u200b6", "un9m9  9"),
        ("tel.:+0049(0)1", "aaa  +z999 z 9"),
        ("a\nb!", "a a\n"),
        ("", ""),
    ],
)
def test_a_shape_has_a_sign_for_each_character(text, signs):
    assert shape(text) == signs


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("no 88 23-74.65.", "88 23-74.65"), ("KD 4711 9923", "KD 4711 9923"), ("kd\u00ad4711\u200b9923", "kd\u00ad4711\u200b9923"),
        ("+49 170 1234567", "49 170 1234567"), ("00 49 170 1234567", "00 49 170 1234567"), ("000088237465", "000088237465"),
        ("８８２３７４６５", "８８２３７４６５"), ("88 \u200b 237465", "88 \u200b 237465"),
    ],
)  # fmt: skip
def test_a_number_is_found_in_any_grouping(text, number):
    assert number in found(text)


@pytest.mark.parametrize(
    "text", ["no numbers at all", "882", "88 \n\n\n\n 237465", "88=237465", "88 invoices 237465", "KD--4711 9923"]
)
def test_what_has_no_length_of_the_lists_is_not(text):
    assert "4711 9923" not in "".join(found(text)).replace("4711 9923", "", text.count("--"))
    assert not any("88" in number and "237465" in number for number in found(text))


def test_a_shape_is_read_once_wherever_it_stands():
    shapes = NumberShapes(LISTS)
    assert found("at: 88237465", shapes) == ["88237465"]
    assert found("=at: 12345678=at: 88237465", shapes) == ["12345678", "88237465"]


def test_only_numbers_as_long_as_one_of_the_lists_are():
    shapes = NumberShapes(LISTS)
    assert [shapes.has_length_of(number) for number in ("88237465", "882374650", "kd47119923", "kd4711992")] == [
        True, False, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["12 34 56-", "a1 b2 c3 ", "+", "a+", "abcdef ", "0 ", "é1 "])
def test_long_texts_cost_linearly(text):
    check_linear(lambda times: lambda: found(text * 200 * times))
