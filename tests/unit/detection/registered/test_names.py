"""Words beside each other are a name where the list has them together."""

from __future__ import annotations

import pytest

from proxy.detection.registered.names import is_filler, names
from proxy.detection.registered.tokens import Vocabulary
from testing.growth import check_linear
from testing.registered_lists import ANNA, JAN, listed

INDEX = listed([ANNA, JAN, {"given": "Mark", "family": "May"}])._index
VOCABULARY = Vocabulary(INDEX)


def found(text, **where):
    tokens = VOCABULARY.tokens(text)
    named = [(at, meaning) for at, meaning in tokens.marked if meaning.names]
    return list(dict.fromkeys(text[one.start : one.end] for one in names(INDEX, tokens, named, **where)))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("to Jan Kowalski.", ["Jan Kowalski"]), ("jan_kowalski", ["jan_kowalski"]), ("Kowalski, Dr. Jan", ["Kowalski, Dr. Jan"]),
        ("Anna M. Müller-Lüdenscheidt", ["Anna M. Müller-Lüdenscheidt"]), ("Müller Lüdenscheidt Anna", ["Müller Lüdenscheidt Anna"]),
        ("Jan. Kowalski", []), ("Jan then Kowalski", []), ("Müller Anna", []), ("may mark", []), ("mr may mark", ["may mark"]),
    ],
)  # fmt: skip
def test_words_that_stand_together_are_a_name(text, name):
    assert found(text) == name


def test_everyday_words_in_lower_case_are_a_name_where_names_stand():
    assert found("may mark", carried=True) == ["may mark"]


@pytest.mark.parametrize(("word", "filler"), [("J", True), ("von", True), ("Dr", True), ("Jan", False)])
def test_initials_particles_and_titles_may_be_between(word, filler):
    assert is_filler(word) == filler


@pytest.mark.parametrize("text", ["Maria ", "jan kowalski ", "mark may ", "von Jan Dr. "])
def test_many_words_of_names_cost_linearly(text):
    def prepare(times):
        return lambda: found(text * 200 * times)

    check_linear(prepare)
