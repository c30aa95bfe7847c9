from __future__ import annotations

import pytest

from proxy.core.search.decoding import view


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("4 5 3 9 1 4 8 8", "45391488"),
        ("9.4.7.3.2.8.1.6", "94732816"),
        ("4 5 3 9   1 4 8 8", "45391488"),
        ("46l2O4895", "461204895"),
        ("O3/ll/1985", "03/11/1985"),
        ("l7.O8.l952", "17.08.1952"),
        ("So1edad", "Soledad"),
        ("Ph0tini", "Photini"),
    ],
)
def test_digits_apart_or_misread_are_one_number(text, read):
    seen = view(f"no {text}!")
    assert seen is not None
    assert seen.text == f"no {read}!"


@pytest.mark.parametrize(
    "text", ["1.2.3.4", "a b c", "Illinois 2024", "03/11/1985", "l/O/lOOO", "i18n", "h264", "Sha1", "utf8lib"]
)
def test_what_is_no_long_number_stays(text):
    assert view(text) is None


CARD = "4556737586899855"


@pytest.mark.parametrize("point", range(1, 17))
@pytest.mark.parametrize("zeros", ["", "000"])
@pytest.mark.parametrize("sign", ["e", "E", "e+"])
def test_a_whole_number_is_read_wherever_its_point_is(point, zeros, sign):
    head, tail = CARD[:point], CARD[point:] + zeros
    exponent = 16 - point
    written = f"{head}.{tail or '0'}{sign}{exponent}" if exponent or "+" not in sign else f"{head}.0e0"
    assert view(f"no {written}!").text == f"no {CARD}!"


@pytest.mark.parametrize("written", [CARD + "0e-1", CARD + "000e-3", CARD + "e0", "0." + CARD + "e16"])
def test_a_whole_number_is_read_by_its_exponent_alone(written):
    assert view(f"no {written}!").text == f"no {CARD}!"


@pytest.mark.parametrize("written", [CARD + "e-1", "6.02214076e23", "1.602176634e-19", "4556737e9", "3.25e2", "x" + CARD + "e0"])  # fmt: skip
def test_other_numbers_with_an_exponent_stay(written):
    seen = view(f"no {written}!")
    assert seen is None or seen.text == f"no {written}!"
