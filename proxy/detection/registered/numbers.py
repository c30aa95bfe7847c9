"""Numbers of registered people in a text: those that tell somebody by themselves, others beside a word of a name."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from proxy.core.findings import Finding
from proxy.detection.registered import words
from proxy.detection.registered.lists import LEAST_ALONE, PeopleIndex, RegisteredList
from proxy.detection.registered.names import Named
from proxy.detection.registered.rows import MIXED, NAME_TYPE, PAIR, TYPED, national
from proxy.detection.registered.tokens import Tokens

#: Words within which a number and a name belong together, tokens of a number.
_NEAR, _MOST_TOKENS = 40, 12
#: Letters by themselves that may be part of a number.
_LONGEST_LETTERS = 6
#: Digits of a country's code with the zeros before it.
_MOST_ABROAD = 5
_IN_NUMBER = re.compile(
    r"[\s._\-/(),;:|+*#\u00a0\u00b7\u2022\u2010-\u2015\u2212\u200b-\u200d\u2060\u00ad\ufeff]{1,4}"
).fullmatch
_INITIAL = re.compile(r"[.,]?\s|,").fullmatch


class NumberLengths(NamedTuple):
    """The lengths of the numbers of some lists, those with letters ``MIXED`` more, and the longest that is written."""

    lengths: frozenset[int]
    longest: int

    @classmethod
    def of(cls, lists: Sequence[RegisteredList]) -> NumberLengths:
        """Return those of lists."""
        lengths = frozenset(length for list_ in lists for _, length in list_.lengths)
        return cls(lengths, max((length % MIXED for length in lengths), default=0) + _MOST_ABROAD)


def numbers(index: PeopleIndex, lengths: NumberLengths, tokens: Tokens, named: Named) -> Iterator[Finding]:
    """Yield the numbers of registered people, with the word of a name that makes one certain."""
    for first, last, number in _written(tokens, lengths):
        unit = index.digester.of(f"#{number}")
        for list_ in index.lists:
            code = list_.table.code(unit)
            if code < TYPED:
                continue
            finding = list_.finding(list_.types[code - TYPED], *tokens.reach(first, last))
            if list_.counts_alone(code, number):
                yield finding
                continue
            for at in _beside(index, list_, unit, named, (first, last)):
                yield finding
                yield list_.finding(NAME_TYPE, *_with_initial(tokens, at))


def _beside(
    index: PeopleIndex, list_: RegisteredList, unit: int, named: Named, where: tuple[int, int]
) -> Iterator[int]:
    """Yield the tokens near a number that are words of its person's name."""
    first, last = where
    for number in range(bisect_left(named, (first - _NEAR,)), len(named)):
        at, meaning = named[number]
        if at > last + _NEAR:
            return
        pairs = (index.digester.together(unit + word) for word, _ in meaning.names)
        if any(list_.table.code(pair) == PAIR for pair in pairs):
            yield at


def _with_initial(tokens: Tokens, at: int) -> tuple[int, int]:
    """Return the offsets of a word of a name, with the initial before or behind it: "J. Smith", "Smith, J."."""
    written, first, last = tokens.written, at, at
    if at and len(written[at - 1]) == 1 and written[at - 1].isupper() and _INITIAL(tokens.gap(at - 1)):
        first = at - 1
    elif at + 1 < len(written) and len(written[at + 1]) == 1 and written[at + 1].isupper() and _INITIAL(tokens.gap(at)):
        last = at + 1
    return tokens.reach(first, last)


def _written(tokens: Tokens, number_lengths: NumberLengths) -> Iterator[tuple[int, int, str]]:
    """Yield (first token, last token, number) of what may be a number of a length that a list has."""
    written, pieces, lengths = tokens.written, tokens.pieces, number_lengths.lengths
    for first in _starts(tokens):
        word = written[first]
        size, letters, last = len(word) - _zeros(word), not word.isdecimal(), first
        abroad = _is_abroad(tokens, first)
        while True:
            coded = abroad and not letters and size > LEAST_ALONE
            if coded or (size + MIXED if letters else size) in lengths or not word.isascii():
                number = words.canonical_number("".join(written[first : last + 1]))
                yield from ((first, last, form) for form in {number, national(number, abroad=coded)})
            last += 1
            if last == len(written) or last - first == _MOST_TOKENS or not _joins(pieces[2 * last]):
                break
            word = written[last]
            size += len(word)
            if size > number_lengths.longest:
                break
            if not word.isdecimal():
                if len(word) > _LONGEST_LETTERS and word.isalpha():
                    break
                letters = True


def _starts(tokens: Tokens) -> Iterator[int]:
    """Yield the tokens with a digit, and short ones of letters before one."""
    before = -1
    for at, meaning in tokens.marked:
        if not meaning.digits:
            continue
        if at and before != at - 1 and len(tokens.written[at - 1]) <= _LONGEST_LETTERS and len(tokens.gap(at - 1)) == 1:
            yield at - 1
        yield at
        before = at


def _is_abroad(tokens: Tokens, at: int) -> bool:
    return tokens.pieces[2 * at].endswith("+") or tokens.written[at].startswith("00")


@functools.lru_cache(1024)
def _joins(gap: str) -> bool:
    """Whether what stands between two tokens may stand in a number."""
    return _IN_NUMBER(gap) is not None


def _zeros(word: str) -> int:
    """Return how many zeros a number begins with."""
    return len(word) - len(word.lstrip("0")) if word[0] == "0" and word.isdecimal() else 0
