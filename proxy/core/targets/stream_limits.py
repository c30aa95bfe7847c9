"""How much an event stream may be: seconds, bytes, events, and silence, which comments do not break."""

from __future__ import annotations

from dataclasses import dataclass

_EVENT, _COMMENT = b"\ndata", b"\n:"
#: Comments in a row without an event between them.
COMMENTS = 1_000


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """What one streamed reply of a target may come to."""

    seconds: float = 600.0
    bytes: int = 64 << 20
    events: int = 100_000
    silence_s: float = 120.0


#: The limits of a target that has none of its own.
USUAL = StreamLimits()


class StreamMeter:
    """Counts a stream in any chunking."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._tail = b"\n"
        self._bytes = self._events = self._comments = 0

    def count(self, chunk: bytes) -> bool:
        """Count a chunk; say whether an event came with it."""
        seen = self._tail + chunk.replace(b"\r", b"\n")
        events = seen.count(_EVENT)
        self._bytes += len(chunk)
        self._events += events
        comments = seen.count(_COMMENT) - self._tail.count(_COMMENT)
        self._comments = 0 if events else self._comments + comments
        self._tail = seen[1 - len(_EVENT) :]
        return events > 0

    def exceeded(self) -> str:
        """Return which limit the stream has passed, "" for none."""
        if self._bytes > self._limits.bytes:
            return "bytes"
        if self._events > self._limits.events:
            return "events"
        return "comments" if self._comments > COMMENTS else ""
