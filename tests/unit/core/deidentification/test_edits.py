from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.deidentification.edits import any_outside, outside, splice
from proxy.core.search.occurrences import Hit

EDITS = [(2, 4, "x"), (6, 7, "")]


def test_edits_are_applied_in_one_join():
    assert splice("0123456789", EDITS) == "01x45789"
    assert splice("0123", []) == "0123"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 3)), max_size=8))
def test_what_overlaps_an_edit_is_not_outside(places):
    hits = sorted(Hit(start, start + length, "v") for start, length in places)
    apart = [hit for hit in hits if all(hit.end <= start or end <= hit.start for start, end, _ in EDITS)]
    assert outside(hits, EDITS) == apart
    assert any_outside(hits, EDITS) is bool(apart)
