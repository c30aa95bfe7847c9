# ruff: noqa: RUF001 -- look-alike characters are what is tested
from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.findings import Finding
from proxy.core.search.decoding import nested, view

PIECES = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            [
                "%41",
                "&amp;",
                "\\u0041",
                "\u200b",
                "４",
                " at ",
                " dot ",
                "1 2 3 4 5 6 7",
                "а",
                "e\u0301",
                "46l204895",
                "ﬁ",
            ]
        ),
    ),
    max_size=12,
).map("".join)


@given(PIECES)
def test_every_character_of_the_view_has_a_place_in_the_text(text):
    seen = view(text)
    if seen is None:
        return
    assert len(seen.text) == len(seen.origin) == len(seen.until)
    assert all(0 <= a < b <= len(text) for a, b in zip(seen.origin, seen.until, strict=True))
    for (place, _), (then, end) in itertools.pairwise(zip(seen.origin, seen.until, strict=True)):
        assert then >= place or end == place  # onward, or one back where a stretch is read backwards
    if seen.text:
        back = seen.back(Finding("X", 0, len(seen.text), 1.0, "x"))
        assert 0 <= back.start < back.end <= len(text)


@given(st.text(max_size=200))
def test_encoded_parts_lie_in_the_text(text):
    assert all(0 <= part.start < part.end <= len(text) for part in nested(text))
