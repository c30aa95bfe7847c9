"""Newline-delimited JSON: one JSON value per line, ended by LF or CRLF. A blank line is a keep-alive."""

from __future__ import annotations

from dataclasses import dataclass

from proxy.codecs import loose
from proxy.codecs.framing import Frame, FrameEncoder, FrameParser, is_unchanged

#: Media types under which targets send files of JSON lines.
FILE_MEDIA = frozenset(
    """
    application/octet-stream application/binary binary/octet-stream application/x-ndjson application/ndjson
    application/jsonl application/x-jsonl application/json-lines application/jsonlines text/jsonl text/plain
    application/json
    """.split()
)
_BLANKS = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Ndjson:
    """``ends_with_body`` for an API whose lines do not mark the end. ``limit`` bounds one line, bytes."""

    media: tuple[str, ...] = ("application/x-ndjson", "application/ndjson", "application/jsonl")
    ends_with_body: bool = False
    limit: int = 8 << 20

    def parser(self) -> FrameParser:
        return _Parser(self.limit)

    def encoder(self) -> FrameEncoder:
        return encode


def encode(frame: Frame, data: bytes | None) -> bytes:
    """Write one line.

    Raises:
        ValueError: the data is more than one line.

    """
    if is_unchanged(frame, data):
        return frame.raw
    if data is not None and (b"\n" in data or b"\r" in data):
        raise ValueError("an event of this stream must be one line")
    return (data or b"") + b"\n"


class _Parser:
    __slots__ = ("_buffer", "_limit", "_searched")

    def __init__(self, limit: int) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._limit = limit

    def feed(self, chunk: bytes) -> list[Frame]:
        buffer = self._buffer
        buffer += chunk
        frames: list[Frame] = []
        start = 0
        while (end := buffer.find(b"\n", max(start, self._searched)) + 1) > 0:
            frames.append(self._frame(bytes(buffer[start:end])))
            start = end
        del buffer[:start]
        self._searched = len(buffer)
        self._check(len(buffer))
        return frames

    def finish(self) -> list[Frame]:
        rest = bytes(self._buffer)
        self._buffer.clear()
        self._searched = 0
        if not rest.strip(_BLANKS):
            return [Frame(None, rest)] if rest else []
        try:
            loose.loads(rest)
        except ValueError:
            raise ValueError("the stream ended inside a line") from None
        return [self._frame(rest + b"\n")]

    def _frame(self, line: bytes) -> Frame:
        self._check(len(line))
        return Frame(line.strip(_BLANKS) or None, line)

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise ValueError("a line of the stream is larger than the limit")
