from __future__ import annotations

from proxy.web.monitors import RateLimit
from testing.evidence import FixedClock


def test_so_many_at_once_and_then_so_many_a_second():
    clock = FixedClock()
    limit = RateLimit(clock)
    assert [limit.take() for _ in range(101)] == [True] * 100 + [False]
    clock.seconds += 0.5
    assert [limit.take() for _ in range(11)] == [True] * 10 + [False]
    clock.seconds += 3600
    assert sum(limit.take() for _ in range(200)) == 100
