from __future__ import annotations

import pytest

from proxy.catalog import patterns


def test_a_pattern_matches_in_linear_time():
    assert patterns.compiled("(a+)+b").fullmatch("a" * 50_000) is None
    assert patterns.compiled("[a-z]{2}").fullmatch("de")


def test_what_is_no_text_fits_no_pattern():
    assert patterns.compiled(".*").fullmatch("\udcff") is None
    assert patterns.compiled(".*").fullmatch("ä") is not None


@pytest.mark.parametrize("pattern", [r"(?=a)a", r"(a)\1", "[", "a{1,2000}", "a" * 257, r"(?<!a)b"])
def test_what_takes_more_is_refused(pattern):
    with pytest.raises(ValueError):
        patterns.compiled(pattern)


@pytest.mark.parametrize(
    "pattern", ["[0-9a-f]{8}-[0-9a-f]{4}", "[a-z]{2}", r"req_[0-9a-f]{6}", r"\d{1,4}", "v[0-9.]{1,5}"]
)
def test_identifiers_are_narrow(pattern):
    assert patterns.narrow(pattern)


@pytest.mark.parametrize(
    "pattern",
    [".*", r"\w+", "[A-Za-z]+", "[a-z]{1,40}", r"[0-9-]+", r"\d{9,16}", r".+@.+", "[A-Z0-9]+", r"\d{8}", "[A-Za-z ]*"],
)
def test_a_pattern_behind_which_somebody_could_stand_is_refused(pattern):
    with pytest.raises(ValueError, match="would pass unread"):
        patterns.narrow(pattern)
