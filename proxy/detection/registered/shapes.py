"""Where a text may have a number of a length that some lists have, by its shape alone.

A shape has a sign for each character: "a" for letters of ASCII and "u" for others, "m" for marks in a word, "9" for
digits of ASCII, "z" for a zero with which a token begins, "n" for other digits, " " for what may stand in a number,
"+", and a line end for all else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from proxy.detection.registered import words
from proxy.detection.registered.lists import LEAST_ALONE, RegisteredList
from proxy.detection.registered.rows import MIXED

#: Tokens of a number, letters by themselves that may be part of one, digits of a country's code with the zeros before.
_MOST_TOKENS, _LONGEST_LETTERS, _MOST_ABROAD = 12, 6, 5
_IN_NUMBER = re.compile(r"[\s._\-/(),;:|*#\u00a0\u00b7\u2022\u2010-\u2015\u2212]").match
#: Shapes of more signs are not remembered.
_LONG, _REMEMBERED = 160, 1 << 12
_DIGITS, _LETTERS, _OTHERS = frozenset("9zn"), frozenset("aum"), frozenset("unm")
_DIGIT = re.compile("[9zn]").search
_TOKENS = re.compile("[aum9zn]+").finditer
_SHORT = f"[aum]{{1,{_LONGEST_LETTERS}}}"
_TOKEN = f"(?:{_SHORT}(?![aum9zn])|[aum]*[9zn][aum9zn]*)"
_RUN = re.compile(rf"\+?{_TOKEN}(?:[ +]{{1,4}}{_TOKEN})*").match
#: A short word of letters before the place at which a token begins.
_WORD_BEFORE = re.compile(rf"(?<![aum9zn]){_SHORT}[ +]\Z").search
Stretch = tuple[int, int]


class _Signs(dict[int, str]):
    """Code point -> its sign, found on first use."""

    def __missing__(self, code: int) -> str:
        sign = self[code] = _sign(chr(code))
        return sign


def _sign(character: str) -> str:
    if character.isdecimal():
        return "n" if not character.isascii() else "0" if character == "0" else "9"
    if character == "+":
        return "+"
    if words.MARK.match(character):
        return "m"
    if character.isalnum():
        return "a" if character.isascii() else "u"
    return " " if _IN_NUMBER(character) else "\n"


_SIGNS: Final = _Signs()


def shape(text: str) -> str:
    """Return the shape of a text."""
    if not text.isascii() and words.MARK.search(text):
        text = words.without_loose_marks(text)
    signs = f"\n{text.translate(_SIGNS)}"
    for before in "\n +":
        signs = signs.replace(f"{before}0", f"{before}z")
    return signs[1:].replace("0", "9")


class NumberShapes:
    """Finds what may be a number in the lists of a tenant; what a shape holds is remembered from text to text."""

    def __init__(self, lists: Sequence[RegisteredList]) -> None:
        #: Those with letters ``MIXED`` more.
        self._lengths = frozenset(length for list_ in lists for _, length in list_.lengths)
        self._longest = max((length % MIXED for length in self._lengths), default=0) + _MOST_ABROAD
        self._by_signs: dict[str, Sequence[Stretch]] = {}

    def has_length_of(self, number: str) -> bool:
        """Whether a list has a number as long as one in its canonical form."""
        return len(number) + (0 if number.isdecimal() else MIXED) in self._lengths

    def stretches(self, text: str) -> Iterator[Stretch]:
        """Yield (start, end) of all that may be a number of a length that the lists have, and of some that are not."""
        at = 0
        for line in shape(text).split("\n"):
            if "9" in line or "z" in line or "n" in line:
                for start, end in self._of(line, self._in_line):
                    yield at + start, at + end
            at += len(line) + 1

    def _of(self, signs: str, read: Callable[[str], Iterator[Stretch]]) -> Sequence[Stretch]:
        stretches = self._by_signs.get(signs)
        if stretches is None:
            stretches = tuple(read(signs))
            if len(signs) <= _LONG:
                if len(self._by_signs) >= _REMEMBERED:
                    self._by_signs = {}
                self._by_signs[signs] = stretches
        return stretches

    def _in_line(self, line: str) -> Iterator[Stretch]:
        """Yield the numbers in runs of tokens, between words that are in none."""
        at = 0
        while (digit := _DIGIT(line, at)) and (run := _RUN(line, _begin(line, at, digit.start()))):
            for first, last in self._of(run.group(), self._in_run):
                yield run.start() + first, run.start() + last
            at = run.end()

    def _in_run(self, run: str) -> Iterator[Stretch]:
        """Yield the numbers of tokens one behind the other, which begin with one that has digits or right before."""
        tokens = [match.span() for match in _TOKENS(run)]
        numeric = [not _DIGITS.isdisjoint(run[start:end]) for start, end in tokens]
        for at, (_, end) in enumerate(tokens):
            if numeric[at] or (at + 1 < len(tokens) and numeric[at + 1] and tokens[at + 1][0] - end == 1):
                yield from self._from(run, tokens[at : at + _MOST_TOKENS])

    def _from(self, run: str, tokens: Sequence[Stretch]) -> Iterator[Stretch]:
        """Yield the numbers that begin with the first of some tokens."""
        start, end = tokens[0]
        zeros = end - start if run[start] == "z" else 0
        abroad = zeros > 1 or run[max(start - 1, 0)] == "+"
        size, seen = 0, set[str]()
        for low, high in tokens:
            word = run[low:high]
            seen.update(word)
            size += len(word) - word.count("m")
            if size - zeros > self._longest:
                return
            letters = not _LETTERS.isdisjoint(seen)
            coded = abroad and not letters and size > LEAST_ALONE
            if coded or not _OTHERS.isdisjoint(seen) or self._has(size, zeros, letters=letters):
                yield start, high

    def _has(self, size: int, zeros: int, *, letters: bool) -> bool:
        """Whether a list has a number of a size, or of one with fewer zeros before it."""
        longest = size + (MIXED if letters else 0)
        return any(longest - fewer in self._lengths for fewer in range(zeros + 1))


def _begin(line: str, at: int, digit: int) -> int:
    """Return where a run of tokens begins that has the first digit from ``at`` on: its token, or one before it."""
    start = max(at, *(line.rfind(sign, at, digit) + 1 for sign in " +"))
    before = _WORD_BEFORE(line, max(at, start - _LONGEST_LETTERS - 1), start)
    start = before.start() if before else start
    return start - line.startswith("+", max(start - 1, 0), start)
