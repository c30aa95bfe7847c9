"""The pattern tier: one linear-time automaton finds where something may be, exact patterns decide in a window.

Stage one is a single google-re2 alternation of *triggers* over the whole text. Stage two looks only at the windows
around its hits: a re2 set says which patterns occur there, each of these runs with exact borders, then its check
(a checksum, mostly), then the words around it. Every match of a pattern contains a match of its trigger and is at
most ``width`` characters long, so the result equals running every pattern over the whole text; a test shows it.

Needs neither presidio nor spaCy nor torch: the proxy process itself runs it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import re2

from proxy.core.records import Finding
from proxy.detection.context import Words, normalised, window
from proxy.detection.merge import disjoint

REPORTED = 0.35
_AUTOMATON_BYTES = 48 << 20
_SET_BYTES = 96 << 20
_FINDER_BYTES = 8 << 20
_NARROW = 128
_STRIDE = 200
_LONGEST_SHAPE = 120
#: How near (characters of normalised words) a word of another kind must stand to decide.
_BESIDE = 30
_WIDE = 360
#: Fills the automata's states once, so that the first request does not pay for them.
_WARMING = (
    "On March 5th, 2021 at 10:04 Mr. O'Neil (id: AB-12345, born 12/03/1980) paid 1,299.00 with 4111 1111 1111 1111; "
    "call +44 20 7946 0958 or mail ann.lee@example.org, see https://example.org/a?b=1. 12 High Street, SW1A 1AA.\n"
)

#: Borders of a match: not inside a word; for numbers also not inside a longer grouped number, date or amount.
WORD = (r"(?<![^\W_])", r"(?![^\W_])")
DIGITS = (r"(?<![^\W_])(?<![0-9][.,:/\-+])", r"(?![^\W_])(?![.,:/\-][0-9])")
OPEN = ("", "")

#: Triggers shared by many patterns.
DIGIT_RUN = "[0-9](?:[ .,/()\u00a0\u2010\u2011\u2012\u2013-]{0,3}[0-9]){5}"
MIXED = r"[A-Z][0-9]{2}"

#: How borders begin that let no letter and no digit stand beside the match.
_NO_LETTER_BEFORE = (r"(?<![^\W_])", "(?<![0-9A-Za-z")
_NO_LETTER_BEHIND = (r"(?![^\W_])", "(?![0-9A-Za-z")

Check = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Pattern:
    r"""One thing to find.

    ``body`` is in the syntax that ``re`` and RE2 share (no look-around, no ``\d \w \s \b``); the finding is the
    group ``v`` where there is one. ``check`` gets the value and returns how many of its characters are valid from
    the front, 0 for none. ``score`` holds without and ``boosted`` with one of the ``words`` near it; below 0.35 a
    finding is dropped. ``wary`` patterns give way to words that say the number is something else.
    """

    name: str
    entity_type: str
    body: str
    width: int
    score: float
    trigger: str = ""
    check: Check | None = None
    words: Words | None = None
    boosted: float = 0.0
    border: tuple[str, str] = WORD
    wary: bool = False
    country: str = ""
    shape: str = ""  # for long patterns: what RE2 looks for instead of the body, at most ``lead`` characters in
    lead: int = 0
    refine: Callable[[str, str], str] | None = None  # (value, words before it) -> entity type, "" = nothing


def whole(valid: Callable[[str], Any]) -> Check:
    """Turn a yes/no validator into a check of the whole value."""

    def check(value: str) -> int:
        return len(value) if valid(value) else 0

    return check


def _superset(pattern: Pattern) -> str:
    """RE2's form of a pattern: the same body, with ASCII borders that are consumed."""
    left = "(?:^|[^0-9A-Za-z])" if pattern.border[0].startswith(_NO_LETTER_BEFORE) else ""
    right = "(?:$|[^0-9A-Za-z])" if pattern.border[1].startswith(_NO_LETTER_BEHIND) else ""
    return pattern.shape or f"{left}(?:{pattern.body}){right}"


def _options(memory: int) -> Any:
    options = re2.Options()
    options.never_capture = True
    options.log_errors = False
    options.max_mem = memory
    return options


class _Tier:
    """Patterns of similar width behind one automaton."""

    def __init__(self, patterns: Sequence[Pattern], reach: int) -> None:
        self.patterns = tuple(patterns)
        self.reach = reach
        triggers = dict.fromkeys(pattern.trigger or _superset(pattern) for pattern in patterns)
        self._automaton = re2.compile("|".join(f"(?:{t})" for t in triggers).encode(), _options(_AUTOMATON_BYTES))
        self._set = re2.Set.SearchSet(_options(_SET_BYTES))
        for pattern in patterns:
            self._set.Add(_superset(pattern))
        self._set.Compile()
        self._finders = [_Finder(pattern) for pattern in patterns]

    def windows(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Disjoint byte ranges, in order, outside which no pattern matches."""
        # Widths count characters; a character takes at most four bytes.
        reach = self.reach if data.isascii() else self.reach * 4
        low = high = -1
        place = 0
        while (hit := self._automaton.search(data, place)) is not None:
            start, end = hit.span()
            begin = max(0, start - reach)
            if high < 0:
                low = begin
            elif begin > high:
                yield low, high
                low = begin
            # What lies just behind a hit is looked at in stage two anyway: no need to find each of its hits.
            place = max(end, start + _STRIDE)
            high = min(len(data), place + reach)
        if high >= 0:
            yield low, high

    def matches(self, text: str, low: int, high: int) -> Iterator[tuple[Pattern, re.Match[str]]]:
        """The exact matches of every pattern that occurs in a window of the text."""
        part = text[low:high]
        data = part.encode("utf-8", "replace")
        indexes = self._set.Match(data) or ()
        # Bytes and characters have the same offsets in ASCII, and RE2's wrapper need not translate them.
        shown: str | bytes = data if len(data) == len(part) else data.decode()
        for index in indexes:
            finder = self._finders[index]
            for match in finder.matches(text, shown, low):
                yield finder.pattern, match


class _Finder:
    """One pattern: RE2 says where it may begin, ``re`` with exact borders decides there."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        self._rough = re2.compile(_superset(pattern), _options(_FINDER_BYTES))
        self._rough_bytes = re2.compile(_superset(pattern).encode(), _options(_FINDER_BYTES))
        self._exact = re.compile(exact(pattern))
        self._from = re.compile(f"(?s:.{{0,{pattern.lead + _LONGEST_SHAPE}}}?)(?={exact(pattern)})")

    def matches(self, text: str, part: str | bytes, low: int) -> Iterator[re.Match[str]]:
        """Yield the exact matches that begin in a part of the text; ``low`` is where the part begins."""
        done = low
        for hit in (self._rough_bytes if isinstance(part, bytes) else self._rough).finditer(part):
            first, last = hit.span()
            if self.pattern.shape:
                found = self._lead(text, max(done, low + first - self.pattern.lead), low + last)
            else:
                found = self._inside(text, max(done, low + first), low + last)
            for match in found:
                done = match.end()
                yield match

    def _inside(self, text: str, begin: int, last: int) -> Iterator[re.Match[str]]:
        """Matches that begin inside a hit of the whole body."""
        end = last + self.pattern.width + 2
        match = self._exact.search(text, begin, end)
        while match is not None and match.start() <= last:
            yield match
            match = self._exact.search(text, max(match.end(), match.start() + 1), end)

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


def exact(pattern: Pattern) -> str:
    """Return the pattern with its borders, in the syntax of ``re``."""
    return f"{pattern.border[0]}(?:{pattern.body}){pattern.border[1]}"


class PatternScanner:
    """All patterns, compiled once. ``scan`` is synchronous, linear and free of I/O."""

    def __init__(self, patterns: Iterable[Pattern] | None = None) -> None:
        if patterns is None:
            from proxy.detection.recognizers import PATTERNS  # noqa: PLC0415 -- they import this module

            patterns = PATTERNS
        everything = tuple(patterns)
        narrow = [p for p in everything if p.width <= _NARROW and not p.shape]
        wide = [p for p in everything if p.width > _NARROW or p.shape]
        self._tiers = [_Tier(group, reach + 2) for group, reach in ((narrow, _NARROW), (wide, _WIDE)) if group]
        self.patterns = everything
        self.scan(_WARMING)

    def scan(self, text: str) -> tuple[Finding, ...]:
        """Return the disjoint findings of the pattern tier, ordered by start."""
        return disjoint(self.candidates(text))

    def candidates(self, text: str) -> list[Finding]:
        """Return every finding, before overlaps are settled."""
        data = text.encode("utf-8", "surrogatepass")
        places = _Places(text, data)
        found: list[Finding] = []
        for tier in self._tiers:
            for low, high in tier.windows(data):
                first, last = places.character(low), places.character(high)
                for pattern, match in tier.matches(text, first, last):
                    found.extend(_judge(pattern, match, text))
        return found


class _Places:
    """Byte offsets of one text to character offsets."""

    _STEP = 4096

    def __init__(self, text: str, data: bytes) -> None:
        self._data = data
        self._ascii = text.isascii()
        self._marks = [0]
        self._counts = [0]

    def character(self, place: int) -> int:
        """Return the character that holds this byte (the length of the text for its end)."""
        if self._ascii:
            return place
        index = bisect_right(self._marks, place) - 1
        while place - self._marks[index] >= self._STEP:
            mark = self._aligned(self._marks[index] + self._STEP)
            count = self._counts[index] + self._length(self._marks[index], mark)
            self._marks.append(mark)
            self._counts.append(count)
            index += 1
        return self._counts[index] + self._length(self._marks[index], self._aligned(place))

    def _aligned(self, place: int) -> int:
        while place < len(self._data) and self._data[place] & 0xC0 == 0x80:  # noqa: PLR2004 -- UTF-8 continuation
            place -= 1
        return place

    def _length(self, low: int, high: int) -> int:
        return len(self._data[low:high].decode("utf-8", "surrogatepass"))


def _judge(pattern: Pattern, match: re.Match[str], text: str) -> Iterator[Finding]:
    """Apply check and context to one match."""
    group = "v" if "v" in match.re.groupindex and match.group("v") is not None else 0
    start, end = match.span(group)
    value = match.group(group)
    if pattern.check is not None:
        end = start + pattern.check(value)
        if end <= start:
            return
        value = text[start:end]
    score = pattern.score
    kind = pattern.entity_type
    if pattern.words is not None or pattern.wary or pattern.refine is not None:
        before, after = window(text, start, end)
        score = _weigh(pattern, before, after)
        if score >= REPORTED and pattern.refine is not None:
            kind = pattern.refine(value, before)
    if score >= REPORTED and kind:
        yield Finding(kind, start, end, score, pattern.name)


def _weigh(pattern: Pattern, before: str, after: str) -> float:
    """Return the score of a checked value in its surroundings."""
    known = normalised(before)
    near = pattern.words.nearest(known) if pattern.words is not None else -1
    follows = pattern.words is not None and near < 0 and pattern.words.opens(normalised(after))
    if pattern.wary:
        other = OTHER_NUMBERS.nearest(known)
        if other > near and other >= len(known) - _BESIDE and not follows:
            return 0.0
    if near >= 0 or follows:
        return max(pattern.boosted, pattern.score)
    return pattern.score


#: Words that announce a number of another kind: the nearest word before a number decides what it is.
OTHER_NUMBERS = Words(
    "order", "invoice", "ticket", "tracking", "version", "release", "build", "commit", "part", "part number", "sku",
    "isbn", "issn", "doi", "article", "item", "model", "serial", "batch", "lot", "case", "issue", "pull request", "pr",
    "revision", "port", "error", "code", "line", "page", "room", "flight", "receipt", "reference", "ref", "transaction",
    "quantity", "qty", "amount", "total", "price", "usd", "eur", "gbp", "timestamp", "epoch", "hash", "checksum",
    "sequence", "bestellung", "bestellnummer", "rechnung", "rechnungsnummer", "auftrag", "artikel", "seriennummer",
    "sendung", "commande", "facture", "colis", "pedido", "factura", "albaran", "ordine", "fattura", "spedizione",
    "encomenda", "fatura", "bestelling", "factuur", "zamowienie", "zamówienie", "faktura", "przesylka", "przesyłka",
    "ean", "gtin", "upc", "barcode", "request id", "trace", "span", "job", "process", "pid", "offset", "size", "bytes",
)  # fmt: skip


def renamed(pattern: Pattern, **changes: Any) -> Pattern:
    """Return a variant of a pattern."""
    return replace(pattern, **changes)
