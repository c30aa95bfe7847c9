"""The other ways to read a text, where it holds any: escapes undone, encoded parts decoded.

Only what stands around an escape is read anew, so a long text with one escape in it costs no more than its plain
reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import re2

from proxy.core.search.decoding import View, nested, view

#: What begins another spelling of a character: an escape, a letter of another alphabet inside a word, an odd form.
_ESCAPE = re.compile(
    r"[\\&%]|=[0-9A-Fa-f]{2}|[A-Za-z][\u0250-\u052f]|[\u0250-\u052f][A-Za-z]|[\u1d00-\u1dbf\u2100-\u218f\u24b6-\u24e9"
    r"\uff10-\uff5a\U0001d400-\U0001d7ff\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_RUN = re.compile(_ESCAPE.pattern + r"|[0-9A-Za-z+/_-]{16,}={0,2}")
#: Any of both, in one pass whatever the text; RE2 wants characters as they are.
_HINT = re2.compile(
    re.sub(r"\\u(\w{4})|\\U(\w{8})", lambda code: chr(int(code[1] or code[2], 16)), _ESCAPE.pattern)
    + "|[0-9A-Za-z+/_=-]{16}"
).search
_MARGIN = 320  # characters around an escape: a value longer than that is found by its plain parts or not at all
#: A run of characters long enough to be an encoded part, told on bytes of which only its characters stay.
_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/_=-"
_KEPT = bytes(ord("x") if code in _ALPHABET else ord(" ") for code in range(256))
#: Characters of the shortest run that may be an encoded part.
LONG = 16
_LONG = b"x" * LONG
_STEP = 1 << 14
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class DecodedPart:
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


def readings(text: str) -> Iterator[DecodedPart]:
    """Yield the parts of a text that read differently once decoded."""
    if _plain(text):
        return
    encoded = _may_be_encoded(text)
    for start, end in _windows(text, _RUN if encoded else _ESCAPE):
        seen = view(text[start:end])
        if seen is not None:
            yield DecodedPart(seen.text, seen, start, end)
    if encoded:
        yield from _encoded(text, _DEEPEST)


def _plain(text: str) -> bool:
    """Whether a text reads only as it stands: most do, and cost one pass."""
    if text.isascii():
        escapes = "\\" in text or "&" in text or "%" in text or "=" in text
        return not escapes and not _may_be_encoded(text)
    return _HINT(text.encode("utf-8", "replace").decode()) is None


def _may_be_encoded(text: str) -> bool:
    for at in range(0, len(text), _STEP):  # small enough for the processor's caches
        if _LONG in text[at : at + _STEP + len(_LONG)].encode("utf-8", "replace").translate(_KEPT):
            return True
    return False


def _encoded(text: str, depth: int) -> Iterator[DecodedPart]:
    if not depth or not _may_be_encoded(text):
        return
    for part in nested(text):
        yield DecodedPart(part.text, None, part.start, part.end)
        for inner in (*_encoded(part.text, depth - 1), *_escaped(part.text)):
            yield DecodedPart(inner.text, None, part.start, part.end)


def _escaped(text: str) -> Iterator[DecodedPart]:
    seen = view(text)
    if seen is not None:
        yield DecodedPart(seen.text, seen, 0, len(text))


def _windows(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield disjoint stretches around every match."""
    low = high = -1
    for match in pattern.finditer(text):
        start = max(0, match.start() - _MARGIN)
        if start > high:
            if high >= 0:
                yield low, high
            low = start
        high = min(len(text), match.end() + _MARGIN)
    if high >= 0:
        yield low, high
