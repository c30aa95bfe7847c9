"""Texts without language: numbers, structural words of the wire formats, nothing at all. Only patterns read them."""

from __future__ import annotations

import re

from proxy.core.search.decoding import view
from proxy.detection.languages import words

_LETTERS = re.compile(r"[^\W\d_]{2}")
_LONGEST_TOKEN = 32
#: Up to this length digits alone stand for no text.
_LONGEST_NUMBER = 15
#: Words of the wire formats themselves.
_STRUCTURAL = frozenset(words("structural"))


class Ruled(str):
    """A text in which nothing is guessed: rules alone read it."""

    __slots__ = ()


def needs_no_model(text: str) -> bool:
    """Whether the pattern tier alone reads this text completely: it holds no word, neither raw nor decoded."""
    if len(text) <= _LONGEST_TOKEN and text.strip().lower() in _STRUCTURAL:
        return True
    if _LETTERS.search(text) is not None:
        return False
    if len(text) <= _LONGEST_NUMBER and text.isdecimal():
        return True
    decoded = view(text)  # hexadecimal of ASCII letters has no two letters in a row
    return decoded is None or _LETTERS.search(decoded.text) is None
