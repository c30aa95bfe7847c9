"""How much a body holds, told from its bytes in any chunking, before anybody takes the trouble to read it."""

from __future__ import annotations

#: Separators and openings (, : [ {) beyond which a body holds more than anybody would ask at once.
VALUES = 200_000
#: Part of a string in one piece from which on it may be encoded data. A shorter one is text.
_LONG = 4 << 10
_DATA = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\\"
#: In encoded data at most one byte in so many is none of these: the head of a data URI. One byte in a few is looked at.
_ODD, _LOOKED_AT = 64, 17


class Extent:
    """Counts the bytes of strings, but for those of encoded data, and what separates values."""

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
        """Return what there is too much of, "text" or "values", "" for nothing."""
        if self._values > VALUES:
            return "values"
        return "text" if self._text > self._most else ""


class TextExtent(Extent):
    """Counts the bytes of a body that is one text, or a form."""

    def count(self, piece: bytes) -> None:
        """Count a piece of the body."""
        self._text += len(piece)


def _is_data(part: bytes) -> bool:
    part = part[::_LOOKED_AT]
    return len(part.translate(None, _DATA)) * _ODD <= len(part)
