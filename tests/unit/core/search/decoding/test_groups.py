from __future__ import annotations

import pytest

from proxy.core.search.decoding import view
from testing.growth import check_linear


@pytest.mark.parametrize(
    ("written", "number", "cut"),
    [
        ('["4111","1111","1111","1111"]', "4111111111111111", '4111","1111","1111","1111'),
        ("('4111', '1111', '1111', '1111')", "4111111111111111", "4111', '1111', '1111', '1111"),
        ('{"a":"4111","b":"1111","c":"1111","d":"1111"}', "4111111111111111", '4111","b":"1111","c":"1111","d":"1111'),
        ("[4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]", "4111111111111111", "4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1"),
        ('["of", "219", "09", "9999"]', "219-09-9999", '219", "09", "9999'),
        ('["DE89", "3704", "0044", "0532", "0130", "00"]', "DE89370400440532013000", 'DE89", "3704", "0044", "0532", "0130", "00'),
        ("<b>219</b>-<b>09</b>-<b>9999</b>", "219-09-9999", "219</b>-<b>09</b>-<b>9999"),
        ("**4111** **1111** **1111** **1111**", "4111 1111 1111 1111", "4111** **1111** **1111** **1111"),
        ("219<em>09</em>9999", "219099999", "219<em>09</em>9999"),
    ],
)  # fmt: skip
def test_groups_in_a_text_are_one_number_at_its_place(written, number, cut):
    text = f"Anna Schmidt paid with {written}, she says."
    seen = view(text)
    assert seen is not None
    at = seen.text.index(number)
    start, end = seen.span(at, at + len(number))
    assert text[start:end] == cut


@pytest.mark.parametrize("sign", ["~", "\\,", ") (", "] [", "\u30fb", "::", "#"])
@pytest.mark.parametrize(
    "groups",
    [("4111", "1111", "1111", "1111"), ("3782", "822463", "10005"), ("DE89", "3704", "0044", "0532", "0130", "00")],
)
def test_groups_of_a_checked_number_with_the_same_signs_between_them_are_one_number(sign, groups):
    seen = view(f"Anna paid with ({sign.join(groups)}) here")
    assert seen is not None
    assert f"({''.join(groups)})" in seen.text
    at = seen.text.index("".join(groups))
    assert seen.span(at, at + len("".join(groups))) == (16, 16 + len(sign.join(groups)))


@pytest.mark.parametrize(
    "text",
    [
        "2019~2020~2021~2022",
        "4111~1111#1111~1111",
        "x4111~1111~1111~1112",
        r"4111\,1111\,1111",
        "DE88~3704~0044~0532~0130~00",
    ],
)
def test_groups_that_spell_no_card_stay(text):
    seen = view(text)
    assert seen is None or seen.text == text


@pytest.mark.parametrize(
    "text",
    ["sizes [120, 340, 560, 780, 910] here", "f(10, 20, 30, 40, 50)", "<td>219</td><td>09</td><td>9999</td>", "2**10 and 2*3*4", '["10","20","30"] of 1,000'],
)  # fmt: skip
def test_lists_and_cells_of_other_numbers_stay(text):
    seen = view(text)
    assert seen is None or seen.text == text


@pytest.mark.parametrize(
    "unit", ['["4111","1111","1111","1111"] ', "[1, 2, ", "<b>2</b>", "1<b", "4111~", "4111) (1111", "({[", '{"a":"1",']
)
def test_cost_is_linear(unit):
    check_linear(lambda times: lambda: view(unit * 500 * times))
