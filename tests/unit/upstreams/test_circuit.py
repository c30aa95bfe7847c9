from __future__ import annotations

from proxy.upstreams.circuit import FAILURES_TO_OPEN, OPEN_S, Circuits
from tests.fakes import FixedClock


def test_targets_have_circuits_of_their_own():
    circuits = Circuits(FixedClock())
    for _ in range(FAILURES_TO_OPEN):
        assert circuits.closed("a")
        circuits.failed("a")
    assert (circuits.closed("a"), circuits.closed("b")) == (False, True)


def test_time_lets_a_trial_through_and_success_closes():
    clock = FixedClock()
    circuits = Circuits(clock)
    for _ in range(FAILURES_TO_OPEN):
        circuits.failed("a")
    clock.seconds += OPEN_S - 0.1
    assert not circuits.closed("a")
    clock.seconds += 0.1
    assert circuits.closed("a")
    circuits.failed("a")
    assert not circuits.closed("a")
    circuits.answered("a", 200)
    assert circuits.closed("a")
    circuits.failed("a")
    assert circuits.closed("a")


def test_server_errors_count_refusals_do_not():
    circuits = Circuits(FixedClock())
    for status in (500, 502, 404, 500, 503, 599):
        circuits.answered("a", status)
    assert not circuits.closed("a")


def test_one_trial_at_a_time():
    clock = FixedClock()
    circuits = Circuits(clock)
    for _ in range(FAILURES_TO_OPEN):
        circuits.failed("a")
    clock.seconds += OPEN_S
    assert circuits.closed("a")
    circuits.tried("a")
    assert not circuits.closed("a")
    clock.seconds += OPEN_S  # the trial hangs: another may be made
    assert circuits.closed("a")
    circuits.tried("a")
    circuits.answered("a", 200)
    assert circuits.closed("a")
    circuits.tried("unknown")
    assert circuits.closed("unknown")
