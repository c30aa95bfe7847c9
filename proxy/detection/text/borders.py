"""Values split across two adjacent texts: "my card is 4111 1111" and then "1111 1111" in the next message."""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from dataclasses import replace

from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.merge import disjoint
from proxy.detection.patterns.scanner import PatternScanner

_TAIL = 64
_EDGE = 12
#: With these alone, as most texts begin, no number goes on.
_PLAIN = frozenset(string.ascii_letters + string.punctuation + " \n")
_SURE = 0.6
_LEAST = 4


def crossed(texts: Sequence[str]) -> list[int]:
    """Return the texts behind which a number may go on in the next one."""
    return [
        index
        for index, right in enumerate(texts[1:])
        if not _PLAIN.issuperset(right[:3]) and _open(texts[index][-_EDGE:], right[:_EDGE])
    ]


def across(
    texts: Sequence[str], segments: Sequence[SegmentFindings], borders: Iterable[int], scanner: PatternScanner
) -> list[SegmentFindings]:
    """Add the halves of values that lie across the ``crossed`` borders of neighbouring texts."""
    result = list(segments)
    for index in borders:
        left, right = texts[index], texts[index + 1]
        for finding in _spanning(left[-_TAIL:], right[:_TAIL], scanner):
            cut = min(len(left), _TAIL)
            shift = len(left) - cut
            first = replace(finding, start=finding.start + shift, end=len(left))
            second = replace(finding, start=0, end=finding.end - cut)
            result[index] = _with(result[index], first)
            result[index + 1] = _with(result[index + 1], second)
    return result


def _open(tail: str, head: str) -> bool:
    """Whether a number may continue from one text into the next."""
    return any(c.isdigit() for c in tail[-3:]) and any(c.isdigit() for c in head[:3])


def _spanning(tail: str, head: str, scanner: PatternScanner) -> list[Finding]:
    cut = len(tail)
    spanning = [
        f for f in scanner.scan(tail + head) if f.start < cut < f.end and f.score >= _SURE and f.end - f.start >= _LEAST
    ]
    if not spanning:
        return []
    alone = {(f.start, f.end) for f in scanner.scan(tail)} | {(f.start + cut, f.end + cut) for f in scanner.scan(head)}
    return [f for f in spanning if (f.start, cut) not in alone and (cut, f.end) not in alone]


def _with(segment: SegmentFindings, finding: Finding) -> SegmentFindings:
    return replace(segment, findings=disjoint((*segment.findings, finding)))
