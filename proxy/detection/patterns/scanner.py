"""The pattern tier: a linear-time automaton finds candidate windows, exact patterns decide within them.

Stage one is an RE2 alternation of *triggers* over the whole text. Stage two looks only at the windows around its hits:
an RE2 set tells which patterns occur there; each of these runs with exact borders, then its check (mostly a checksum),
then the words around it are weighed. Every match of a pattern contains a match of its trigger and has at most ``width``
characters, so the result equals running every pattern over the whole text; a property test compares the two.

Needs neither Presidio nor spaCy nor torch: it runs in the proxy process itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import re2

from proxy.core.findings import Finding
from proxy.core.search.decoding import view
from proxy.detection.languages import words
from proxy.detection.merge import disjoint
from proxy.detection.patterns.pattern import DIGIT_RUN, STOPS, Pattern
from proxy.detection.patterns.recognizers import PATTERNS
from proxy.detection.text import narrow
from proxy.detection.text.context import ContextWords, Surroundings

REPORTED = 0.35
_AUTOMATON_BYTES = 48 << 20
_SET_BYTES = 96 << 20
_FINDER_BYTES = 8 << 20
_SHORT = 40
_NARROW = 128
_FEWEST_SHARING = 3
_STRIDE = 96
_LONGEST_SHAPE = 120
#: The distance (characters of normalised words) within which a word for another kind of number decides.
_BESIDE = 30
_WIDE = 360
#: Words for numbers of other kinds: the nearest word before a number decides.
_OTHER_NUMBERS = ContextWords(*words("other_numbers"))
#: Scanned once: what compiles before the first request, as most texts need it or one would wait longest for it.
_WARMING = (
    "On March 5th, 2021 at 10:04 Mr. O'Neil (id: AB-12345, born 12/03/1980) paid 1,299.00 with 4111 1111 1111 1111; "
    "call +44 20 7946 0958 or mail ann.lee@example.org, see https://example.org/a?b=1. 12 High Street, SW1A 1AA.\n"
    "My number is oh two oh, seven nine four six, oh nine five eight.\n"
)

#: The digits of a run that one search takes in: the longest number, or a stretch of a table.
_RUNS = DIGIT_RUN.replace("{5}", "{5,150}")
_STOP = re.compile(f"[{STOPS}]".encode())

#: How borders begin that allow no letter and no digit next to the match.
_NO_LETTER_BEFORE = (r"(?<![^\W_])", "(?<![0-9A-Za-z")
_NO_LETTER_BEHIND = (r"(?![^\W_])", "(?![0-9A-Za-z")


def _superset(pattern: Pattern) -> str:
    """Return a pattern for RE2: the same body with consumed ASCII borders, a superset of the exact one."""
    left = "(?:^|[^0-9A-Za-z])" if pattern.border[0].startswith(_NO_LETTER_BEFORE) else ""
    right = "(?:$|[^0-9A-Za-z])" if pattern.border[1].startswith(_NO_LETTER_BEHIND) else ""
    return pattern.shape or f"{left}(?:{pattern.body}){right}"


def _compiled(body: str, memory: int) -> Any:
    return re2.compile(narrow.pattern(body), _options(memory))


def _options(memory: int) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    options.log_errors = False
    options.max_mem = memory
    return options


class _Group:
    """Patterns with a common trigger, or of similar width, behind one automaton."""

    def __init__(self, patterns: Sequence[Pattern], reach: int) -> None:
        self._reach = reach + 2
        triggers = dict.fromkeys(pattern.trigger or _superset(pattern) for pattern in patterns)
        self._search = _compiled("|".join(f"(?:{t})" for t in triggers), _AUTOMATON_BYTES).search
        self._set = _set(patterns)
        self._finders = [_Finder(pattern) for pattern in patterns]

    def windows(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Disjoint ranges, in order, outside which no pattern matches."""
        low = high = -1
        offset = 0
        search, reach = self._search, self._reach
        while (hit := search(data, offset)) is not None:
            start, end = hit.span()
            begin = max(0, start - reach)
            if high < 0:
                low = begin
            elif begin > high:
                yield low, high
                low = begin
            # Stage two looks at what follows a hit anyway, so hits within the stride need not be found.
            offset = max(end, start + _STRIDE)
            high = min(len(data), offset + reach)
        if high >= 0:
            yield low, high

    def matches(self, text: str, data: bytes) -> Iterator[tuple[Pattern, re.Match[str]]]:
        """The exact matches of every pattern of the group."""
        for low, high in self.windows(data):
            for index in self._set.Match(data[low:high]) or ():
                finder = self._finders[index]
                for match in finder.matches(text, data, low, high):
                    yield finder.pattern, match


class _Numbers:
    """Patterns of digit runs, perhaps with letters around: each run has its own window."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._search = _compiled(_RUNS, _AUTOMATON_BYTES).search
        self._shelves = [
            (reach + 2, _set(group), [_Number(pattern) for pattern in group])
            for reach, group in (
                (_SHORT, [pattern for pattern in patterns if pattern.width <= _SHORT]),
                (_NARROW, [pattern for pattern in patterns if pattern.width > _SHORT]),
            )
            if group
        ]

    def matches(self, text: str, data: bytes) -> Iterator[tuple[Pattern, re.Match[str]]]:
        """The exact matches of every pattern of the group."""
        done: dict[int, int] = {}
        offset = 0
        while (hit := self._search(data, offset)) is not None:
            start, offset = hit.span()
            low, high = _cut(data, start, offset)
            for reach, patterns, finders in self._shelves:
                for index in patterns.Match(data[max(low, start - reach) : min(high, offset + reach)]) or ():
                    finder = finders[index]
                    for match in finder.matches(text, max(low, done.get(id(finder), 0)), start, offset):
                        done[id(finder)] = match.end()
                        yield finder.pattern, match


def _cut(data: bytes, start: int, stop: int) -> tuple[int, int]:
    """Return the window around a run of digits: numbers do not extend over a stop."""
    low = max(0, start - _NARROW - 2)
    low = max(
        low, data.rfind(b'"', low, start) + 1, data.rfind(b"\n", low, start) + 1, data.rfind(b":", low, start) + 1
    )
    border = _STOP.search(data, stop, stop + _NARROW + 2)
    return low, border.start() if border is not None else stop + _NARROW + 2


def _set(patterns: Iterable[Pattern]) -> Any:
    search_set = re2.Set.SearchSet(_options(_SET_BYTES))
    for pattern in patterns:
        search_set.Add(narrow.pattern(_superset(pattern)))
    search_set.Compile()
    return search_set


class _Number:
    """One pattern of numbers, searched by ``re`` with exact borders around a run of digits; compiled on first use."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern

    @cached_property
    def _search(self) -> Callable[[str, int, int], re.Match[str] | None]:
        return re.compile(exact(self.pattern)).search

    def matches(self, text: str, low: int, start: int, stop: int) -> Iterator[re.Match[str]]:
        """Yield the exact matches that begin from ``low`` on and hold a digit between ``start`` and ``stop``."""
        end = stop + self.pattern.width + 2
        match = self._search(text, max(low, start - self.pattern.width), end)
        while match is not None and match.start() < stop:
            yield match
            if match.end() >= stop:
                return
            match = self._search(text, max(match.end(), match.start() + 1), end)


class _Finder:
    """One pattern: RE2 finds candidates, ``re`` with exact borders verifies them; each is compiled on first use."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern

    @cached_property
    def _rough(self) -> Any:
        return _compiled(_superset(self.pattern), _FINDER_BYTES)

    @cached_property
    def _exact(self) -> re.Pattern[str]:
        return re.compile(exact(self.pattern))

    @cached_property
    def _from(self) -> re.Pattern[str]:
        """Return what skips from a place to the next match of a pattern with a shape."""
        return re.compile(f"(?s:.{{0,{self.pattern.lead + _LONGEST_SHAPE}}}?)(?={exact(self.pattern)})")

    def matches(self, text: str, data: bytes, low: int, high: int) -> Iterator[re.Match[str]]:
        """Yield the exact matches that begin in a window."""
        done = low
        for hit in self._rough.finditer(data, low, high):
            first, last = hit.span()
            if self.pattern.shape:
                start = self._lead(text, max(done, first - self.pattern.lead), last)
            else:
                start = self._inside(text, max(done, first), last)
            for match in start:
                done = match.end()
                yield match

    def _inside(self, text: str, begin: int, last: int) -> Iterator[re.Match[str]]:
        """Matches that begin inside a hit of the whole body."""
        end = last + self.pattern.width + 2
        while begin <= last:
            match = self._exact.match(text, begin, end) or self._exact.match(text, begin + 1, end)
            if match is None and last - begin > 1:
                match = self._exact.search(text, begin + 2, end)
            if match is None or match.start() > last:
                return
            yield match
            begin = max(match.end(), match.start() + 1)

    def _lead(self, text: str, begin: int, last: int) -> Iterator[re.Match[str]]:
        """Matches that begin in a hit of the shape, or at most ``lead`` characters before it."""
        while begin <= last:
            skipped = self._from.match(text, begin)
            if skipped is None or skipped.end() > last:
                return
            match = self._exact.match(text, skipped.end())
            if match is None:
                return
            yield match
            begin = max(match.end(), match.start() + 1)


def _groups(patterns: Iterable[Pattern]) -> list[_Group | _Numbers]:
    """Group patterns: numbers, those that share a common trigger, the others by width."""
    all_patterns = list(patterns)
    common = Counter(pattern.trigger for pattern in all_patterns if pattern.trigger)
    numbers: list[Pattern] = []
    sorts: dict[tuple[str, int], list[Pattern]] = {}
    for pattern in all_patterns:
        if pattern.trigger == DIGIT_RUN and pattern.width <= _NARROW and not pattern.shape:
            numbers.append(pattern)
            continue
        shared = pattern.trigger if common[pattern.trigger] >= _FEWEST_SHARING else ""
        # For a pattern with a shape only the shape must lie in the window.
        reach = _WIDE if (pattern.lead if pattern.shape else pattern.width) > _NARROW else _NARROW
        sorts.setdefault((shared, reach), []).append(pattern)
    groups: list[_Group | _Numbers] = [_Group(group, reach) for (_, reach), group in sorts.items()]
    return [*groups, _Numbers(numbers)] if numbers else groups


def exact(pattern: Pattern) -> str:
    """Return the pattern with its borders, in the syntax of ``re``."""
    return f"{pattern.border[0]}(?:{pattern.body}){pattern.border[1]}"


class PatternScanner:
    """All patterns, each compiled where a text first may hold it. ``scan`` runs in linear time and does no I/O."""

    def __init__(self, patterns: Iterable[Pattern] = PATTERNS) -> None:
        self.patterns = tuple(patterns)
        self._groups = _groups(self.patterns)
        self.scan(_WARMING)

    def scan(self, text: str) -> tuple[Finding, ...]:
        """Return the disjoint findings of the pattern tier, ordered by start."""
        return disjoint(self.candidates(text))

    def read(self, text: str) -> tuple[Finding, ...]:
        """Return the disjoint findings of a text and of its decoded view, at the offsets of the text."""
        decoded = view(text)
        inner = () if decoded is None else map(decoded.back, self.candidates(decoded.text))
        return disjoint([*self.candidates(text), *inner])

    def candidates(self, text: str) -> list[Finding]:
        """Return all findings, overlapping ones included."""
        around = Surroundings(text)
        return [finding for pattern, match in self.matches(text) for finding in _judge(pattern, match, around)]

    def matches(self, text: str) -> Iterator[tuple[Pattern, re.Match[str]]]:
        """Yield the matches of each pattern, before any check."""
        data = narrow.narrowed(text)
        for group in self._groups:
            yield from group.matches(text, data)


def _judge(pattern: Pattern, match: re.Match[str], around: Surroundings) -> Iterator[Finding]:
    """Apply the check and the context words to one match."""
    group = "v" if "v" in match.re.groupindex and match.group("v") is not None else 0
    start, end = match.span(group)
    if pattern.whole and pattern.score < REPORTED and _weigh(pattern, around, start, end) < REPORTED:
        return
    value = match.group(group)
    start, value = end - len(value.lstrip()), value.lstrip()
    if pattern.check is not None:
        end = start + pattern.check(value)
        if end <= start:
            return
        value = match.string[start:end]
    score = _weigh(pattern, around, start, end)
    if score < REPORTED:
        return
    kind = pattern.entity_type if pattern.refine is None else pattern.refine(value, around.before(start).raw)
    if kind:
        yield Finding(kind, start, end, score, pattern.name)


def _weigh(pattern: Pattern, around: Surroundings, start: int, end: int) -> float:
    """Return the score of a checked value in its surroundings."""
    if pattern.words is None and not pattern.wary:
        return pattern.score
    before = around.before(start)
    near, follows, leads = -1, False, False
    if pattern.words is not None:
        near = pattern.words.last(before.words, before.present)
        if near < 0:
            behind = around.behind(end)
            label = pattern.words.last(behind.words, behind.present)
            # Of a label that another number follows, it is unsure whose it is.
            follows, leads = label >= 0, label >= 0 and behind.words[label:].lstrip()[:1].isdecimal()
    announced = near >= 0 or follows
    if not announced and pattern.score < REPORTED:
        return 0.0
    if pattern.wary == "always" or (
        pattern.wary == "bare" and (leads or not announced) and around.text[start:end].isalnum()
    ):
        other = -1 if follows and not leads else _OTHER_NUMBERS.last(before.words, before.present)
        if other > near and other >= len(before.words) - _BESIDE:
            return 0.0
    return max(pattern.boosted, pattern.score) if announced else pattern.score
