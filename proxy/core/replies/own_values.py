"""The values that a reply may repeat: those of the request itself, in any separators, case or spelling."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from proxy.core.search.decoding import nested, view

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_DEEPEST = 2
#: Digits of a telephone number with its area code, and of a country code.
_SHORTEST_NUMBER = 8
_COUNTRY_DIGITS = (1, 2, 3)
#: Searches of a text before its words are put in order, and by how many characters they are.
_SEARCHES, _HEAD = 32, 24


class OwnValues:
    """The texts of one request, indexed only once a reply holds a guarded value.

    Values are compared by their letters and digits, at word boundaries: 212-45-6789 is found in 212456789 and
    "212 45 6789", 4567 in neither. Escaped, encoded and spelled values are compared as decoded.
    """

    __slots__ = ("_answers", "_plain", "_read", "_texts")

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._answers: dict[str, bool] = {}
        self._plain: _Index | None = None
        self._read: _Index | None = None

    def hold(self, value: str) -> bool:
        """Whether the request holds the value."""
        entry = self._answers.get(value)
        if entry is None:
            entry = self._answers[value] = self._find(value)
        return entry

    def _find(self, value: str) -> bool:
        if self._plain is None:
            self._plain = _Index(self._texts)
        forms = {squeezed(form) for form in (value, *_readings(value, 1))} - {""}
        forms |= {other for form in forms for other in _dialled(form, international=value.lstrip("( ").startswith("+"))}
        if any(map(self._plain.holds, forms)):
            return True
        if self._read is None:
            self._read = _Index([form for text in self._texts for form in _readings(text, _DEEPEST)])
        return any(map(self._read.holds, forms))


class _Index:
    """Letters and digits of texts in one string, with the offsets of words; once asked often, in order of what follows.

    A search costs the length of the text, the order costs as much as thousands of searches of a short text.
    """

    __slots__ = ("_asked", "_borders", "_ordered", "_text")

    def __init__(self, texts: Iterable[str]) -> None:
        tokens = [token for text in texts for token in (*_TOKEN.findall(text.casefold()), "\0")]
        self._text = "".join(tokens)
        self._borders = {0, *accumulate(map(len, tokens))}
        self._ordered: list[int] = []
        self._asked = 0

    def holds(self, value: str) -> bool:
        self._asked += 1
        return self._searched(value) if self._asked <= _SEARCHES else self._looked_up(value)

    def _looked_up(self, value: str) -> bool:
        """Return what ``_searched`` returns, in time that hardly grows with the text."""
        head = value[:_HEAD]
        if not self._ordered:
            self._ordered = sorted(self._borders, key=self._head)
        start = bisect_left(self._ordered, head, key=self._head)
        for index in range(start, len(self._ordered)):
            at = self._ordered[index]
            if not self._text.startswith(head, at):
                return False
            if at + len(value) in self._borders and self._text.startswith(value, at):
                return True
        return False

    def _head(self, at: int) -> str:
        return self._text[at : at + _HEAD]

    def _searched(self, value: str) -> bool:
        at = self._text.find(value)
        while at >= 0:
            if at in self._borders and at + len(value) in self._borders:
                return True
            at = self._text.find(value, at + 1)
        return False


def squeezed(value: str) -> str:
    """Return the letters and digits of a value, folded."""
    return "".join(_TOKEN.findall(value.casefold()))


def _dialled(number: str, *, international: bool) -> Iterator[str]:
    """Yield other ways to dial a number: without leading zeros, or with one zero instead of the country code."""
    if not number.isdecimal() or len(number) < _SHORTEST_NUMBER:
        return
    if number.startswith("0"):
        yield number.lstrip("0")
    elif international:
        yield from ("0" + number[digits:] for digits in _COUNTRY_DIGITS)


def _readings(text: str, depth: int) -> Iterator[str]:
    """Yield the decoded text, and each encoded part of it decoded."""
    decoded = view(text)
    if decoded is not None:
        yield decoded.text
    for part in nested(text) if depth else ():
        yield part.text
        yield from _readings(part.text, depth - 1)
