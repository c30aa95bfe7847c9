from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.findings import Finding, SegmentFindings
from proxy.core.replies.position import WORDS
from proxy.core.replies.removal import Removal, values
from proxy.core.replies.reply import ReplyFilters

TEXT = "Ask Henrike Vogelsang, or Vogelsang's deputy Anna in Annapolis."
NAMED = {"Henrike Vogelsang": "PERSON", "Vogelsang": "PERSON", "Anna": "PERSON"}


def test_whole_words_go_the_longest_first():
    removal = Removal(NAMED)
    assert removal(TEXT) == "Ask [PERSON], or [PERSON]'s deputy [PERSON] in Annapolis."
    assert removal.types == {"PERSON": 3}
    assert Removal({})(TEXT) == TEXT


WORDS_OF = st.text("Aab_ (.é", min_size=1, max_size=7).map(str.strip).filter(bool)


@given(st.text("Aab_ (.é", max_size=60), st.sets(WORDS_OF, min_size=1, max_size=5))
def test_values_are_replaced_as_a_pattern_of_all_of_them_would(text, named):
    longest = sorted(named, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")
    assert Removal(dict.fromkeys(named, "PERSON"))(text) == pattern.sub("[PERSON]", text)


def test_values_of_other_types_and_spared_ones_stay():
    found = [
        Finding("PERSON", 4, 21, 0.9, "m"),
        Finding("LOCATION", 53, 62, 0.9, "m"),
        Finding("PERSON", 45, 49, 0.9, "m"),
    ]
    spared = lambda _kind, value: value == "Anna"  # noqa: E731
    assert values([TEXT], [SegmentFindings(tuple(found))], frozenset({"PERSON"}), spared) == {
        "Henrike Vogelsang": "PERSON"
    }


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_every_division_of_a_text_gives_the_same(size):
    filters = ReplyFilters({}, frozenset({"PERSON"}), lambda _: (), removal=Removal(NAMED))
    one = filters.make(WORDS)
    said = "".join(one.feed(TEXT[place : place + size]) for place in range(0, len(TEXT), size)) + one.flush()
    assert said == "Ask [PERSON], or [PERSON]'s deputy [PERSON] in Annapolis."
    assert filters.redacted() == {"PERSON": 3}
