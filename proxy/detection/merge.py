"""Merges overlapping findings into a disjoint, ordered set in one sweep, O(n log n), that covers whatever they covered.

Identifiers win over attributes, then the higher rank (checksummed before guessed), then the longer span. The part of a
loser beyond the winner remains a finding, so merging can only mask more.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from proxy.core.entities import with_trait
from proxy.core.findings import Finding

#: Content types do not identify: an identifier over the same characters wins.
ATTRIBUTES = with_trait("content")
#: Recognizers that guess from the context: a rule over the same characters wins.
GUESSERS = frozenset({"spacy", "classifier"})
#: Coarse types, guessed by models: a pattern over the same characters wins.
_COARSE = with_trait("coarse")
_LEAST_REST = 2
#: The level of registered people, who are certain: above all others.
_CERTAIN = 8


def rank(finding: Finding) -> tuple[int, bool, float, int]:
    """Sort key: the greater one wins an overlap."""
    level = 0 if finding.entity_type in ATTRIBUTES else 2 if finding.entity_type in _COARSE else 4
    ruled = finding.recognizer not in GUESSERS
    level = _CERTAIN if finding.registered else level
    return (level + ruled, finding.recognizer != "spacy", round(finding.score, 1), finding.end - finding.start)


def foremost(findings: Iterable[Finding]) -> list[Finding]:
    """Drop findings that another one of their type covers with the same standing or a higher one: rules above guesses.

    The result is ordered by type and offset. Of equal findings the first by recognizer is kept, for determinism.
    """

    def standing(finding: Finding) -> tuple[bool, float]:
        return finding.recognizer not in GUESSERS, finding.score

    ordered = sorted(
        (finding for finding in findings if finding.end > finding.start),
        key=lambda f: (
            f.entity_type,
            f.start,
            -f.end,
            f.recognizer in GUESSERS,
            -f.score,
            f.recognizer,
            f.subject_role,
        ),
    )
    result: list[Finding] = []
    near: list[Finding] = []
    for finding in ordered:
        near = [other for other in near if other.entity_type == finding.entity_type and other.end >= finding.start]
        if not any(finding.end <= other.end and standing(finding) <= standing(other) for other in near):
            result.append(finding)
            near.append(finding)
    return result


def disjoint(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return disjoint findings ordered by start."""
    ordered = sorted(set(findings), key=_order)
    waiting = [(f.start, -f.end, number, f) for number, f in enumerate(ordered)]
    number = len(waiting)
    result: list[Finding] = []
    while waiting:
        finding = heapq.heappop(waiting)[3]
        if not result or result[-1].end <= finding.start:
            result.append(finding)
            continue
        rest = _settle(result, finding)
        if rest is not None and rest.end - rest.start >= _LEAST_REST:
            number += 1
            heapq.heappush(waiting, (rest.start, -rest.end, number, rest))
    return tuple(result)


def _order(finding: Finding) -> tuple[object, ...]:
    """Sort key: by place, then by rank."""
    level, trusted, score, length = rank(finding)
    identity = (finding.recognizer, finding.entity_type, finding.subject_role)
    return (finding.start, -finding.end, -level, -trusted, -score, -length, *identity, -finding.score)


def _settle(result: list[Finding], finding: Finding) -> Finding | None:
    """Settle an overlap with the last finding of the result; return the part of the loser beyond the winner."""
    last = result[-1]
    if last.entity_type == finding.entity_type and (last.end >= finding.end or not _separate(last, finding)):
        better = last if rank(last) >= rank(finding) else finding
        result[-1] = better.at(last.start, max(last.end, finding.end))
        return None
    if rank(last) >= rank(finding):
        return finding.at(last.end, finding.end) if finding.end > last.end else None
    result.pop()
    if finding.start - last.start >= _LEAST_REST:
        result.append(last.at(last.start, finding.start))
    result.append(finding)
    return last.at(finding.end, last.end) if last.end > finding.end else None


def _separate(last: Finding, finding: Finding) -> bool:
    """Whether two overlapping findings stay apart: exact values do, guesses of one type are joined."""
    return last.entity_type not in _COARSE and finding.entity_type not in _COARSE
