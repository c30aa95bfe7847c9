"""Admission by measured speed, over any history of fast, slow and idle stretches."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.detection.pool.pace import ALWAYS, Pace
from proxy.detection.pool.pool import PoolLimits, WorkerPool
from proxy.errors import DetectionBusyError, TooMuchTextError

#: An agent's first turn, and the seconds that it may take.
AGENTS, WITHIN_S = 80_000, 9.0
#: Kind of a stretch -> cost and seconds of each load, number of loads, idle seconds after them.
STRETCHES = {
    "fast": (2_000, 0.05, 40, 0.0),
    "slow": (2_000, 4.0, 40, 0.0),
    "trickle of short texts": (90, 0.05, 40, 0.0),
    "idle": (0, 0.0, 0, 120.0),
    "pause": (0, 0.0, 0, 3.0),
}


@dataclass
class Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def pool_after(names, workers=1):
    """Return a pool behind these stretches with nothing waiting, and its clock."""
    clock, pool = Clock(), WorkerPool(PoolLimits(workers=workers))
    pool.pace = Pace(workers, clock)
    for name in names:
        amount, seconds, loads, idle = STRETCHES[name]
        for _ in range(loads):
            pool.pace.queued("a", amount)
            clock.seconds += seconds
            pool.pace.queued("a", -amount)
            pool.pace.measured(amount, seconds)
        clock.seconds += idle
    return pool, clock


histories = st.lists(st.sampled_from(sorted(STRETCHES)), max_size=12)


@given(histories, st.integers(1, 4), st.integers(1, 400_000))
def test_an_idle_queue_admits_whatever_was_slow_before(names, workers, amount):
    pool, _ = pool_after(names, workers)
    if amount > pool.pace.most(WITHIN_S):
        with pytest.raises(TooMuchTextError, match="even when nothing else waits"):
            pool.admit("a", amount, WITHIN_S)
    else:
        pool.admit("a", amount, WITHIN_S)


@given(histories)
def test_estimates_recover_while_nothing_is_read(names):
    fresh, (pool, clock) = Pace(1), pool_after(names)
    clock.seconds += 120
    assert pool.pace.speed >= 0.95 * fresh.speed
    assert pool.pace.most(WITHIN_S) >= 0.95 * fresh.most(WITHIN_S)


@given(histories)
def test_estimates_between_two_measurements_move_towards_the_expected_speed_only(names):
    pool, clock = pool_after(names)
    expected, speeds = Pace(1).speed, []
    for _ in range(5):
        speeds.append(round(abs(pool.pace.speed - expected), 6))
        clock.seconds += 7
    assert speeds == sorted(speeds, reverse=True)


def test_one_slow_turn_keeps_no_agent_out():
    pool, _ = pool_after(["slow", "pause"])
    for _ in range(14):
        pool.admit("a", AGENTS, WITHIN_S)


def test_short_texts_do_not_make_a_long_one_wait_for_an_end_that_never_comes():
    """A trickle of another tenant keeps the queue from ever being idle, and measures little but fixed costs."""
    pool, _ = pool_after(["trickle of short texts"] * 10)
    pool.pace.queued("b", 90)
    pool.admit("a", AGENTS, WITHIN_S)


def test_a_long_queue_refuses_until_it_is_read():
    pool, _ = pool_after(["slow"])
    pool.pace.queued("a", 100_000)
    with pytest.raises(DetectionBusyError):
        pool.admit("a", AGENTS, WITHIN_S)
    pool.admit("b", ALWAYS, WITHIN_S)
    pool.pace.queued("a", -100_000)
    pool.admit("a", AGENTS, WITHIN_S)


def test_a_machine_that_is_slow_now_is_believed():
    pool, _ = pool_after(["slow"])
    assert pool.pace.speed < 1_000
