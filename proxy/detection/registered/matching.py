"""Finds registered people in texts: one pass over the words, each looked up by keyed digests of what it may be.

What matches is certain: two words of one name beside each other in any order and form, a number that few numbers are
like, an address with its number. A number that many share their length with, or a date of birth, counts beside a word
of its person's name. Texts are read as they are written and as they are decoded.
"""

from __future__ import annotations

import functools
import itertools
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from proxy.core.findings import ENCODED, REGISTERED, DetectorVersion, Finding, SegmentFindings
from proxy.core.search.readings import readings
from proxy.detection.documents import ReadingUnit
from proxy.detection.languages import words as vocabulary
from proxy.detection.merge import disjoint
from proxy.detection.registered import words
from proxy.detection.registered.lists import PeopleIndex, RegisteredList
from proxy.detection.registered.names import BORDER, is_filler, names
from proxy.detection.registered.numbers import numbers
from proxy.detection.registered.rows import NAME_TYPE, TYPED
from proxy.detection.registered.shapes import NumberShapes
from proxy.detection.registered.streets import streets
from proxy.detection.registered.tokens import Vocabulary
from proxy.detection.registered.words import Digester
from proxy.detection.text.context import ContextWords, normalised
from proxy.detection.text.layout import Value

_SHORT_VALUE = 64
_NAME_LABELS = ContextWords(*vocabulary("name_columns"))


class RegisteredPeople:
    """The lists of one tenant, whose digests one key makes."""

    def __init__(self, digester: Digester, lists: Sequence[RegisteredList]) -> None:
        self._index = PeopleIndex(digester, lists)
        self._vocabulary = Vocabulary(self._index)
        self._shapes = NumberShapes(lists)
        loads = "+".join(f"{list_.name}@{list_.load}" for list_ in self._index.lists)
        self.version = DetectorVersion(REGISTERED, loads)

    def find(self, text: str) -> list[Finding]:
        """Return where registered people stand in a text, by offset; of one list several types in an encoded part."""
        findings = list(self._plain(text))
        for part in readings(text):
            findings += (finding.at(*part.span(finding.start, finding.end)) for finding in self._plain(part.text))
        return list(_longest(findings))

    def applied(self, unit: ReadingUnit, segments: Sequence[SegmentFindings]) -> list[SegmentFindings]:
        """Return the findings of the leaves of a unit with those of registered people, which take precedence."""
        by_leaf = [self.find(leaf.text) for leaf in unit.leaves]
        if unit.composed:
            for leaf, finding in self._across(unit.text, unit.values):
                by_leaf[leaf].append(finding)
        return [
            _merged(segment, findings) if findings else segment
            for segment, findings in zip(segments, by_leaf, strict=True)
        ]

    def _across(self, text: str, values: Sequence[Value]) -> Iterator[tuple[int, Finding]]:
        """Yield (leaf, finding) of what several short values of a document are together: a given and a family name."""
        short = [value for value in values if value.end - value.start <= _SHORT_VALUE]
        of_names = [value for value in short if self._is_name(text[value.start : value.end])]
        labelled = [value for value in of_names if _is_label_of_names(value.label)]
        for chosen, carried in ((labelled, True), (of_names, False), (short, False)):
            if len(chosen) < (1 if carried else 2):
                continue  # a value by itself has been read
            joined = BORDER.join(text[value.start : value.end] for value in chosen)
            starts = list(itertools.accumulate((value.end - value.start + 1 for value in chosen), initial=0))
            for finding in self._plain(joined, carried=carried):
                at = bisect_right(starts, finding.start) - 1
                while at < len(chosen) and starts[at] < finding.end:
                    value, shift = chosen[at], chosen[at].origin - starts[at]
                    low, high = max(finding.start, starts[at]), min(finding.end, starts[at + 1] - 1)
                    if low < high:
                        yield value.leaf, finding.at(low + shift, high + shift)
                    at += 1

    def _is_name(self, value: str) -> bool:
        """Whether a value is nothing but words of names."""
        tokens = self._vocabulary.tokens(value)
        pairs = zip(tokens.written, tokens.meanings, strict=True)
        return bool(tokens.written) and all((meaning and meaning.names) or is_filler(word) for word, meaning in pairs)

    def _plain(self, text: str, *, carried: bool = False) -> Iterator[Finding]:
        yield from self._addresses_of_mail(text)
        tokens = self._vocabulary.tokens(text)
        if not tokens.marked:
            return
        for at, meaning in tokens.marked:
            for number in meaning.glued:
                yield self._index.lists[number].finding(NAME_TYPE, *tokens.reach(at, at))
        named = [(at, meaning) for at, meaning in tokens.marked if meaning.names]
        yield from names(self._index, tokens, named, carried=carried)
        if any(meaning.digits for _, meaning in tokens.marked):
            yield from numbers(self._index, self._shapes, tokens, named)
            yield from streets(self._index, self._vocabulary, tokens)

    def _addresses_of_mail(self, text: str) -> Iterator[Finding]:
        for match in words.mails(text):
            digest = self._index.digester.of(f"@{match.group().casefold()}")
            for list_ in self._index.lists:
                if code := list_.typed(digest):
                    yield list_.finding(list_.types[code - TYPED], *match.span())
            tokens = self._vocabulary.tokens(match.group().rpartition("@")[0])
            named = [(at, meaning) for at, meaning in tokens.marked if meaning.names]
            for name in names(self._index, tokens, named, carried=True):
                yield name.at(match.start() + name.start, match.start() + name.end)


@functools.lru_cache(1024)
def _is_label_of_names(label: str) -> bool:
    """Whether the key or header of a value says that it is somebody's name, or a part of one."""
    return _NAME_LABELS.opens(normalised(label))


def _longest(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield, of overlapping findings of a list, the first and longest; of an encoded part each type."""
    latest: dict[str, Finding] = {}
    for finding in sorted(set(findings), key=lambda f: (f.start, -f.end, f.entity_type, f.recognizer)):
        before = latest.get(finding.recognizer)
        if before is None or before.end <= finding.start or (before.start, before.end) == (finding.start, finding.end):
            yield finding
            latest[finding.recognizer] = finding


def _merged(segment: SegmentFindings, findings: Sequence[Finding]) -> SegmentFindings:
    """Return what was found in a leaf with its registered people, who take precedence.

    ``inside`` gets those that another list or type covers, and what else an encoded part has: policy is told of all.
    """
    merged = disjoint((*segment.findings, *findings))
    starts = [finding.start for finding in merged]

    def is_told(finding: Finding) -> bool:
        over = merged[bisect_right(starts, finding.start) - 1]
        alike = over.entity_type == finding.entity_type and (
            not finding.registered or (over.recognizer, over.subject_role) == (finding.recognizer, finding.subject_role)
        )
        return alike and over.start <= finding.start and finding.end <= over.end

    encoded = (finding for finding in segment.findings if finding.recognizer.startswith(ENCODED))
    covered = dict.fromkeys(finding for finding in (*encoded, *findings) if not is_told(finding))
    return replace(segment, findings=merged, inside=(*segment.inside, *covered))
