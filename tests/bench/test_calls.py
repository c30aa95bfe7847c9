"""What a known request costs in calls: the same on every machine, so it may only fall."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from bench.calls import counted

PYTHON, C = 920, 816  # six in C of them pack three records


def test_a_known_request_makes_few_calls():
    with ThreadPoolExecutor(1) as pool:  # profiled steps are slow, and nobody's
        python, others = pool.submit(counted).result()
    assert python.total() <= PYTHON
    assert others.total() <= C
