"""The system clock, the only one in production code."""

from __future__ import annotations

import time


class SystemClock:
    """Implements ``ports.Clock``."""

    def now(self) -> float:
        """Unix seconds."""
        return time.time_ns() / 1_000_000_000

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()
