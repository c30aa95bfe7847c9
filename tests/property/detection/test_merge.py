from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.findings import Finding
from proxy.detection.merge import disjoint

FINDINGS = st.lists(
    st.builds(
        lambda kind, start, size, score, name: Finding(kind, start, start + size, score, name),
        st.sampled_from(["PERSON", "US_SSN", "HEALTH_CONDITION", "DATE", "CREDIT_CARD"]),
        st.integers(0, 60),
        st.integers(1, 25),
        st.sampled_from([0.4, 0.6, 0.9, 1.0]),
        st.sampled_from(["spacy", "classifier", "us_ssn", "card"]),
    ),
    max_size=25,
)


@given(FINDINGS)
def test_the_result_is_disjoint_and_ordered(findings):
    result = disjoint(findings)
    assert all(a.end <= b.start for a, b in itertools.pairwise(result))


@given(FINDINGS)
def test_next_to_nothing_that_was_found_stays_uncovered(findings):
    """Of each finding that loses an overlap at most a rest of one character is given up."""
    covered = {i for f in disjoint(findings) for i in range(f.start, f.end)}
    wanted = {i for f in findings for i in range(f.start, f.end)}
    lost = sorted(wanted - covered)
    for _, run in itertools.groupby(enumerate(lost), key=lambda pair: pair[1] - pair[0]):
        places = {place for _, place in run}
        assert len(places) <= len({f for f in findings if places & set(range(f.start, f.end))})


@given(FINDINGS, st.randoms())
def test_the_order_of_arrival_does_not_matter(findings, chance):
    shuffled = list(findings)
    chance.shuffle(shuffled)
    assert disjoint(findings) == disjoint(shuffled)
