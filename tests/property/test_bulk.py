"""The count that policy sees errs upwards and decides as the exact one would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.decision.bulk import nearest, rounded


@given(st.integers(0, 10**9), st.integers(0, 10**6))
def test_rounding_is_upwards_and_never_crosses_the_threshold(persons, threshold):
    told = rounded(persons, threshold)
    assert told >= persons
    assert (told > threshold) == (persons > threshold)
    assert told <= persons * 1.1 + 1


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 10**6), min_size=1))
def test_bulk_in_any_category_is_told(counts):
    thresholds = {"a": 100, "b": 1000, "c": 10_000, "d": 100_000}
    category, told = nearest(counts, thresholds)
    assert (told > thresholds[category]) == any(counts[name] > thresholds[name] for name in counts)
