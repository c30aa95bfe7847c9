"""The other ways to read a text, where it holds any: escapes undone, encoded parts decoded.

Only what stands around an escape is read anew, so a long text with one escape in it costs no more than its plain
reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import re2

from proxy.core.decoding import View, nested, view

#: What begins another spelling of a character: an escape, a letter of another alphabet inside a word, an odd form.
_ESCAPE = re.compile(
    r"[\\&%]|=[0-9A-Fa-f]{2}|[A-Za-z][\u0250-\u052f]|[\u0250-\u052f][A-Za-z]|[\u1d00-\u1dbf\u2100-\u218f\u24b6-\u24e9"
    r"\uff10-\uff5a\U0001d400-\U0001d7ff\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_RUN = re.compile(_ESCAPE.pattern + r"|[0-9A-Za-z+/_-]{16,}={0,2}")
_MARGIN = 320  # characters around an escape: a value longer than that is found by its plain parts or not at all
#: A run of characters long enough to be an encoded part.
_ENCODED = re2.compile(rb"[0-9A-Za-z+/_=-]{16}").search
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """A text read in another way; without a view it stands encoded and can be replaced only as a whole."""

    text: str
    _seen: View | None
    _start: int
    _end: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where characters ``start`` to ``end`` stand in the text as written."""
        if self._seen is None:
            return self._start, self._end
        low, high = self._seen.span(start, end)
        return self._start + low, self._start + high


def readings(text: str) -> Iterator[Reading]:
    """Yield the parts of a text that read differently once decoded."""
    for start, end in _windows(text):
        seen = view(text[start:end])
        if seen is not None:
            yield Reading(seen.text, seen, start, end)
    yield from _encoded(text, _DEEPEST)


def _encoded(text: str, depth: int) -> Iterator[Reading]:
    if not depth or _ENCODED(text.encode("utf-8", "replace")) is None:
        return
    for part in nested(text):
        yield Reading(part.text, None, part.start, part.end)
        for inner in (*_encoded(part.text, depth - 1), *_escaped(part.text)):
            yield Reading(inner.text, None, part.start, part.end)


def _escaped(text: str) -> Iterator[Reading]:
    seen = view(text)
    if seen is not None:
        yield Reading(seen.text, seen, 0, len(text))


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Yield disjoint stretches around every escape."""
    encoded = _ENCODED(text.encode("utf-8", "replace")) is not None
    if not encoded and text.isascii() and not any(sign in text for sign in "\\&%="):
        return
    low = high = -1
    for match in (_RUN if encoded else _ESCAPE).finditer(text):
        start = max(0, match.start() - _MARGIN)
        if start > high:
            if high >= 0:
                yield low, high
            low = start
        high = min(len(text), match.end() + _MARGIN)
    if high >= 0:
        yield low, high
