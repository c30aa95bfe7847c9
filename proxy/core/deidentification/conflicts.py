"""Resolve overlapping findings into a disjoint, ordered set: linear after the sort."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from proxy.core.findings import Finding


def _same(_: Finding) -> int:
    return 0


def resolve(findings: Iterable[Finding], rank: Callable[[Finding], int] = _same) -> tuple[Finding, ...]:
    """Merge findings that overlap into one that covers their union, ordered by start.

    The union takes the entity type of its strictest member (lowest ``rank``), then of the longest, the most confident,
    the first, so no edge of a value survives next to a weaker finding. Adjacent findings stay separate.
    """
    findings = tuple(findings)
    if _disjoint(findings):
        return findings
    ordered = sorted(findings, key=lambda f: (f.start, -f.end))
    merged: list[Finding] = []
    leader: Finding | None = None  # the member that names the current union
    start = end = 0
    for finding in ordered:
        if finding.end <= finding.start:
            continue
        if leader is not None and finding.start < end:
            end = max(end, finding.end)
            if _strength(finding, rank) < _strength(leader, rank):
                leader = finding
            continue
        if leader is not None:
            merged.append(_spanning(leader, start, end))
        leader, start, end = finding, finding.start, finding.end
    if leader is not None:
        merged.append(_spanning(leader, start, end))
    return tuple(merged)


def _disjoint(findings: Iterable[Finding]) -> bool:
    """Whether the findings are already in order, disjoint and not empty."""
    end = 0
    for finding in findings:
        if finding.start < end or finding.end <= finding.start:
            return False
        end = finding.end
    return True


def _strength(finding: Finding, rank: Callable[[Finding], int]) -> tuple[int, int, float, int]:
    return rank(finding), finding.start - finding.end, -finding.score, finding.start


def _spanning(leader: Finding, start: int, end: int) -> Finding:
    if leader.start == start and leader.end == end:
        return leader
    return replace(leader, start=start, end=end)
