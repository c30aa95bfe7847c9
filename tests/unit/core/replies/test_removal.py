from __future__ import annotations

import pytest

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
