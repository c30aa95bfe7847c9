"""Limits of an event stream: duration, bytes, events, and silence, which comments do not interrupt."""

from __future__ import annotations

from dataclasses import dataclass

_EVENT, _COMMENT = b"\ndata", b"\n:"
#: Comments in a row without an event between them.
COMMENTS = 1_000


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """The limits of one streamed reply of a target."""

    seconds: float = 600.0
    bytes: int = 64 << 20
    events: int = 100_000
    silence_s: float = 120.0


#: The default limits.
USUAL = StreamLimits()


class StreamMeter:
    """Counts a stream in any chunking."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._tail = b"\n"
        self._bytes = self._events = self._comments = 0

    def count(self, chunk: bytes) -> bool:
        """Count a chunk and return whether it brought an event."""
        text = self._tail + chunk.replace(b"\r", b"\n")
        events = text.count(_EVENT)
        self._bytes += len(chunk)
        self._events += events
        comments = text.count(_COMMENT) - self._tail.count(_COMMENT)
        self._comments = 0 if events else self._comments + comments
        self._tail = text[1 - len(_EVENT) :]
        return events > 0

    def exceeded(self) -> str:
        """Return the limit that the stream has exceeded, "" for none."""
        if self._bytes > self._limits.bytes:
            return "bytes"
        if self._events > self._limits.events:
            return "events"
        return "comments" if self._comments > COMMENTS else ""
