from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.deidentification.conflicts import resolve
from proxy.core.findings import Finding

RANKS = {"A": 0, "B": 1, "C": 2}


def find(entity_type: str, start: int, end: int, score: float = 0.5) -> Finding:
    return Finding(entity_type, start, end, score, "test")


def rank(finding: Finding) -> int:
    return RANKS[finding.entity_type]


def spans(findings: tuple[Finding, ...]) -> list[tuple[str, int, int]]:
    return [(f.entity_type, f.start, f.end) for f in findings]


def test_union_is_covered_by_the_strictest() -> None:
    assert spans(resolve([find("B", 0, 10), find("A", 8, 14), find("C", 13, 20)], rank)) == [("A", 0, 20)]


def test_touching_findings_stay_apart() -> None:
    assert spans(resolve([find("B", 5, 10), find("A", 0, 5)], rank)) == [("A", 0, 5), ("B", 5, 10)]


def test_longest_then_surest_names_the_union() -> None:
    assert spans(resolve([find("B", 0, 4, 0.9), find("C", 0, 9)])) == [("C", 0, 9)]
    assert spans(resolve([find("B", 0, 9), find("C", 0, 9, 0.9)])) == [("C", 0, 9)]


def test_empty_findings_vanish() -> None:
    assert resolve([find("A", 3, 3)]) == ()


FINDINGS = st.builds(
    lambda kind, start, size: find(kind, start, start + size),
    st.sampled_from("ABC"),
    st.integers(0, 40),
    st.integers(0, 9),
)


@settings(deadline=None)
@given(st.lists(FINDINGS, max_size=15))
def test_result_is_disjoint_ordered_and_covers_the_same_characters(findings: list[Finding]) -> None:
    """No character is lost or added, and nothing is left weaker than the strictest finding over it."""
    merged = resolve(findings, rank)
    covered = [at for f in merged for at in range(f.start, f.end)]
    assert covered == sorted({at for f in findings for at in range(f.start, f.end)})
    for finding in (f for f in findings if f.end > f.start):
        over = [m for m in merged if m.start < finding.end and finding.start < m.end]
        assert all(rank(m) <= rank(finding) for m in over)
