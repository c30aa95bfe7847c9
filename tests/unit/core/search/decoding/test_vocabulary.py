from __future__ import annotations

import pytest

from proxy.core.search.decoding.vocabulary import DIGITS, TIMES, parsed


def test_every_digit_has_words():
    assert sorted(set(DIGITS.values())) == list("0123456789")
    assert DIGITS["seven"] == DIGITS["siedem"] == "7"
    assert set(TIMES.values()) == {2, 3}


def test_a_word_of_two_digits_is_refused():
    with pytest.raises(ValueError, match=r"digits.2: 'uno' is 1 too"):
        parsed({"digits": {"1": ["uno"], "2": ["uno"]}})
