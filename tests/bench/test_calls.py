"""What a known request costs in calls: the same on every machine, so it may only fall."""

from __future__ import annotations

from bench.calls import counted

PYTHON, C = 996, 822


def test_a_known_request_makes_few_calls():
    python, others = counted()
    assert python.total() <= PYTHON
    assert others.total() <= C
