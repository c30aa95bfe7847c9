"""What is read as one text: a text by itself, or the leaves of a document as ``key: value`` lines.

A document's text is what models and rules judge; each of its leaves is read once more by rules alone, for what the leaf
says by itself: encoded parts, terms in its own language. All findings are placed in the document's text, judged there,
and given back to the leaves. None crosses from one value into another. Served path and command line read alike.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import cycle

from proxy.core.findings import Finding, SegmentFindings, Status
from proxy.core.leaves import TextLeaf, words_of
from proxy.detection.meaning.said import without_unsaid
from proxy.detection.merge import ATTRIBUTES, GUESSERS, disjoint
from proxy.detection.patterns import armour
from proxy.detection.people import known_names, public
from proxy.detection.people.carriers import is_carrier, with_likely_people, without_unsupported
from proxy.detection.people.impersonal import without_bare, without_weak_names
from proxy.detection.people.product_names import NAME_RECOGNIZERS
from proxy.detection.people.public import with_public
from proxy.detection.people.records import with_records
from proxy.detection.people.roles import accounted
from proxy.detection.text import chunks, fields, tables
from proxy.detection.text.fields import Cell
from proxy.detection.text.frames import unkeyed
from proxy.detection.text.layout import Layout, Value, laid_together
from proxy.detection.text.plain import Ruled, needs_no_model


def load() -> None:
    """Read now the lists that findings are judged by: 50 ms of CPU, too long for a step of an event loop."""
    known_names.lists()
    public.load()


def postprocess(
    text: str,
    segment: SegmentFindings,
    scan: Callable[[str], Sequence[Finding]],
    columns: Iterable[Cell] = (),
    cells: Sequence[Cell] = (),
) -> SegmentFindings:
    """Add what the columns of tables say, then drop what identifies no person in this text, and mark public figures.

    ``columns`` are the cells of tables about people whose lines were laid out, ``cells`` all values of data in order.
    """
    segment = replace(segment, findings=armour.without_armoured(text, segment.findings))
    segment = tables.with_columns(text, segment, scan, columns)
    findings = without_weak_names(text, accounted(text, segment.findings), segment.status, segment.language)
    findings = without_unsupported(text, findings, cells)
    findings = with_likely_people(text, findings, cells)
    if cells and any(map(is_carrier, findings)):
        findings = with_records(text, findings, cells)
    findings = with_public(text, without_unsaid(text, findings, segment.language))
    return without_bare(text, replace(segment, findings=findings))


#: Characters of a document that are read together: a longer one is several.
_WINDOW = 8_000
_LEAST = 2
#: Values of a unit that are read once more after their keys.
_MOST_FIELDS = 20_000
#: A value that is the path of a file: patterns know accounts in it.
_PATH = re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?[/\\]\S*|\S*[/\\]\S*\.[A-Za-z]\w{0,4}")
UNREAD = frozenset({Status.FAILED, Status.TIMEOUT})
Scan = Callable[[str], Sequence[Finding]]


@dataclass(frozen=True)
class ReadingUnit:
    """One text to read: ``places`` are the indices of its ``leaves`` among the texts of the request.

    A leaf that stands for itself has all the places of equal ones. ``keys`` are those of a document, with or without a
    leaf below.
    """

    places: tuple[int, ...]
    leaves: tuple[TextLeaf, ...]
    keys: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is judged."""
        return self._layout.text

    @property
    def values(self) -> Sequence[Value]:
        """Where its values are in the text."""
        return self._layout.values

    @property
    def composed(self) -> bool:
        """Whether its text is made of keys and values."""
        return self._layout.composed

    @property
    def guessed(self) -> bool:
        """Whether anything may be guessed in it."""
        return self.leaves[0].guessed

    @property
    def size(self) -> int:
        """The characters of its leaves."""
        return sum(len(leaf.text) for leaf in self.leaves)

    @property
    def identity(self) -> str:
        """What its findings depend on besides detectors and lists."""
        first = self.leaves[0]
        if first.guessed and not first.document and not first.label:
            return first.text
        texts = [leaf.text for leaf in self.leaves]
        borders = self.keys, [leaf.label for leaf in self.leaves], list(map(len, texts))
        return "".join([f"{first.guessed}{bool(first.document)}{borders}", *texts])

    @cached_property
    def _layout(self) -> Layout:
        return laid_together(self.leaves, self.keys)

    @property
    def plain(self) -> bool:
        """Whether patterns alone read it completely."""
        return all(needs_no_model(leaf.text) for leaf in self.leaves)

    @cached_property
    def parts(self) -> list[str]:
        """What the engine reads: the parts of the whole text, then those of the leaves with words by themselves."""
        whole = [part for _, part in chunks.split(self.text)] if self.guessed else []
        return [*whole, *(Ruled(part) for _, pieces in self._alone for _, part in pieces)]

    @cached_property
    def _alone(self) -> list[tuple[int, list[tuple[int, str]]]]:
        """The leaves that rules read by themselves: (number, parts)."""
        if self.guessed and not self.composed:
            return []
        whole = self._layout.listed if self.guessed else set()
        read = ((at, leaf.text) for at, leaf in enumerate(self.leaves) if at not in whole)
        return [(at, chunks.split(text)) for at, text in read if not (self.guessed and needs_no_model(text))]

    def finished(self, read: Iterator[SegmentFindings], scan: Scan) -> list[SegmentFindings]:
        """Return the findings of each leaf; ``read`` are those of the parts, ``scan`` is the pattern tier."""
        whole = _joined(self.text, chunks.split(self.text), read) if self.guessed else SegmentFindings()
        alone = [(at, _joined(self.leaves[at].text, pieces, read)) for at, pieces in self._alone]
        if not self.guessed:
            return self.judged(alone[0][1], scan)
        segments = self.judged(self._together(whole, alone) if self.composed else whole, scan)
        for at, segment in alone:
            between = tuple(self._between(at, segment.findings))
            if between:
                segments[at] = replace(segments[at], findings=disjoint((*segments[at].findings, *between)))
        return segments

    def judged(self, segment: SegmentFindings, scan: Scan) -> list[SegmentFindings]:
        """Return the findings of each leaf, from those of the whole text."""
        if segment.status in UNREAD:
            patterns = tuple(unkeyed(self.text, scan(self.text)))
            segment = replace(segment, findings=disjoint((*segment.findings, *patterns)))
        cells = self._layout.fields[:_MOST_FIELDS]
        names = fields.named(self.text, cells) if self.guessed else ()
        segment = fields.added(segment, (*fields.read(self.text, cells, scan), *names))
        keyed = (value for value in self.values if self.composed and value.leaf not in self._layout.listed)
        data = [Cell(value.label, value.start, value.end) for value in keyed]
        data[:0] = [Cell(key, 0, 0) for key in self._layout.keys]
        segment = postprocess(self.text, segment, scan, self._layout.columns, data)
        if not self.guessed:
            identifying = tuple(f for f in segment.findings if f.entity_type not in ATTRIBUTES)
            segment = replace(segment, findings=identifying, minor=False)
        if not self.composed:
            return [segment]
        findings, inside = self._by_leaf(segment.findings), self._by_leaf(segment.inside)
        return [replace(segment, findings=a, inside=b) for a, b in zip(findings, inside, strict=True)]

    def _together(self, whole: SegmentFindings, alone: Sequence[tuple[int, SegmentFindings]]) -> SegmentFindings:
        """Return what a document says as a whole, with what its leaves say by themselves."""
        identifying = [f for f in whole.findings if f.entity_type not in ATTRIBUTES or self._is_listed(f)]
        segments = [whole, *(segment for _, segment in alone)]
        return replace(
            whole,
            findings=disjoint(
                [
                    *filter(self._is_told, self._within(identifying)),
                    *self._placed((at, segment.findings) for at, segment in alone),
                ]
            ),
            status=chunks.worst(segment.status for segment in segments),
            minor=any(segment.minor for segment in segments),
            regions=chunks.most_sure(segments),
            inside=(
                *self._within(filter(self._is_listed, whole.inside)),
                *self._placed((at, segment.inside) for at, segment in alone),
            ),
        )

    def _is_listed(self, finding: Finding) -> bool:
        """Whether a finding is in a listing, which is read in the whole text alone."""
        return self.values[bisect_right(self._lines, finding.start) - 1].leaf in self._layout.listed

    def _is_told(self, finding: Finding) -> bool:
        """Whether a finding in a value is more than a guess at a part of a path."""
        value = self.values[bisect_right(self._lines, finding.start) - 1]
        return finding.recognizer not in NAME_RECOGNIZERS or not _PATH.fullmatch(self.text, value.start, value.end)

    def _within(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield the findings cut to the values that they lie in: a guess in several is one in each, any other none."""
        for finding in findings:
            for value in _over(self.values, self._lines, finding):
                if finding.recognizer not in GUESSERS and not value.line <= finding.start < finding.end <= value.end:
                    break
                yield from _cut(finding, value.start, value.end)

    def _placed(self, by_leaf: Iterable[tuple[int, Sequence[Finding]]]) -> Iterator[Finding]:
        """Yield the findings in leaves at their offsets in the unit's text, cut to its values."""
        for at, findings in by_leaf:
            values, origins = self._of_leaf(at)
            for finding in findings:
                for value in _over(values, origins, finding):
                    shift = value.start - value.origin
                    yield from _cut(finding.at(finding.start + shift, finding.end + shift), value.start, value.end)

    def _between(self, at: int, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield the findings in a leaf outside of its values: in keys, headers, comments; no numbers of statements."""
        values, origins = self._of_leaf(at)
        text, stated = self.leaves[at].text, at in self._layout.stated
        for finding in findings:
            if stated and not any(map(str.isalpha, text[finding.start : finding.end])):
                continue
            over = _over(values, origins, finding)
            if all(value.origin + value.end - value.start <= finding.start for value in over):
                yield finding

    def _of_leaf(self, at: int) -> tuple[Sequence[Value], list[int]]:
        """Return the values of a leaf, and where in it they begin."""
        values = self.values[bisect_left(self._numbers, at) : bisect_right(self._numbers, at)]
        return values, [value.origin for value in values]

    @cached_property
    def _lines(self) -> list[int]:
        return [value.line for value in self.values]

    @cached_property
    def _numbers(self) -> list[int]:
        return [value.leaf for value in self.values]

    def _by_leaf(self, findings: Iterable[Finding]) -> list[tuple[Finding, ...]]:
        rows: list[list[Finding]] = [[] for _ in self.leaves]
        for finding in self._within(findings):
            value = self.values[bisect_right(self._lines, finding.start) - 1]
            shift = value.origin - value.start
            rows[value.leaf].append(finding.at(finding.start + shift, finding.end + shift))
        return [tuple(row) for row in rows]


def _joined(text: str, pieces: Sequence[tuple[int, str]], read: Iterator[SegmentFindings]) -> SegmentFindings:
    return chunks.joined(text, [(offset, len(part), next(read)) for offset, part in pieces])


def _over(values: Sequence[Value], starts: Sequence[int], finding: Finding) -> Iterator[Value]:
    """Yield the values from the one in which a finding begins to the one in which it ends."""
    at = max(bisect_right(starts, finding.start) - 1, 0)
    while at < len(values) and starts[at] < finding.end:
        yield values[at]
        at += 1


def _cut(finding: Finding, start: int, end: int) -> Iterator[Finding]:
    """Yield the part of a finding in a value, unless it is a single sign of a longer one."""
    low, high = max(finding.start, start), min(finding.end, end)
    if high - low >= min(_LEAST, end - start, finding.end - finding.start):
        yield finding.at(low, high)


def parts(asked: Iterable[ReadingUnit]) -> list[str]:
    """Return what the engine reads of units."""
    return [part for unit in asked for part in unit.parts]


def finished(asked: Sequence[ReadingUnit], read: Iterable[SegmentFindings], scan: Scan) -> list[SegmentFindings]:
    """Return the findings of each text; ``read`` are those of the parts in order."""
    rows = iter(read)
    placed: dict[int, SegmentFindings] = {}
    for unit in asked:
        placed.update(zip(unit.places, cycle(unit.finished(rows, scan)), strict=False))
    return [placed[at] for at in range(len(placed))]


def units(texts: Sequence[str | TextLeaf]) -> list[ReadingUnit]:
    """Return what is read: each text that stands for itself, and the documents, in order of their first leaves."""
    single: dict[TextLeaf, list[int]] = {}
    documents: dict[str, list[tuple[int, TextLeaf]]] = {}
    for index, text in enumerate(texts):
        leaf = text if isinstance(text, TextLeaf) else TextLeaf(text)
        if leaf.document:
            documents.setdefault(leaf.document, []).append((index, leaf))
        if not leaf.document:
            single.setdefault(leaf, []).append(index)
        elif not leaf.guessed:
            single.setdefault(TextLeaf(leaf.text, guessed=False), []).append(index)
    reading = [ReadingUnit(tuple(places), (leaf,)) for leaf, places in single.items()]
    return [*reading, *(window for leaves in documents.values() for window in _windows(leaves))]


def _windows(placed: Iterable[tuple[int, TextLeaf]]) -> Iterator[ReadingUnit]:
    """Yield the leaves of a document, with its keys, in windows of about ``_WINDOW`` characters."""
    keys: dict[str, None] = {}
    window: list[tuple[int, TextLeaf]] = []
    size = 0
    for index, leaf in placed:
        if not leaf.guessed:
            keys[words_of(leaf.text)] = None
            continue
        if window and size + len(leaf.text) > _WINDOW:
            yield _unit(window, keys)
            keys, window, size = {}, [], 0
        window.append((index, leaf))
        size += len(leaf.text) + len(leaf.label)
    if window:
        yield _unit(window, keys)


def _unit(placed: Iterable[tuple[int, TextLeaf]], keys: Iterable[str]) -> ReadingUnit:
    places, leaves = zip(*placed, strict=True)
    return ReadingUnit(places, leaves, tuple(keys))
