"""The system clock, the only one in production code, and how documents write its time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache


class SystemClock:
    """Implements ``ports.Clock``."""

    def now(self) -> float:
        """Unix seconds."""
        return time.time_ns() / 1_000_000_000

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()


def timestamp(now: float) -> str:
    """Return Unix seconds as RFC 3339 in UTC, whole seconds ("2026-11-24T10:00:00Z")."""
    return _second(int(now // 1))


@lru_cache(maxsize=64)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
