"""Framings of streamed replies, without I/O: bytes in, frames out, the same for every chunking of the bytes.

A framing knows where an event begins and ends, not what it means. One value serves every stream of an API; each stream
has its own parser, and an encoder for what goes to the client. An unchanged frame passes as the bytes it came from;
frames may be changed, inserted or dropped between them, and the output must still follow the framing: so every frame
passes through the encoder, in order.

A parser buffers at most ``limit`` bytes, and never emits more than it took in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol


class FrameHeader(NamedTuple):
    """A typed header of a frame. ``kind`` is the framing's number for the type of its value."""

    name: str
    kind: int
    value: int | str | bytes


class Frame(NamedTuple):
    """One event of a stream.

    ``data`` is its content, None if it has none: a keep-alive, a separator, an end marker. ``raw`` are the bytes it
    came from, empty for a new frame (``Frame(name="...")``).
    """

    data: bytes | None = None
    raw: bytes = b""
    name: str = ""  # the framing's name for the event, "" if it has none
    id: str | None = None
    retry: int | None = None  # milliseconds
    headers: tuple[FrameHeader, ...] = ()
    ends: bool = False  # the framing's own end marker: nothing may be inserted after it
    fails: bool = False  # the framing itself says that this is an error
    beside: str = ""  # what ``raw`` holds besides its data and a plain name: comments, an id, further headers


class FrameParser(Protocol):
    """Cuts one stream into frames."""

    def feed(self, chunk: bytes) -> list[Frame]:
        """Return the frames that the chunk completes.

        Raises:
            ValueError: the bytes violate the framing, or a frame exceeds the limit.

        """
        ...

    def finish(self) -> list[Frame]:
        """Return what is complete at the end of the body. A last frame without its terminator gets one.

        Raises:
            ValueError: the body ended inside a frame, or before the end that the framing requires.

        """
        ...


class CountedFrames:
    """A parser that counts its frames: ``events`` with data, ``blank`` ones without since the last with data."""

    __slots__ = ("blank", "events", "parser")

    def __init__(self, parser: FrameParser) -> None:
        self.parser = parser
        self.events = self.blank = 0

    def feed(self, chunk: bytes) -> list[Frame]:
        """Return the frames that the chunk completes; errors as the parser's."""
        return self._counted(self.parser.feed(chunk))

    def finish(self) -> list[Frame]:
        """Return what is complete at the end of the body; errors as the parser's."""
        return self._counted(self.parser.finish())

    def _counted(self, frames: list[Frame]) -> list[Frame]:
        for frame in frames:
            if frame.data is None and not frame.ends:
                self.blank += 1
            else:
                self.events += 1
                self.blank = 0
        return frames


#: Writes a frame with new data; with its own data (or None), unchanged. Raises ValueError for data that the framing
#: cannot hold.
FrameEncoder = Callable[[Frame, bytes | None], bytes]


class Framing(Protocol):
    """One way to put events into a body."""

    @property
    def media(self) -> tuple[str, ...]:
        """The media types under which it is sent, lower case, the usual one first."""
        ...

    @property
    def ends_with_body(self) -> bool:
        """Whether a body that ended without a fault of the framing is complete, though no event said so."""
        ...

    def parser(self) -> FrameParser:
        """Return the parser of one stream."""
        ...

    def encoder(self) -> FrameEncoder:
        """Return the encoder of one stream."""
        ...


def is_unchanged(frame: Frame, data: bytes | None) -> bool:
    """Whether a frame passes as the bytes it came from."""
    return bool(frame.raw) and (data is None or data == frame.data)
