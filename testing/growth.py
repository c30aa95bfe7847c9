"""Growth: what work costs at 1, 10 and 20 times as much of something, in CPU time of this process.

Linear work costs 20 times as much at 20 times the size and twice as much at twice the size; quadratic work 400 times
and four times. What lies between is room for noise: caches that hold the small size alone, a neighbour on the same core.
Work that seems to grow faster is measured again, then at twice the sizes: memory that a process asks for anew from some
size on costs once what does not grow.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import gc
import resource
from collections.abc import Callable, Sequence

from proxy.core.findings import SegmentFindings
from proxy.detection.cache import FindingCache
from proxy.detection.detector import PooledDetector
from testing.fakes import FakeDetector
from testing.loop_steps import Steps, slowness, watched

SIZES = (1, 10, 20)
_LARGER = tuple(2 * times for times in SIZES)
#: The longest step of an event loop, seconds of CPU on a quiet machine of the kind that CI has.
LONGEST_STEP_S = 0.005
_ROOM = 4.0  # times of the linear cost, of the smallest size
_ROOM_DOUBLED = 1.6  # times of the linear cost, of half the size
_ATTEMPTS = 6
_LEAST_S = 0.001  # a shorter time is mostly what does not grow

#: Returns what is to be measured for so many times as much.
Prepare = Callable[[int], Callable[[], object]]


def check_linear(prepare: Prepare) -> None:
    """Check that work grows at most linearly."""
    excess = _excess(prepare, SIZES)
    if excess and (again := _excess(prepare, _LARGER)):
        raise AssertionError(f"grows faster than linearly: {excess}; {again}")


def check_served(prepare: Prepare) -> None:
    """Check that serving requests grows at most linearly, without a long step of the event loop."""
    check_linear(prepare)
    largest, steps = prepare(SIZES[-1]), Steps()
    for _ in range(_ATTEMPTS):
        steps.reset()
        with watched(steps):
            largest()
        if steps.worst <= LONGEST_STEP_S * slowness():
            return
    raise AssertionError(f"a step of {steps.worst * 1e3:.1f} ms: {steps.what}\n{steps.where}")


def _cpu(work: Callable[[], object]) -> float:
    """Return the CPU time of all threads of this process, without the collection of garbage, seconds."""
    gc.disable()
    try:
        began = _used()
        work()
        return _used() - began
    finally:
        gc.enable()


def _used() -> float:
    """Return what ``time.process_time`` returns, which stands still between the ticks of ``loop_steps``."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _excess(prepare: Prepare, sizes: Sequence[int]) -> str:
    """Return the costs of work that grows faster than its size, "" for other work."""
    works = [prepare(times) for times in sizes]
    works[0]()  # what is loaded at first
    costs = [float("inf")] * len(sizes)
    for _ in range(_ATTEMPTS):
        costs = [min(cost, _cpu(work)) for cost, work in zip(costs, works, strict=True)]
        if _is_linear(costs):
            return ""
    return ", ".join(f"{times}x {cost * 1e3:.2f} ms" for times, cost in zip(sizes, costs, strict=True))


def _is_linear(costs: Sequence[float]) -> bool:
    base, *_, before, last = [max(cost, _LEAST_S) for cost in costs]
    return last <= base * SIZES[-1] * _ROOM and last <= before * SIZES[-1] / SIZES[-2] * _ROOM_DOUBLED


class _Workers:
    """Stands where the worker processes stand."""

    def admit(self, tenant: str, amount: int, within_s: float) -> None:
        """Admit everything."""

    async def run(self, batches: Sequence[Sequence[str]], deadline_s: float, tenant: str) -> list[object]:
        scan = FakeDetector().scan
        return await asyncio.to_thread(
            lambda: [tuple(SegmentFindings(scan(text)) for text in batch) for batch in batches]
        )


def detector() -> PooledDetector:
    """Return the real detector, with its patterns, over workers that find what ``FakeDetector`` finds."""
    made = copy.copy(_detector())
    made.cache = FindingCache(64 << 20, b"k" * 32)
    return made


@functools.cache
def _detector() -> PooledDetector:
    made = PooledDetector(1, 60.0, 64, 0, b"")
    made.pool = _Workers()  # type: ignore[assignment]
    return made
