"""Splits long texts into overlapping pieces at sentence or line borders, and merges the pieces' findings.

A long encoded part (a ``data:`` URI, base64) is a piece of its own, since it can only be decoded whole. So is a key or
certificate in ASCII armour, which can only be removed whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from proxy.core.findings import Finding, SegmentFindings, Status
from proxy.detection.merge import disjoint
from proxy.detection.patterns import armour

PIECE = 4_000
OVERLAP = 160
BLOB = 600
_BLOB = re.compile(
    r"(?:data:(?P<media>[0-9A-Za-z.+-]{1,60}/[0-9A-Za-z.+-]{1,90})(?:;[0-9A-Za-z=._-]{1,60}){0,4};base64,)?"
    rf"(?P<data>[0-9A-Za-z+/_-]{{{BLOB},}}={{0,2}})"
)
_BORDERS = ("\n\n", "\n", ". ", "! ", "? ", "; ", ", ", " ")
_WORST = (Status.FAILED, Status.TIMEOUT, Status.PARTIAL, Status.SKIPPED, Status.COMPLETE)


def split(text: str, size: int = PIECE, overlap: int = OVERLAP) -> list[tuple[int, str]]:
    """Return (offset, piece) pairs that cover the text; neighbours share about ``overlap`` characters."""
    if len(text) <= min(size, BLOB):
        return [(0, text)]
    pieces: list[tuple[int, str]] = []
    done = 0
    for start, end in _uncut(text):
        if start > done:
            pieces.extend(_cut(text, done, start, size, overlap))
        pieces.append((start, text[start:end]))
        done = end
    if done < len(text):
        pieces.extend(_cut(text, done, len(text), size, overlap))
    return pieces


def _uncut(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans that are never cut: armoured blocks, and long encoded parts outside them."""
    done = 0
    for block in armour.BLOCK.finditer(text) if armour.holds(text) else ():
        yield from (blob.span() for blob in _BLOB.finditer(text, done, block.start()))
        yield block.span()
        done = block.end()
    yield from (blob.span() for blob in _BLOB.finditer(text, done))


def blob(text: str) -> re.Match[str] | None:
    """Return the match (groups ``media`` and ``data``) when the whole text is one long encoded part."""
    return _BLOB.fullmatch(text)


def _cut(text: str, start: int, stop: int, size: int, overlap: int) -> Iterable[tuple[int, str]]:
    while start < stop:
        end = min(start + size, stop)
        if end < stop:
            end = _border(text, start + size // 2, end)
        yield start, text[start:end]
        if end == stop:
            return
        start = _begin(text, max(end - overlap, start + 1), end)


def _border(text: str, low: int, high: int) -> int:
    for mark in _BORDERS:
        end = text.rfind(mark, low, high)
        if end >= 0:
            return end + len(mark)
    return high


def _begin(text: str, low: int, high: int) -> int:
    """Return a start after white space, so that no word is cut."""
    blank = text.find(" ", low, high)
    return blank + 1 if 0 <= blank < high - 1 else low


def join(pieces: Sequence[tuple[int, int, SegmentFindings]]) -> SegmentFindings:
    """Merge the findings of pieces, given in order as (offset, length, findings).

    Each piece owns half of an overlap: a finding counts when its middle lies in its piece's share.
    """
    if len(pieces) == 1 and pieces[0][0] == 0:
        return pieces[0][2]
    findings = disjoint(_shares([(offset, length, segment.findings) for offset, length, segment in pieces]))
    languages = [segment.language for _, _, segment in pieces if segment.language != "und"]
    return SegmentFindings(
        findings=findings,
        status=worst(segment.status for _, _, segment in pieces),
        language=max(set(languages), key=languages.count) if languages else "und",
        minor=any(segment.minor for _, _, segment in pieces),
        regions=most_sure(segment for _, _, segment in pieces),
        inside=covered(_shares([(offset, length, segment.inside) for offset, length, segment in pieces]), findings),
    )


def joined(text: str, pieces: Iterable[tuple[int, int, SegmentFindings]]) -> SegmentFindings:
    """Merge the pieces of a text, given as (offset, length, findings)."""
    return join(
        [(offset, length, _armoured(text[offset : offset + length], piece)) for offset, length, piece in pieces]
    )


def _armoured(text: str, segment: SegmentFindings) -> SegmentFindings:
    if segment.status is Status.PARTIAL and armour.is_private(text):
        return replace(segment, status=Status.COMPLETE)  # nothing of it will be left
    return segment


def covered(parts: Iterable[Finding], findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the distinct findings over encoded parts that no finding of the same type covers."""
    uncovered = {
        (part.entity_type, part.start, part.end): part
        for part in parts
        if not any(f.entity_type == part.entity_type and f.start <= part.start and part.end <= f.end for f in findings)
    }
    return tuple(uncovered.values())


def most_sure(segments: Iterable[SegmentFindings]) -> tuple[tuple[str, float], ...]:
    """Return the regions that segments hint at, each with the highest confidence."""
    regions: dict[str, float] = {}
    for segment in segments:
        for code, confidence in segment.regions:
            regions[code] = max(confidence, regions.get(code, 0.0))
    return tuple(sorted(regions.items()))


def worst(statuses: Iterable[Status]) -> Status:
    """Return the least complete of several statuses."""
    present = set(statuses)
    return next((status for status in _WORST if status in present), Status.COMPLETE)


def _shares(pieces: Sequence[tuple[int, int, Sequence[Finding]]]) -> list[Finding]:
    cuts = [(after[0] + before[0] + before[1]) // 2 for before, after in pairwise(pieces)]
    result: list[Finding] = []
    for index, (offset, _, findings) in enumerate(pieces):
        low = cuts[index - 1] if index else -1
        high = cuts[index] if index < len(cuts) else 1 << 62
        for finding in findings:
            middle = offset + (finding.start + finding.end) // 2
            crosses = offset + finding.start < high <= offset + finding.end or (
                offset + finding.start < low <= offset + finding.end
            )
            if low <= middle < high or crosses:
                result.append(finding.at(finding.start + offset, finding.end + offset))
    return result
