"""Server-sent events as frames (WHATWG HTML §9.2). ``[DONE]``, which ends streams of many dialects, is an end marker.

Blank lines beyond the one that ends an event, and a byte order mark, are not passed on: they mean nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxy.codecs.framing import Frame, FrameEncoder, FrameParser, is_unchanged

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\n|\r")
_BLOCK_END = re.compile(rb"(?:\r\n|\n|\r(?!\n)){2}")
_LINE_BREAKS = b"\r\n"
#: Ends of an event whose last byte could have been half of a CRLF.
_BLANK_LINE = (b"\r\r", b"\n\r")
#: A line that names an event by a word.
_LONGEST_RETRY = 9  # digits
_NAME = re.compile(rb"event: ?[A-Za-z._-]{1,64}").fullmatch
#: The name of error events in every dialect that names its events.
_FAILURE = "error"
_DONE = b"[DONE]"
DONE = b"data: [DONE]\n\n"
_LONGEST_MARKER = 16  # bytes, with blanks around it
_TOO_LARGE = "an event of the stream is larger than the limit"


@dataclass(frozen=True, slots=True)
class Sse:
    """``ends_with_body`` for an API without an end marker. ``limit`` bounds one event, bytes."""

    media: tuple[str, ...] = ("text/event-stream",)
    ends_with_body: bool = False
    limit: int = 8 << 20

    def parser(self) -> FrameParser:
        return EventParser(self.limit)

    def encoder(self) -> FrameEncoder:
        return encode_frame


def encode_frame(frame: Frame, data: bytes | None) -> bytes:
    """Write an event under the frame's name, id and retry time; a frame without data and bytes is a keep-alive."""
    if is_unchanged(frame, data):
        return frame.raw
    return comment() if data is None else encode(data, frame.name, frame.id, frame.retry)


def encode(data: bytes, event: str = "", event_id: str | None = None, retry: int | None = None) -> bytes:
    """Write one event; data of several lines becomes several fields.

    Raises:
        ValueError: an event name or id with a line break, or an id with a NUL.

    """
    lines: list[bytes] = []
    for name, value in ((b"event", event), (b"id", event_id)):
        if value:
            if set(value) & set("\r\n\0"):
                raise ValueError("an event name or id must be one line")
            lines.append(name + b": " + value.encode())
    if retry is not None:
        lines.append(b"retry: %d" % retry)
    if b"\n" in data or b"\r" in data:
        lines += [b"data: " + line for line in _LINE_END.split(data)]
    else:
        lines.append(b"data: " + data)
    return b"\n".join(lines) + b"\n\n"


def comment(text: str = "") -> bytes:
    """Write a keep-alive comment."""
    return b": " + text.encode().replace(b"\r", b" ").replace(b"\n", b" ") + b"\n\n"


def _parse(raw: bytes) -> Frame:
    """Read one block, its line ends included."""
    start = raw.find(b"\n") + 1 if raw.startswith(b"event: ") else 0
    is_one = raw.startswith(b"data: ", start) and raw.find(b"\n", start) == len(raw) - 2 and b"\r" not in raw
    if not is_one or (start and not _NAME(raw, 0, start - 1)):
        return _lines(raw)
    if not start and len(raw) > _LONGEST_MARKER + len(b"data: \n\n"):
        return Frame(raw[6:-2], raw)
    return _frame(raw[start + 6 : -2], raw, raw[7 : max(start - 1, 7)].decode())


def _lines(raw: bytes) -> Frame:
    """Read a block of any lines."""
    data: list[bytes] = []
    event, event_id, retry = "", None, None
    beside: list[bytes] = []
    for line in _LINE_END.split(raw):
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            data.append(value)
            continue
        if line and not _NAME(line):
            beside.append(line)
        if name == b"event":
            event = value.decode(errors="replace")
        elif name == b"id" and b"\0" not in value:
            event_id = value.decode(errors="replace")
        elif name == b"retry" and value.isdigit() and len(value) <= _LONGEST_RETRY:
            retry = int(value)
    content = b"\n".join(data) if data else None
    rest = b"\n".join(beside).decode(errors="replace")
    return _frame(content, raw, event)._replace(id=event_id, retry=retry, beside=rest)


def _frame(data: bytes | None, raw: bytes, name: str = "") -> Frame:
    """Return a frame with the end marker, and what names an error, recognized."""
    ends = data is not None and len(data) <= _LONGEST_MARKER and data.strip() == _DONE
    content = None if ends else data or None  # nothing is not an event
    return Frame(content, raw, name, ends=ends, fails=name == _FAILURE) if ends or name else Frame(content, raw)


class EventParser:
    """Cuts a byte stream into events. ``limit`` bounds one event, in bytes."""

    __slots__ = ("_buffer", "_limit", "_scanned", "_started")

    def __init__(self, limit: int = 8 * 1024 * 1024) -> None:
        self._buffer = bytearray()  # of an event that is not complete
        self._scanned = 0  # bytes of it in which no event ends
        self._limit = limit
        self._started = False

    def feed(self, chunk: bytes) -> list[Frame]:
        """Return the events that ``chunk`` completes.

        Raises:
            ValueError: an event is larger than the limit.

        """
        if self._started and not self._buffer:
            if chunk[-2:] == b"\n\n" and 0 < chunk.find(b"\n") == len(chunk) - 2 and b"\r" not in chunk:
                self._check(len(chunk))
                return [_parse(chunk)]  # as nearly every read of a real stream
            return self._cut(chunk)
        self._buffer += chunk
        if not self._started:
            if len(self._buffer) < len(_BOM) and _BOM.startswith(self._buffer):
                return []
            self._started = True
            return self._cut(bytes(self._buffer.removeprefix(_BOM)))
        return self._cut(bytes(self._buffer)) if self._completes() else []

    def _completes(self) -> bool:
        """Whether an event ends in the buffer; bytes already searched are neither searched again nor copied."""
        buffer = self._buffer
        end = len(buffer) - buffer.endswith(b"\r")
        if not buffer or buffer[0] in _LINE_BREAKS or _BLOCK_END.search(buffer, self._scanned, end):
            return True
        self._scanned = max(end - 3, 0)
        self._check(len(buffer))
        return False

    def finish(self) -> list[Frame]:
        """Return a last event whose lines are complete, or that marks the end; the stream has ended.

        Raises:
            ValueError: it was cut inside a line.

        """
        buffer, self._buffer, self._scanned = bytes(self._buffer), bytearray(), 0
        if not buffer.strip(_LINE_BREAKS):
            return []
        frame = _lines(buffer)
        if buffer[-1:] not in (b"\r", b"\n"):
            if not frame.ends:
                raise ValueError("the stream ended inside an event")
            buffer += b"\n"
        if not buffer.endswith(_BLANK_LINE):
            buffer += b"\r" if buffer.endswith(b"\r") else b"\n"
        return [frame._replace(raw=buffer)]

    def _cut(self, buffer: bytes) -> list[Frame]:
        if b"\r" in buffer:
            return self._cut_anyhow(buffer)
        events: list[Frame] = []
        *blocks, rest = buffer.split(b"\n\n")
        for block in blocks:
            event = block.lstrip(b"\n") if block[:1] == b"\n" else block
            if len(event) > self._limit - 2:
                raise ValueError(_TOO_LARGE)
            if event:
                events.append(_parse(event + b"\n\n"))
        self._keep(rest.lstrip(b"\n") if rest else rest)
        return events

    def _cut_anyhow(self, buffer: bytes) -> list[Frame]:
        """Cut lines that end in any way."""
        # a CR at the very end may be half of a CRLF
        end = len(buffer) - buffer.endswith(b"\r")
        events: list[Frame] = []
        start = 0
        search = self._scanned
        while True:
            while start < end and buffer[start] in _LINE_BREAKS:
                start += 1
            match = _BLOCK_END.search(buffer, max(search, start), end)
            if match is None:
                break
            self._check(match.end() - start)
            events.append(_parse(buffer[start : match.end()]))
            start = search = match.end()
        self._keep(buffer[start:])
        return events

    def _keep(self, rest: bytes) -> None:
        """Keep what is not complete."""
        self._buffer = bytearray(rest)
        self._scanned = max(len(rest) - rest.endswith(b"\r") - 3, 0)
        self._check(len(rest))

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise ValueError(_TOO_LARGE)
