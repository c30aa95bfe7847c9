"""Growth: what work costs at 1, 10 and 20 times as much of something, in CPU time of this process.

Linear work costs at most ten times and twice as much; quadratic work 100 times and four times. What lies between is
room for noise: caches, a neighbour on the same core. Work that seems to grow faster is measured again before it fails.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence

SIZES = (1, 10, 20)
_ROOM = 1.6  # times of the linear cost
_ATTEMPTS = 6
_LEAST_S = 0.001  # a shorter time is mostly what does not grow

#: Returns what is to be measured for so many times as much.
Prepare = Callable[[int], Callable[[], object]]


def check_linear(prepare: Prepare) -> None:
    """Check that work grows at most linearly."""
    works = [prepare(times) for times in SIZES]
    works[0]()  # what is loaded at first
    costs, excess = [float("inf")] * len(SIZES), ""
    for _ in range(_ATTEMPTS):
        costs = [min(cost, _cpu(work)) for cost, work in zip(costs, works, strict=True)]
        if not (excess := _excess(costs)):
            return
    raise AssertionError(excess)


def _cpu(work: Callable[[], object]) -> float:
    """Return the CPU time of all threads of this process, without the collection of garbage, seconds."""
    gc.disable()
    try:
        began = time.process_time()
        work()
        return time.process_time() - began
    finally:
        gc.enable()


def _excess(costs: Sequence[float]) -> str:
    """Return what grows faster than its size, "" for nothing."""
    base, *_, before, last = [max(cost, _LEAST_S) for cost in costs]
    linear = last <= base * SIZES[-1] * _ROOM and last <= before * SIZES[-1] / SIZES[-2] * _ROOM
    shown = ", ".join(f"{times}x {cost * 1e3:.2f} ms" for times, cost in zip(SIZES, costs, strict=True))
    return "" if linear else f"grows faster than linearly: {shown}"
