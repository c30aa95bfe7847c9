"""Texts that hold no language: numbers, structural words of the wire formats, nothing at all. Patterns decide alone."""

from __future__ import annotations

import re

from proxy.core.search.decoding import view

_LETTERS = re.compile(r"[^\W\d_]{2}")
_LONGEST_TOKEN = 32
#: Digits alone up to which they stand for no text.
_LONGEST_NUMBER = 15
#: Words of the wire formats themselves.
_STRUCTURAL = frozenset(
    "user assistant system developer tool function object string number integer boolean array null true false auto "
    "none required text json json_object json_schema image_url input_text output_text type name description parameters "
    "properties items enum strict default format content role id arguments model title additionalproperties "
    "date-time uuid float base64 low medium high detail stop length tool_calls".split()
)


def needs_no_model(text: str) -> bool:
    """Whether the pattern tier alone reads this text completely: it says no word, neither as it stands nor decoded."""
    if len(text) <= _LONGEST_TOKEN and text.strip().lower() in _STRUCTURAL:
        return True
    if _LETTERS.search(text) is not None:
        return False
    if len(text) <= _LONGEST_NUMBER and text.isdecimal():
        return True
    seen = view(text)  # in hexadecimal no two letters of ASCII's stand together
    return seen is None or _LETTERS.search(seen.text) is None
