from __future__ import annotations

from datetime import UTC, datetime

from proxy.runtime.clock import SystemClock


def test_clock_tells_unix_seconds_and_never_goes_back():
    clock = SystemClock()
    assert abs(clock.now() - datetime.now(UTC).timestamp()) < 5
    assert clock.monotonic() <= clock.monotonic()
