"""Framings of streamed replies, without I/O: bytes in, frames out, the same for every chunking of the bytes.

A framing knows where an event begins and ends, not what it means. One value serves every stream of an API; each stream
has a parser of its own, and an encoder for what goes on to the client. A frame that nobody changed goes on as the bytes
it came from; others are made, changed or left out between them, and what the client gets stays what the framing says:
so every frame passes through the encoder, in order.

What a parser holds is bounded by ``limit``, and it gives out no more bytes than it took in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol


class FrameHeader(NamedTuple):
    """A typed header of a frame. ``kind`` is the framing's own number for the type of the value."""

    name: str
    kind: int
    value: int | str | bytes


class Frame(NamedTuple):
    """One event of a stream.

    ``data`` is its content, None where it has none: a keep-alive, a separator, an end marker. ``raw`` is all bytes it
    came from, empty for a frame that is made here (``Frame(name="...")``).
    """

    data: bytes | None = None
    raw: bytes = b""
    name: str = ""  # what the framing itself calls the event, "" where it gives no names
    id: str | None = None
    retry: int | None = None  # milliseconds
    headers: tuple[FrameHeader, ...] = ()
    ends: bool = False  # the framing's own end marker: nothing may be inserted after it
    fails: bool = False  # the framing itself says that this is an error


class FrameParser(Protocol):
    """Cuts one stream into frames."""

    def feed(self, chunk: bytes) -> list[Frame]:
        """Return the frames that the chunk completes.

        Raises:
            ValueError: the bytes are not what the framing says, or a frame is larger than the limit.

        """
        ...

    def finish(self) -> list[Frame]:
        """The body has ended: return what is complete now. A last frame without its terminator gets one.

        Raises:
            ValueError: it ended inside a frame, or before the end that the framing demands.

        """
        ...


#: Writes a frame with new data; with the data it has (or None), as it came. Raises ValueError for data that the framing
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
        """Whether a body that ended without a fault of the framing is a whole reply, no event having said so."""
        ...

    def parser(self) -> FrameParser:
        """Return the parser of one stream."""
        ...

    def encoder(self) -> FrameEncoder:
        """Return the encoder of one stream."""
        ...


def is_unchanged(frame: Frame, data: bytes | None) -> bool:
    """Whether a frame goes on as the bytes it came from."""
    return bool(frame.raw) and (data is None or data == frame.data)
