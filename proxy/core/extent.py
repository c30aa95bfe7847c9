"""Measure how much a body holds from its bytes, in any chunking, before it is parsed.

What may be encoded data is left out: whether it is, parsing tells, and the texts that are read are counted then.
"""

from __future__ import annotations

TOO_MUCH_AT_ONCE = "the request contains more text than is allowed at once; send less"
#: Most separators and openings (, : [ {) of a body.
VALUES = 200_000
#: Least length of a part of a string that may be encoded data; a shorter one is text.
_LONG = 4 << 10
_DATA = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\\"
#: In encoded data at most one byte in ``_ODD`` is another (the head of a data URI); one byte in ``_LOOKED_AT`` is read.
_ODD, _LOOKED_AT = 64, 17


class Extent:
    """Counts the bytes of strings, except encoded data, and the separators of values."""

    def __init__(self, text_bytes: int) -> None:
        self._most = text_bytes
        self._inside = self._escaped = False
        self._text = self._values = 0

    def count(self, piece: bytes) -> None:
        """Count a piece of the body."""
        if self._escaped:
            piece = piece[1:]
        ending = len(piece) - len(piece.rstrip(b"\\"))
        self._escaped = ending % 2 == 1
        plain = piece.replace(b"\\\\", b"__").replace(b'\\"', b"__") if b"\\" in piece else piece
        parts = plain.split(b'"')
        first = int(not self._inside)
        self._inside ^= len(parts) % 2 == 0
        outside = b"".join(parts[1 - first :: 2])
        self._values += sum(map(outside.count, (b",", b":", b"[", b"{")))
        inside = parts[first::2]
        self._text += sum(map(len, inside))
        if len(piece) >= _LONG:
            self._text -= sum(len(part) for part in inside if len(part) >= _LONG and _is_data(part))

    def exceeded(self) -> str:
        """Return the limit that is exceeded, "text" or "values", "" for none."""
        if self._values > VALUES:
            return "values"
        return "text" if self._text > self._most else ""


class TextExtent(Extent):
    """Counts the bytes of a text body or a form."""

    def count(self, piece: bytes) -> None:
        """Count a piece of the body."""
        self._text += len(piece)


def _is_data(part: bytes) -> bool:
    part = part[::_LOOKED_AT]
    return len(part.translate(None, _DATA)) * _ODD <= len(part)
