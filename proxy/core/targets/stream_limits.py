"""Limits of a streamed reply: duration, bytes, events of its framing, and silence."""

from __future__ import annotations

from dataclasses import dataclass

#: Keep-alives in a row without an event between them.
KEEP_ALIVES = 1_000


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """The limits of one streamed reply of a target."""

    seconds: float = 600.0
    bytes: int = 64 << 20
    events: int = 100_000
    silence_s: float = 120.0

    def exceeded(self, size: int, events: int, keep_alives: int) -> str:
        """Return the limit that a stream of so many bytes and events exceeds, "" for none.

        ``keep_alives`` counts those since the last event.
        """
        if size > self.bytes:
            return "bytes"
        if events > self.events:
            return "events"
        return "keep-alives" if keep_alives > KEEP_ALIVES else ""


#: The default limits.
USUAL = StreamLimits()
