"""Finds numbers with any grouping: spaces, line ends, tabs, dots, dashes, underscores between digits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

#: Separators between the groups of one number, for a character class.
SEPARATORS = r"\s._\-/(),;:|+*\u00a0\u00b7\u2022\u2010-\u2015\u2212\u200b-\u200d\u2060\u00ad\ufeff"
_GAP = f"[{SEPARATORS}]{{0,4}}"
_RUN = re.compile(rf"\d(?:{_GAP}\d){{5,}}")
_NOT_DIGIT = re.compile(r"\D+")
LEAST = 6
_FEW = 32
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


class DigitRuns:
    """Finds numbers of ``LEAST`` digits or more."""

    __slots__ = ("_lengths", "_numbers")

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, None]] = {}  # digits -> the values, in order
        self._lengths: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def add(self, digits: str, value: str) -> None:
        """Add ASCII digits, and a value that they stand for."""
        self._numbers.setdefault(digits, {})[value] = None
        if len(digits) not in self._lengths:
            self._lengths = sorted({*self._lengths, len(digits)}, reverse=True)

    def among(self, skeleton: str) -> bool:
        """Whether a number may occur in a text of this skeleton; True without a test for many numbers."""
        return len(self._numbers) > _FEW or any(number in skeleton for number in self._numbers)

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield (start, end, value) of every number that is not part of a longer one, for each value of its digits."""
        for run in _RUN.finditer(text):
            digits = _ascii(run.group())
            if len(digits) >= self._lengths[-1] and self.among(digits):
                at = [index for index in range(run.start(), run.end()) if text[index].isdecimal()]
                yield from self._inside(text, digits, at)

    def _inside(self, text: str, digits: str, at: list[int]) -> Iterator[tuple[int, int, str]]:
        for length in self._lengths:
            for first in range(len(digits) - length + 1):
                values = self._numbers.get(digits[first : first + length])
                if values is None:
                    continue
                start, end = at[first], at[first + length - 1] + 1
                if not is_digit(text, start - 1) and not is_digit(text, end):
                    yield from ((start, end, value) for value in values)


def _ascii(run: str) -> str:
    digits = _NOT_DIGIT.sub("", run)
    return digits if digits.isascii() else "".join(str(int(digit)) for digit in digits)


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 check digit."""
    total = 0
    for index, character in enumerate(reversed(digits)):
        total += _DOUBLED[int(character)] if index % 2 else int(character)
    return total % 10 == 0


def bare(characters: Iterable[str]) -> str:
    """Return the decimal digits as ASCII."""
    return "".join(str(int(character)) for character in characters if character.isdecimal())


def is_digit(text: str, at: int) -> bool:
    """Whether there is a decimal digit at an offset, which may lie outside the text."""
    return 0 <= at < len(text) and text[at].isdecimal()
