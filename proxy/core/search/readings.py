"""Decoded readings of a text: escapes undone, encoded parts decoded.

Only the surroundings of an escape are decoded, so a long text with one escape costs no more than a plain one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import re2

from proxy.core.search.decoding import View, nested, view

#: The start of another spelling of a character: an escape, a letter of another alphabet, a compatibility form.
_OTHER = (
    r"[A-Za-z][\u0250-\u052f]|[\u0250-\u052f][A-Za-z]|[\u1d00-\u1dbf\u2100-\u218f\u24b6-\u24e9\u2800-\u28ff"
    r"\uff10-\uff5a\U0001d400-\U0001d7ff\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
#: As ``decoding.mail`` reads them: "=20" is one in "Jan=20Kowalski" and beside others, and none in "status=200".
_ESCAPE = re.compile(
    r"[\\&%]|=(?:[0-9A-Fa-f]{2}(?:=|[^\W\d_]|[^\s&=+]{0,40}\+)|[89A-Fa-f][0-9A-Fa-f]|20(?=[\s\S]{0,48}=20)|\r?\n)|"
    + _OTHER
)
_RUN = re.compile(_ESCAPE.pattern + r"|[0-9A-Za-z+/_-]{16,}={0,2}|[0-9A-Za-z+/_-]{14,15}={1,2}")
#: Either of them, in one pass; RE2 has no \\u escapes.
_HINT = re2.compile(
    re.sub(r"\\u(\w{4})|\\U(\w{8})", lambda code: chr(int(code[1] or code[2], 16)), _OTHER)
    + r"|[\\&%]|=[0-9A-Fa-f]{2}|=\r?\n|[0-9A-Za-z+/_=-]{16}"
).search
_MARGIN = 320  # characters around an escape: a value longer than that is found by its plain parts or not at all
#: The alphabet of encoded parts, and a translation of bytes to "x" for these and " " for others.
_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/_=-"
_KEPT = bytes(ord("x") if code in _ALPHABET else ord(" ") for code in range(256))
#: Characters of the shortest run that may be an encoded part.
LONG = 16
_LONG = b"x" * LONG
_STEP = 1 << 14
_DEEPEST = 3
#: Texts that are decoded together, and how much of them, in characters; what stands between them.
_SHORT, _TOGETHER = 1 << 11, 1 << 13
_APART = "\n" * 8


@dataclass(frozen=True, slots=True)
class DecodedPart:
    """A decoded part of a text. Without a view it is an encoded part, replaced only as a whole."""

    text: str
    view: Callable[[], View] | None
    start: int
    end: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of characters ``start`` to ``end`` in the raw text."""
        if self.view is None:
            return self.start, self.end
        low, high = self.view().span(start, end)
        return self.start + low, self.start + high


def part_of(decoded: View, start: int, end: int) -> DecodedPart:
    """Return the part of a text that a view is of."""
    return DecodedPart(decoded.text, lambda: decoded, start, end)


def readings(text: str) -> Iterator[DecodedPart]:
    """Yield the parts of a text that differ once decoded."""
    yield from _in_place(text)
    yield from whole(text)


def readings_of(texts: Sequence[str]) -> list[list[DecodedPart]]:
    """Return the parts of each text that differ once decoded.

    Short texts are decoded together first, as most have none. Letters of other alphabets read by those around them:
    texts that hold some are decoded by themselves.
    """
    parts: list[list[DecodedPart]] = [[] for _ in texts]
    group: list[int] = []
    size = 0
    for index, text in enumerate(texts):
        if is_plain(text):
            continue
        if len(text) > _SHORT or not text.isascii():
            parts[index] = list(readings(text))
            continue
        group.append(index)
        size += len(text)
        if size > _TOGETHER:
            _decode(group, texts, parts)
            group, size = [], 0
    _decode(group, texts, parts)
    return parts


def _decode(group: Sequence[int], texts: Sequence[str], parts: list[list[DecodedPart]]) -> None:
    """Decode a group of texts, in halves where any reads otherwise."""
    if len(group) == 1:
        parts[group[0]] = list(readings(texts[group[0]]))
    elif group and any(True for _ in readings(_APART.join(texts[index] for index in group))):
        _decode(group[: len(group) // 2], texts, parts)
        _decode(group[len(group) // 2 :], texts, parts)


def _in_place(text: str) -> Iterator[DecodedPart]:
    """Yield the surroundings of escapes and of encoded runs, decoded where they stand."""
    if is_plain(text):
        return
    for start, end in _windows(text, _RUN if _may_be_encoded(text) else _ESCAPE):
        decoded = view(text[start:end])
        if decoded is not None:
            yield part_of(decoded, start, end)


def whole(text: str, at: int = 0) -> Iterator[DecodedPart]:
    """Yield the encoded parts of a text that are replaced whole, and what is encoded in them; it begins ``at``."""
    return _encoded(text, _DEEPEST, at)


def is_plain(text: str) -> bool:
    """Whether a text has no other reading, as most; costs one pass."""
    if text.isascii():
        escapes = "\\" in text or "&" in text or "%" in text or "=" in text
        return not escapes and not _may_be_encoded(text)
    return _HINT(text.encode("utf-8", "replace").decode()) is None


def _may_be_encoded(text: str) -> bool:
    for at in range(0, len(text), _STEP):  # small enough for the processor's caches
        if _LONG in text[at : at + _STEP + len(_LONG)].encode("utf-8", "replace").translate(_KEPT):
            return True
    return False


def _encoded(text: str, depth: int, at: int) -> Iterator[DecodedPart]:
    if not depth or not _may_be_encoded(text):
        return
    for part in nested(text):
        span = at + part.start, at + part.end
        yield DecodedPart(part.text, None, *span)
        for inner in (*_encoded(part.text, depth - 1, 0), *_escaped(part.text)):
            yield DecodedPart(inner.text, None, *span)


def _escaped(text: str) -> Iterator[DecodedPart]:
    decoded = view(text)
    if decoded is not None:
        yield part_of(decoded, 0, len(text))


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
