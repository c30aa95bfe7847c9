"""What a known request costs in calls: the same on every machine, so it may only fall."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from bench.calls import FEWER, MORE, counted, counted_per_message

PYTHON, C = 909, 814  # six in C of them pack three records
PYTHON_PER_MESSAGE, C_PER_MESSAGE = 16, 68


def test_a_known_request_makes_few_calls():
    with ThreadPoolExecutor(1) as pool:  # profiled steps are slow, and nobody's
        python, others = pool.submit(counted).result()
    assert python.total() <= PYTHON
    assert others.total() <= C


def test_a_known_message_of_a_conversation_makes_few_calls():
    with ThreadPoolExecutor(1) as pool:
        python, others = pool.submit(counted_per_message).result()
    assert python.total() <= PYTHON_PER_MESSAGE * (MORE - FEWER)
    assert others.total() <= C_PER_MESSAGE * (MORE - FEWER)
