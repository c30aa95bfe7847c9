"""Finds registered people in texts: one pass over the words, each looked up by keyed digests of what it may be.

What matches is certain: two words of one name beside each other in any order and form, a number that few numbers are
like, an address with its number. A number that many share their length with, or a date of birth, counts beside a word
of its person's name. Texts are read as they are written and as they are decoded.
"""

from __future__ import annotations

import functools
import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from proxy.core.findings import ENCODED, REGISTERED, DetectorVersion, Finding, SegmentFindings
from proxy.core.search.names import is_common
from proxy.core.search.readings import readings
from proxy.core.search.skeleton import skeleton
from proxy.detection.documents import ReadingUnit
from proxy.detection.merge import disjoint
from proxy.detection.registered import words
from proxy.detection.registered.rows import (
    LEAST_GLUED,
    MIXED,
    MOST_WORDS,
    NAME,
    NAME_TYPE,
    PAIR,
    PARTICLES,
    STREET,
    STREET_TYPE,
    STREET_WORD,
    TYPED,
    WORD,
    national,
    street_word,
)
from proxy.detection.registered.table import DigestTable
from proxy.detection.registered.words import Digester, Ending
from proxy.detection.text.layout import Value

_SCORE = 1.0
_REMEMBERED = 1 << 16
#: Digits of a number that may count by itself, and the share of the numbers of a length that a list may hold for that.
_LEAST_ALONE, _MOST_SHARE = 6, 1e-4
#: Words within which a number and a name belong together, tokens of a number, ways to read the words of a name.
_NEAR, _MOST_TOKENS, _MOST_WAYS, _MOST_STREET = 40, 12, 48, 8
#: Letters by themselves that may be part of a number; tokens from one word of a name to the next.
_LONGEST_LETTERS, _MOST_BETWEEN = 6, 4
#: Digits of a country's code with the zeros before it.
_MOST_ABROAD = 5
_NEVER_ALONE = "DATE_OF_BIRTH"
#: Between the parts of a value in the text of several values.
_BORDER = "\x1f"
_IN_NAME = re.compile(rf"[\s,;|/._'\u2019\"\-&+:\\{_BORDER}]{{1,6}}").fullmatch
_ENDS_SENTENCE = re.compile(r"[.:]\s").match
_IN_NUMBER = re.compile(
    r"[\s._\-/(),;:|+*\u00a0\u00b7\u2022\u2010-\u2015\u2212\u200b-\u200d\u2060\u00ad\ufeff]{1,4}"
).fullmatch
_IN_ADDRESS = re.compile(rf"[\s,;|/.\-\"{_BORDER}]{{1,6}}").fullmatch
_DIGIT = re.compile(r"\d").search
_SHORT_VALUE = 64


class TokenMeaning(NamedTuple):
    """What a token may be: words of names, a whole name (numbers of its lists), a word of addresses (0 for none)."""

    names: tuple[tuple[int, Ending], ...] = ()
    name_lists: tuple[int, ...] = ()
    street: int = 0


_MEANINGLESS = TokenMeaning()


class Tokens(NamedTuple):
    """The tokens of a text in order: each as it is written, what it may be, its offsets."""

    text: str
    written: Sequence[str]
    meanings: Sequence[TokenMeaning]
    spans: Sequence[tuple[int, int]]

    def gap(self, left: int) -> str:
        """Return what stands between a token and the next."""
        return self.text[self.spans[left][1] : self.spans[left + 1][0]]

    def reach(self, first: int, last: int) -> tuple[int, int]:
        """Return the offsets of some tokens."""
        return self.spans[first][0], self.spans[last][1]


@dataclass(frozen=True, slots=True)
class RegisteredList:
    """A list of people: its digests, the types of codes from ``TYPED`` on, and how many numbers have which length."""

    name: str
    load: str  # the id of what was loaded
    table: DigestTable
    types: Sequence[str] = ()
    lengths: Mapping[tuple[int, int], int] = field(default_factory=dict)  # (code, digits) -> entries
    role: str = "data_subject"

    def counts_alone(self, code: int, number: str) -> bool:
        """Whether a number is certain by itself."""
        if len(number) < _LEAST_ALONE or self.types[code - TYPED] == _NEVER_ALONE:
            return False
        return not number.isdecimal() or self.lengths.get((code, len(number)), 0) <= _MOST_SHARE * 10 ** len(number)

    def finding(self, kind: str, start: int, end: int) -> Finding:
        """Return that somebody of the list is named here."""
        return Finding(kind, start, end, _SCORE, f"{REGISTERED}:{self.name}", self.role)


class RegisteredPeople:
    """The lists of one tenant, whose digests one key makes."""

    def __init__(self, digester: Digester, lists: Sequence[RegisteredList]) -> None:
        self._digester = digester
        self._lists = tuple(sorted(lists, key=lambda list_: list_.name))
        self._meanings: dict[int, TokenMeaning] = {}
        self._lengths = {length for list_ in lists for _, length in list_.lengths}
        self._longest = max((length % MIXED for length in self._lengths), default=0) + _MOST_ABROAD
        self.version = DetectorVersion(REGISTERED, "+".join(f"{list_.name}@{list_.load}" for list_ in self._lists))

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
        for chosen in (of_names, short):
            joined = _BORDER.join(text[value.start : value.end] for value in chosen)
            starts = list(itertools.accumulate((value.end - value.start + 1 for value in chosen), initial=0))
            for finding in self._plain(joined):
                at = bisect_right(starts, finding.start) - 1
                while at < len(chosen) and starts[at] < finding.end:
                    value, shift = chosen[at], chosen[at].origin - starts[at]
                    low, high = max(finding.start, starts[at]), min(finding.end, starts[at + 1] - 1)
                    if low < high:
                        yield value.leaf, finding.at(low + shift, high + shift)
                    at += 1

    def _is_name(self, value: str) -> bool:
        """Whether a value is nothing but words of names."""
        tokens = self._tokens(value)
        pairs = zip(tokens.written, tokens.meanings, strict=True)
        return bool(tokens.written) and all(meaning.names or _is_filler(word) for word, meaning in pairs)

    def _plain(self, text: str) -> Iterator[Finding]:
        if "@" in text:
            yield from self._addresses_of_mail(text)
        has_digits = _DIGIT(text) is not None
        tokens = self._tokens(text, offsets=has_digits)
        marked = [at for at, meaning in enumerate(tokens.meanings) if meaning is not _MEANINGLESS]
        named = [at for at in marked if tokens.meanings[at].names]
        for at in marked:
            for number in tokens.meanings[at].name_lists:
                yield self._lists[number].finding(NAME_TYPE, *tokens.spans[at])
        yield from self._names(tokens, named)
        if has_digits:
            yield from self._numbers(tokens, named)
            yield from self._streets(tokens, [at for at in marked if tokens.meanings[at].street])

    def _tokens(self, text: str, *, offsets: bool = False) -> Tokens:
        """Return the tokens of a text, with offsets if anything in it may be of a list."""
        token = words.ASCII_TOKEN if text.isascii() else words.TOKEN
        remembered, written = self._meanings, token.findall(text)
        hashes = list(map(hash, written))
        if not all(map(remembered.__contains__, hashes)):
            if len(remembered) > _REMEMBERED:
                remembered = self._meanings = {}  # another thread goes on with the one before
            for hashed, word in zip(hashes, written, strict=True):
                if hashed not in remembered:
                    remembered[hashed] = self._meaning(word)
        meanings = list(map(remembered.__getitem__, hashes))
        if offsets or any(meaning is not _MEANINGLESS for meaning in meanings):
            return Tokens(text, written, meanings, [match.span() for match in token.finditer(text)])
        return Tokens(text, written, meanings, ())

    def _meaning(self, word: str) -> TokenMeaning:
        """Return what a word may be. Words are remembered by their hash alone, which is another in each process."""
        endings: dict[int, Ending] = {}
        for reading, ending in words.readings(word):
            unit = self._digester.of(reading)
            endings[unit] = min(ending, endings.get(unit, ending))
        names = tuple((unit, ending) for unit, ending in endings.items() if self._lists_with(unit, WORD))
        glued = skeleton(word)
        holders = self._lists_with(self._digester.of(f"g{glued}"), NAME) if len(glued) >= LEAST_GLUED else []
        street = self._digester.of(f"s{street_word(word)}")
        street = street if self._lists_with(street, STREET_WORD) else 0
        if not (names or holders or street):
            return _MEANINGLESS
        return TokenMeaning(names, tuple(map(self._lists.index, holders)), street)

    def _lists_with(self, digest: int, code: int) -> list[RegisteredList]:
        return [list_ for list_ in self._lists if list_.table.code(digest) == code]

    def _addresses_of_mail(self, text: str) -> Iterator[Finding]:
        for match in words.MAIL.finditer(text):
            digest = self._digester.of(f"@{match.group().casefold()}")
            for list_ in self._lists:
                code = list_.table.code(digest)
                if code >= TYPED:
                    yield list_.finding(list_.types[code - TYPED], *match.span())

    def _names(self, tokens: Tokens, named: Sequence[int]) -> Iterator[Finding]:
        """Yield names of two to five words that stand beside each other; particles and initials may be between."""
        for number, first in enumerate(named):
            ways: list[tuple[int, tuple[Ending, ...]]] = [(u, (e,)) for u, e in tokens.meanings[first].names]
            left = first
            for following in named[number + 1 : number + MOST_WORDS]:
                if not _adjoin(tokens, left, following):
                    break
                left, further = following, tokens.meanings[following].names
                ways = [(total + u, (*ends, e)) for total, ends in ways for u, e in further][:_MOST_WAYS]
                for total, endings in ways:
                    if _agree(endings):
                        for item in self._lists_with(self._digester.together(total), NAME):
                            if _is_written_as_name(tokens, first, following):
                                yield item.finding(NAME_TYPE, *tokens.reach(first, following))

    def _numbers(self, tokens: Tokens, named: Sequence[int]) -> Iterator[Finding]:
        for first, last, number in self._written_numbers(tokens):
            unit = self._digester.of(f"#{number}")
            for list_ in self._lists:
                code = list_.table.code(unit)
                if code < TYPED:
                    continue
                finding = list_.finding(list_.types[code - TYPED], *tokens.reach(first, last))
                if list_.counts_alone(code, number):
                    yield finding
                    continue
                for at in named[bisect_left(named, first - _NEAR) : bisect_right(named, last + _NEAR)]:
                    words_of_name = (unit + word for word, _ in tokens.meanings[at].names)
                    if any(list_.table.code(self._digester.together(pair)) == PAIR for pair in words_of_name):
                        yield finding
                        yield list_.finding(NAME_TYPE, *tokens.spans[at])

    def _written_numbers(self, tokens: Tokens) -> Iterator[tuple[int, int, str]]:
        """Yield (first token, last token, number) of what may be a number of a length that a list has."""
        written, spans, lengths, longest = tokens.written, tokens.spans, self._lengths, self._longest
        for first in _starts_of_numbers(tokens):
            word = written[first]
            size, letters, last = len(word) - _zeros(word), not word.isdecimal(), first
            abroad = _is_abroad(tokens, first)
            while True:
                coded = abroad and not letters and size > _LEAST_ALONE
                if coded or (size + MIXED if letters else size) in lengths or not word.isascii():
                    number = words.canonical_number("".join(written[first : last + 1]))
                    yield from ((first, last, form) for form in {number, national(number, abroad=coded)})
                last += 1
                if last == len(written) or last - first == _MOST_TOKENS:
                    break
                word = written[last]
                size += len(word)
                if size > longest or not _joins(tokens.text[spans[last - 1][1] : spans[last][0]]):
                    break
                if not word.isdecimal():
                    if len(word) > _LONGEST_LETTERS and word.isalpha():
                        break
                    letters = True

    def _streets(self, tokens: Tokens, streets: Sequence[int]) -> Iterator[Finding]:
        for first in streets:
            total = 0
            for last in range(first, min(first + _MOST_STREET, len(tokens.written))):
                street = tokens.meanings[last].street
                if not street or (last > first and not _IN_ADDRESS(tokens.gap(last - 1))):
                    break
                total += street
                if last > first:
                    for item in self._lists_with(self._digester.together(total), STREET):
                        yield item.finding(STREET_TYPE, *tokens.reach(first, last))


def _starts_of_numbers(tokens: Tokens) -> Iterator[int]:
    """Yield the tokens with a digit, and short ones of letters before one."""
    digits = False
    for at in range(len(tokens.written) - 1, -1, -1):
        word = tokens.written[at]
        before, digits = digits, _DIGIT(word) is not None
        if digits or (before and len(word) <= _LONGEST_LETTERS and len(tokens.gap(at)) == 1):
            yield at


def _is_abroad(tokens: Tokens, at: int) -> bool:
    start = tokens.spans[at][0]
    return tokens.text[max(start - 1, 0) : start] == "+" or tokens.written[at].startswith("00")


@functools.lru_cache(1024)
def _joins(gap: str) -> bool:
    """Whether what stands between two tokens may stand in a number."""
    return _IN_NUMBER(gap) is not None


def _zeros(word: str) -> int:
    """Return how many zeros a number begins with."""
    return len(word) - len(word.lstrip("0")) if word[0] == "0" and word.isdecimal() else 0


def _adjoin(tokens: Tokens, left: int, right: int) -> bool:
    """Whether two words stand beside each other as words of one name do."""
    if right - left > _MOST_BETWEEN:
        return False
    for at in range(left, right):
        gap = tokens.gap(at)
        if gap != " " and not (_IN_NAME(gap) and (len(tokens.written[at]) == 1 or not _ENDS_SENTENCE(gap))):
            return False
        if at > left and not _is_filler(tokens.written[at]):
            return False
    return True


def _is_written_as_name(tokens: Tokens, first: int, last: int) -> bool:
    """Whether words are written as those of a name: everyday words in lower case with blanks between are none."""
    start, end = tokens.reach(first, last)
    written = tokens.text[start:end]
    if written != written.lower() or " " not in written:
        return True
    return not all(is_common(skeleton(word)) for word in tokens.written[first : last + 1])


def _agree(endings: Sequence[Ending]) -> bool:
    """Whether the endings of the words of a name leave no doubt: one that does needs another beside it."""
    return Ending.UNSURE not in endings or endings.count(Ending.NONE) < len(endings) - 1


def _is_filler(word: str) -> bool:
    return len(word) == 1 or word.lower() in PARTICLES


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
