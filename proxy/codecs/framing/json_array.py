r"""A body that is one JSON array of objects, sent object by object: ``[{...}``, ``,\n{...}``, ``]``.

Objects are split as clients of such streams split them: by the depth of braces outside strings. Each keeps the
separator before it; ``[`` and ``]`` are frames of their own. Whatever is inserted, changed or dropped between them, the
encoder keeps the commas right. ``[`` is sent with what follows it: a reply that is cut off has begun with an object or
not at all, so that an error always follows one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxy.codecs.framing import Frame, FrameEncoder, FrameParser

_OPEN, _CLOSE, _BRACE, _QUOTE = b'[]{"'
_SEPARATOR = b",\n"
#: In an object: all up to the next brace, or to the quotation mark of a string that goes on in the next chunk.
_UP_TO_BRACE = re.compile(rb'(?:[^"{}]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
#: In a string: all that does not end it; half of an escape at the end is left.
_INSIDE = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_GAP = re.compile(rb"[ \t\r\n]*+")
#: What may come next outside an object.
_FIRST, _NEXT, _AFTER, _ENDED = b"{]", b"{", b",]", b""


@dataclass(frozen=True, slots=True)
class JsonArray:
    """``limit`` bounds one object with the separator before it, bytes.

    The end of the array reveals a reply cut short. ``ends_with_body`` False: events also tell whether it is complete.
    """

    media: tuple[str, ...] = ("application/json",)
    ends_with_body: bool = True
    limit: int = 8 << 20

    def parser(self) -> FrameParser:
        return _Parser(self.limit)

    def encoder(self) -> FrameEncoder:
        return _Encoder().encode


class _Encoder:
    """Tracks whether the array has an element already, and which part of it is still unsent."""

    __slots__ = ("_begun", "_opening", "_sent")

    def __init__(self) -> None:
        self._begun = self._sent = False
        self._opening = b""

    def encode(self, frame: Frame, data: bytes | None) -> bytes:
        """Write an object with its proper separator; the beginning of the array together with what follows it."""
        if data is None:
            data = frame.data
        if data is None and not (self._sent or self._opening):
            self._opening = frame.raw
            return b""
        before, self._opening, self._sent = self._opening, b"", True
        return before + self._write(frame, data)

    def _write(self, frame: Frame, data: bytes | None) -> bytes:
        if data is None:
            return frame.raw
        gap = frame.raw[: -len(frame.data)] if frame.data else b""
        follows = b"," in gap
        if self._begun and not follows:
            gap = _SEPARATOR
        elif not self._begun and follows:
            gap = b""
        self._begun = True
        return gap + data


class _Parser:
    """``_scanned`` bytes of what is held are read, ``_depth`` braces are open, ``_expected`` may come outside them."""

    __slots__ = ("_begun", "_buffer", "_depth", "_expected", "_limit", "_scanned", "_start", "_string")

    def __init__(self, limit: int) -> None:
        self._buffer = bytearray()
        self._limit = limit
        self._begun = False
        self._expected = _FIRST
        self._start = self._scanned = self._depth = 0
        self._string = False

    def feed(self, chunk: bytes) -> list[Frame]:
        self._buffer += chunk
        frames: list[Frame] = []
        if not self._begun and self._buffer:
            if self._buffer[0] != _OPEN:
                raise ValueError("the stream is not a JSON array")
            self._begun = True
            frames.append(self._take(1, content=False))
        while frame := self._object() if self._depth else self._between():
            frames.append(frame)
        if len(self._buffer) > self._limit:
            raise ValueError("an event of the stream is larger than the limit")
        return frames

    def finish(self) -> list[Frame]:
        if self._expected != _ENDED:
            raise ValueError("the stream ended inside its JSON array")
        return [self._take(len(self._buffer), content=False)] if self._buffer else []

    def _between(self) -> Frame | None:
        """Read up to the next object; return the end of the array."""
        gap = _GAP.match(self._buffer, self._scanned)
        while gap is not None and (at := gap.end()) < len(self._buffer):
            sign = self._buffer[at]
            if sign not in self._expected:
                raise ValueError("the stream is not a JSON array of objects")
            self._scanned = at + 1
            if sign == _BRACE:
                self._start, self._depth = at, 1
                return self._object()
            if sign == _CLOSE:
                self._expected = _ENDED
                return self._take(self._scanned, content=False)._replace(ends=True)
            self._expected = _NEXT
            gap = _GAP.match(self._buffer, self._scanned)
        self._scanned = len(self._buffer)
        return None

    def _object(self) -> Frame | None:
        """Continue an object; return it once complete."""
        if self._string and not self._rest_of_string():
            return None
        while self._depth:
            passed = _UP_TO_BRACE.match(self._buffer, self._scanned)
            at = passed.end() if passed else 0
            self._scanned = at + 1
            if at >= len(self._buffer):
                self._scanned = at
                return None
            sign = self._buffer[at]
            if sign == _QUOTE:
                self._string = True
                self._rest_of_string()
                return None
            self._depth += 1 if sign == _BRACE else -1
        self._expected = _AFTER
        return self._take(self._scanned, content=True)

    def _rest_of_string(self) -> bool:
        """Continue a string; return whether it ended."""
        rest = _INSIDE.match(self._buffer, self._scanned)
        self._scanned = rest.end() if rest else self._scanned
        if self._buffer[self._scanned : self._scanned + 1] != b'"':
            return False
        self._string = False
        self._scanned += 1
        return True

    def _take(self, end: int, *, content: bool) -> Frame:
        """Take a frame off the buffer."""
        if end > self._limit:
            raise ValueError("an event of the stream is larger than the limit")
        raw = bytes(self._buffer[:end])
        del self._buffer[:end]
        frame = Frame(raw[self._start :] if content else None, raw)
        self._start = self._scanned = 0
        return frame
