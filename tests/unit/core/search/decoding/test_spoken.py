from __future__ import annotations

import pytest

from proxy.core.search.decoding import view
from proxy.core.search.decoding.spoken import DIGITS, TIMES, parsed


@pytest.mark.parametrize("text", ["john at example dot com", "john (at) example [dot] com", "john [@] example.com"])
def test_an_address_told_in_words_is_read_as_one(text):
    seen = view(f"mail {text} now")
    assert seen is not None
    assert seen.text == "mail john@example.com now"


@pytest.mark.parametrize("text", ["look at the dot", "we met at noon"])
def test_words_alone_are_no_address(text):
    assert view(text) is None


@pytest.mark.parametrize(
    "text",
    ["reading it at claude.ai", "hosted at example.com", "they met us at example.org", "word-wrapped at self.width"],
)
def test_a_word_before_a_host_is_no_mailbox(text):
    assert view(text + " (at home)") is None or "@" not in view(text + " (at home)").text


def test_a_mailbox_called_like_a_word_is_told_by_the_dot():
    assert view("info at example dot com").text == "info@example.com"


def test_every_digit_has_words():
    assert sorted(set(DIGITS.values())) == list("0123456789")
    assert DIGITS["seven"] == DIGITS["siedem"] == "7"
    assert set(TIMES.values()) == {2, 3}


def test_a_word_of_two_digits_is_refused():
    with pytest.raises(ValueError, match=r"digits.2: 'uno' is 1 too"):
        parsed({"digits": {"1": ["uno"], "2": ["uno"]}})
