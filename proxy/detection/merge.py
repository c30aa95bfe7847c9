"""Overlapping findings become a disjoint, ordered set, in one sweep (n log n): nothing detected stays uncovered.

Identifiers win over attributes, then the higher rank (checksummed before guessed), then the longer span. What a
loser covers beyond the winner is kept as its own finding, so a merge can only ever mask more.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import replace

from proxy.core.entities import with_trait
from proxy.core.findings import Finding

#: Content types: they colour a text, they do not identify; an identifier over the same characters wins.
ATTRIBUTES = with_trait("content")
#: Recognizers that guess from what stands around; a rule over the same characters knows better.
GUESSERS = frozenset({"spacy", "classifier"})
#: Coarse types that a model guesses; a pattern over the same characters knows better.
_COARSE = with_trait("coarse")
_LEAST_REST = 2


def rank(finding: Finding) -> tuple[int, bool, float, int]:
    """Sort key: the greater wins an overlap."""
    guessed = finding.recognizer in GUESSERS
    if finding.entity_type in ATTRIBUTES:
        level = 0 if guessed else 1
    elif finding.entity_type in _COARSE:
        level = 2 if guessed else 3
    else:
        level = 4 if guessed else 5
    return (level, finding.recognizer != "spacy", round(finding.score, 1), finding.end - finding.start)


def foremost(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings without those that another of their type covers and that stands as high: rules above guesses.

    Ordered by type and place. Of equal ones the first by the recognizer's name stands, so that the answer is always the
    same.
    """

    def standing(one: Finding) -> tuple[bool, float]:
        return one.recognizer not in GUESSERS, one.score

    ordered = sorted(
        (one for one in findings if one.end > one.start),
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
    kept: list[Finding] = []
    near: list[Finding] = []
    for one in ordered:
        near = [other for other in near if other.entity_type == one.entity_type and other.end >= one.start]
        if not any(one.end <= other.end and standing(one) <= standing(other) for other in near):
            kept.append(one)
            near.append(one)
    return kept


def disjoint(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return disjoint findings ordered by start."""
    ordered = sorted(
        set(findings),
        key=lambda f: (f.start, -f.end, *(-part for part in rank(f)), f.recognizer, f.entity_type, f.subject_role),
    )
    waiting = [(f.start, -f.end, number, f) for number, f in enumerate(ordered)]
    number = len(waiting)
    kept: list[Finding] = []
    while waiting:
        finding = heapq.heappop(waiting)[3]
        if not kept or kept[-1].end <= finding.start:
            kept.append(finding)
            continue
        rest = _settle(kept, finding)
        if rest is not None and rest.end - rest.start >= _LEAST_REST:
            number += 1
            heapq.heappush(waiting, (rest.start, -rest.end, number, rest))
    return tuple(kept)


def _settle(kept: list[Finding], finding: Finding) -> Finding | None:
    """Settle an overlap with the last kept finding; return what of the loser reaches beyond the winner."""
    last = kept[-1]
    if last.entity_type == finding.entity_type and (last.end >= finding.end or not _separate(last, finding)):
        better = last if rank(last) >= rank(finding) else finding
        kept[-1] = replace(better, start=last.start, end=max(last.end, finding.end))
        return None
    if rank(last) >= rank(finding):
        return replace(finding, start=last.end) if finding.end > last.end else None
    kept.pop()
    if finding.start - last.start >= _LEAST_REST:
        kept.append(replace(last, end=finding.start))
    kept.append(finding)
    return replace(last, start=finding.end) if last.end > finding.end else None


def _separate(last: Finding, finding: Finding) -> bool:
    """Two exact values that merely share a border stay two: only guesses of one type grow together."""
    return last.entity_type not in _COARSE and finding.entity_type not in _COARSE
