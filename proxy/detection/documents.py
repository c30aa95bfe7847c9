"""What is read as one text: a text by itself, or the leaves of a document as ``key: value`` lines.

A document's text is what models and rules judge; each of its leaves is read once more by rules alone, for what the leaf
says by itself: encoded parts, terms in its own language. All findings are placed in the document's text, judged there,
and given back to the leaves. None crosses from one value into another. Served path and command line read alike.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from proxy.core.findings import Finding, SegmentFindings, Status
from proxy.core.leaves import TextLeaf
from proxy.detection.merge import ATTRIBUTES, GUESSERS, disjoint
from proxy.detection.text import chunks, fields
from proxy.detection.text.frames import unkeyed
from proxy.detection.text.plain import Ruled, needs_no_model
from proxy.detection.whole import completed

#: Characters of a document that are read together: a longer one is several.
_WINDOW = 8_000
_LEAST = 2
UNREAD = frozenset({Status.FAILED, Status.TIMEOUT})
Scan = Callable[[str], Sequence[Finding]]


class Value(NamedTuple):
    """A value in the text of a unit: ``start`` and ``end``, where the line with its key begins, and its words."""

    line: int
    start: int
    end: int
    label: str


@dataclass(frozen=True)
class ReadingUnit:
    """One text to read. ``leaves`` are the indices of the texts whose ``values`` it holds."""

    text: str
    leaves: tuple[int, ...]
    values: tuple[Value, ...]
    guessed: bool = True

    @property
    def composed(self) -> bool:
        """Whether it is the text of a document."""
        return self.values[0].line < self.values[0].start

    @property
    def identity(self) -> str:
        """What its findings depend on besides detectors and lists."""
        if self.guessed and not self.composed and not self.values[0].label:
            return self.text
        return f"{self.guessed}{[value[1:] for value in self.values]}{self.text}"

    @property
    def texts(self) -> list[str]:
        """The leaves, as they are."""
        return [self.text[value.start : value.end] for value in self.values]

    @property
    def plain(self) -> bool:
        """Whether patterns alone read it completely."""
        return all(map(needs_no_model, self.texts))

    @cached_property
    def parts(self) -> list[tuple[int, str]]:
        """What the engine reads: (offset, part) of the whole text, then of the words of a document's leaves."""
        ruled = self.values if self.composed or not self.guessed else ()
        return [
            *(chunks.split(self.text) if self.guessed else ()),
            *(
                (value.start + offset, Ruled(part))
                for value in ruled
                if not (self.composed and needs_no_model(self.text[value.start : value.end]))
                for offset, part in chunks.split(self.text[value.start : value.end])
            ),
        ]

    def finished(self, read: Sequence[SegmentFindings], scan: Scan) -> list[SegmentFindings]:
        """Return the findings of each leaf; ``read`` are those of the parts, ``scan`` is the pattern tier."""
        rows = [(offset, len(part), one) for (offset, part), one in zip(self.parts, read, strict=True)]
        ruled = [row for row, (_, part) in zip(rows, self.parts, strict=True) if isinstance(part, Ruled)]
        if not self.composed:
            return self.judged(chunks.joined(self.text, rows), scan)
        whole = chunks.joined(self.text, rows[: len(rows) - len(ruled)])
        return self.judged(self._together(whole, chunks.joined(self.text, ruled)), scan)

    def judged(self, segment: SegmentFindings, scan: Scan) -> list[SegmentFindings]:
        """Return the findings of each leaf, from those of the whole text."""
        if segment.status in UNREAD:
            patterns = tuple(unkeyed(self.text, scan(self.text)))
            segment = replace(segment, findings=disjoint((*segment.findings, *patterns)))
        cells = [fields.Cell(value.label, value.start, value.end) for value in self.values if value.label]
        names = fields.named(self.text, cells) if self.guessed else ()
        segment = completed(self.text, fields.added(segment, (*fields.read(self.text, cells, scan), *names)), scan)
        if not self.guessed:
            identifying = tuple(f for f in segment.findings if f.entity_type not in ATTRIBUTES)
            segment = replace(segment, findings=identifying, minor=False)
        return self._leaves(segment)

    def _together(self, whole: SegmentFindings, alone: SegmentFindings) -> SegmentFindings:
        """Return what a document says as a whole, with what its leaves say by themselves."""
        told = (f for f in whole.findings if f.entity_type not in ATTRIBUTES)
        return replace(
            whole,
            findings=disjoint([*self._within(told), *alone.findings]),
            status=chunks.worst([whole.status, alone.status]),
            minor=whole.minor or alone.minor,
            regions=chunks.most_sure([whole, alone]),
            inside=alone.inside,
        )

    def _within(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield the findings cut to the values that they lie in: a guess in several is one in each, any other none."""
        starts = [value.line for value in self.values]
        for finding in findings:
            at = max(bisect_right(starts, finding.start) - 1, 0)
            for value in self.values[at:]:
                if value.line >= finding.end:
                    break
                if finding.recognizer not in GUESSERS and not value.line <= finding.start < finding.end <= value.end:
                    break
                start, end = max(finding.start, value.start), min(finding.end, value.end)
                if end - start >= min(_LEAST, value.end - value.start):
                    yield finding.at(start, end)

    def _leaves(self, segment: SegmentFindings) -> list[SegmentFindings]:
        """Return the findings of each leaf, with the offsets of its text."""
        if not self.composed:
            return [segment]
        findings, inside = self._by_value(segment.findings), self._by_value(segment.inside)
        return [replace(segment, findings=a, inside=b) for a, b in zip(findings, inside, strict=True)]

    def _by_value(self, findings: Iterable[Finding]) -> list[tuple[Finding, ...]]:
        starts = [value.line for value in self.values]
        rows: list[list[Finding]] = [[] for _ in self.values]
        for finding in self._within(findings):
            at = bisect_right(starts, finding.start) - 1
            rows[at].append(finding.at(finding.start - self.values[at].start, finding.end - self.values[at].start))
        return [tuple(row) for row in rows]


def parts(asked: Iterable[ReadingUnit]) -> list[str]:
    """Return what the engine reads of units."""
    return [part for unit in asked for _, part in unit.parts]


def finished(asked: Sequence[ReadingUnit], read: Iterable[SegmentFindings], scan: Scan) -> list[SegmentFindings]:
    """Return the findings of each text; ``read`` are those of the parts in order."""
    rows = iter(read)
    placed = {
        at: segment
        for unit in asked
        for at, segment in zip(unit.leaves, unit.finished(list(islice(rows, len(unit.parts))), scan), strict=True)
    }
    return [placed[at] for at in range(len(placed))]


def units(texts: Sequence[str | TextLeaf]) -> list[ReadingUnit]:
    """Return what is read: each text that stands for itself, and the documents, in order of their first leaves."""
    found: list[ReadingUnit] = []
    documents: dict[str, list[tuple[int, TextLeaf]]] = {}
    for index, text in enumerate(texts):
        leaf = text if isinstance(text, TextLeaf) else TextLeaf(text)
        if leaf.document:
            documents.setdefault(leaf.document, []).append((index, leaf))
        else:
            found.append(ReadingUnit(leaf.text, (index,), (Value(0, 0, len(leaf.text), leaf.label),), leaf.guessed))
    return [*found, *(_composed(window) for leaves in documents.values() for window in _windows(leaves))]


def _windows(leaves: Iterable[tuple[int, TextLeaf]]) -> Iterator[list[tuple[int, TextLeaf]]]:
    """Yield the leaves of a document in windows of about ``_WINDOW`` characters."""
    window: list[tuple[int, TextLeaf]] = []
    size = 0
    for index, leaf in leaves:
        if window and size + len(leaf.text) > _WINDOW:
            yield window
            window, size = [], 0
        window.append((index, leaf))
        size += len(leaf.text) + len(leaf.label)
    yield window


def _composed(leaves: Sequence[tuple[int, TextLeaf]]) -> ReadingUnit:
    lines: list[str] = []
    values: list[Value] = []
    at = 0
    for _, leaf in leaves:
        key = f"{leaf.label}:\n" if "\n" in leaf.text else f"{leaf.label}: "
        start = at + len(key)
        values.append(Value(at, start, start + len(leaf.text), leaf.label))
        lines += (key, leaf.text, "\n")
        at = start + len(leaf.text) + 1
    return ReadingUnit("".join(lines), tuple(index for index, _ in leaves), tuple(values))
