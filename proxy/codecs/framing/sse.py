"""Server-sent events as frames (WHATWG HTML §9.2). ``[DONE]``, which ends streams of many dialects, is an end marker.

Blank lines beyond the one that ends an event, and a byte order mark, are not passed on: they mean nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from proxy.codecs import sse
from proxy.codecs.framing import Frame, FrameEncoder, FrameParser, is_unchanged
from proxy.errors import UpstreamError

_DONE = b"[DONE]"
DONE = b"data: [DONE]\n\n"
#: Ends of an event whose last byte could have been half of a CRLF.
_BLANK_LINE = (b"\r\r", b"\n\r")
_LONGEST_MARKER = 16  # bytes, with blanks around it


@dataclass(frozen=True, slots=True)
class Sse:
    """``ends_with_body`` for an API without an end marker. ``limit`` bounds one event, bytes."""

    media: tuple[str, ...] = ("text/event-stream",)
    ends_with_body: bool = False
    limit: int = 8 << 20

    def parser(self) -> FrameParser:
        return _Parser(self.limit)

    def encoder(self) -> FrameEncoder:
        return encode


def encode(frame: Frame, data: bytes | None) -> bytes:
    """Write an event under the frame's name, id and retry time; a frame without data and bytes is a keep-alive."""
    if is_unchanged(frame, data):
        return frame.raw
    return sse.comment() if data is None else sse.encode(data, frame.name, frame.id, frame.retry)


class _Parser:
    __slots__ = ("_events",)

    def __init__(self, limit: int) -> None:
        self._events = sse.EventParser(limit)

    def feed(self, chunk: bytes) -> list[Frame]:
        try:
            frames = self._events.feed(chunk)
        except UpstreamError as error:
            raise ValueError(str(error)) from None
        return _mark_end(frames)

    def finish(self) -> list[Frame]:
        pending = self._events.pending
        frames = self._events.flush()
        if pending and not frames:
            raise ValueError("the stream ended inside an event")
        return _mark_end([frame._replace(raw=_terminate(frame.raw)) for frame in frames])


def _mark_end(frames: list[Frame]) -> list[Frame]:
    """Return the frames with the end marker recognized."""
    for index, frame in enumerate(frames):
        data = frame.data
        if data is not None and len(data) <= _LONGEST_MARKER and data.strip() == _DONE:
            frames[index] = frame._replace(data=None, ends=True)
    return frames


def _terminate(raw: bytes) -> bytes:
    """Return the bytes of an event whose lines are whole with the blank line that ends it."""
    if raw.endswith(_BLANK_LINE):
        return raw
    return raw + (b"\r" if raw.endswith(b"\r") else b"\n")
