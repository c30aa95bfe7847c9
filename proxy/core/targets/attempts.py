"""How often a failed target is tried again, and how long a stream of it may last.

Policy decides on each retry, and every attempt is recorded. A streamed reply has limits of duration, bytes, events of
its framing, and silence.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from proxy.errors import UpstreamError


@dataclass(frozen=True, slots=True)
class Retry:
    """Retries of one request at a target: their number, the total wait and, about, the first wait ``base_s``."""

    attempts: int = 0
    within_s: float = 10.0
    base_s: float = 0.5

    def wait(self, failures: int, waited_s: float, fault: UpstreamError, draw: Callable[[], float]) -> float | None:
        """Return the seconds to wait before a retry, None for no retry.

        ``failures`` is their number at this target in this request, ``waited_s`` the request's total wait so far.
        ``draw`` returns a number from 0 to 1 for jitter, so that callers who failed together do not return together.
        Retry-After is the minimum; a wait beyond the total is not begun.
        """
        if not fault.again or failures > self.attempts:
            return None
        longest = self.base_s * 2 ** (failures - 1)
        wait = fault.retry_after_s + draw() * longest if fault.retry_after_s else (1 + draw()) / 2 * longest
        return wait if waited_s + wait <= self.within_s else None


NEVER = Retry()


def _chance() -> float:
    return secrets.randbelow(1 << 32) / (1 << 32)


@dataclass(slots=True)
class Waits:
    """One request's failures by target, and its total wait."""

    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def next(self, target: str, retry: Retry, fault: UpstreamError) -> float | None:
        """Count a failure and return the seconds to wait before a retry, None for no retry."""
        self.failures[target] += 1
        return retry.wait(self.failures[target], self.seconds, fault, _chance)


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
