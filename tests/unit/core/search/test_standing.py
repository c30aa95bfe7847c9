from __future__ import annotations

import pytest

from proxy.core.search.occurrences import Hit
from proxy.core.search.standing import is_meant


def meant(text, word="Kaminski", value="Kaminski", *, weak=True, prose=True, defined=False):
    at = text.index(word)
    return is_meant(text, Hit(at, at + len(word), value), weak=weak, prose=prose, defined=defined)


@pytest.mark.parametrize(
    "text",
    ["Kaminski", "ask Kaminski.", "Kaminski's", "(Kaminski)", '"Kaminski"', "„Kaminski“, sagt er", "Kaminski: hello", "¿Kaminski?", "x—Kaminski—y", "a,Kaminski, b"],
)  # fmt: skip
def test_a_guessed_word_stands_as_a_name(text):
    assert meant(text)
    assert not meant(text, prose=False)


@pytest.mark.parametrize(
    "text",
    ["x.Kaminski", "Kaminski.x", "Kaminski()", "/Kaminski/", "Kaminski_x", "@Kaminski", "#Kaminski", "`Kaminski`", "$Kaminski", "Kaminski=1", "--Kaminski", "Kaminski-x", "<Kaminski>", "xKaminski"],
)  # fmt: skip
def test_a_guessed_word_stays_in_code(text):
    assert not meant(text)
    assert meant(text, weak=False)


def test_words_in_lower_case_and_ordinary_words_are_no_names_elsewhere():
    assert not meant("ask kaminski", "kaminski")
    assert not meant("the Workflow here", "Workflow", "Workflow")


def test_one_word_of_a_name_stays_in_definitions():
    assert not meant("Kaminski", value="Jan Kaminski", weak=False, prose=False, defined=True)
    assert meant("Kaminski", value="Jan Kaminski", weak=False, prose=False)
    assert meant("Jan Kaminski", "Jan Kaminski", "Jan Kaminski", weak=False, prose=False, defined=True)
    assert meant("219-09-9999", "219-09-9999", "219-09-9999", weak=False, prose=False, defined=True)
    assert meant("Kaminski", weak=False, prose=False, defined=True)


@pytest.mark.parametrize("word", ["shell", "merge", "table"])
def test_an_ordinary_word_in_lower_case_stays_in_keys_and_definitions(word):
    for defined in (True, False):
        assert not meant(word, word, word, weak=False, prose=False, defined=defined)
        assert meant(word.title(), word.title(), word, weak=False, prose=False, defined=defined)
    assert meant(f"login={word}", word, word, weak=False)
    assert meant("jdoe22", "jdoe22", "jdoe22", weak=False, prose=False, defined=True)
