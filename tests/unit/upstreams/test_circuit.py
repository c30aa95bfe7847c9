from __future__ import annotations

import pytest

from proxy.core.routing.routing import Sender
from proxy.upstreams.circuit import FAILURES_TO_OPEN, OPEN_S, Circuits, Failure
from testing.fakes import FixedClock

ANN, BOB = Sender("ann"), Sender("bob")
PICTURES = Sender("ann", frozenset({"image"}))


def fail(circuits, sender, failure, times=FAILURES_TO_OPEN, target="a"):
    for _ in range(times):
        circuits.failed(target, sender, failure)


def test_targets_have_circuits_of_their_own():
    circuits = Circuits(FixedClock())
    for _ in range(FAILURES_TO_OPEN):
        assert circuits.closed("a", ANN)
        circuits.failed("a", ANN, Failure.UNREACHABLE)
    assert (circuits.closed("a", ANN), circuits.closed("b", ANN)) == (False, True)
    assert circuits.down() == {"a"}


@pytest.mark.parametrize("status", [500, 503, 599])
def test_what_fails_for_one_tenant_leaves_the_target_to_others(status):
    circuits = Circuits(FixedClock())
    for _ in range(10 * FAILURES_TO_OPEN):
        circuits.answered("a", ANN, status)
    assert (circuits.closed("a", ANN), circuits.closed("a", BOB)) == (False, True)
    assert circuits.down() == frozenset()


@pytest.mark.parametrize(("sender", "status"), [(ANN, 404), (ANN, 405), (ANN, 501), (PICTURES, 500)])
def test_what_a_target_does_not_serve_is_no_failure(sender, status):
    circuits = Circuits(FixedClock())
    for _ in range(10 * FAILURES_TO_OPEN):
        circuits.answered("a", sender, status)
    assert (circuits.closed("a", sender), circuits.down()) == (True, frozenset())


def test_what_fails_in_one_dialect_leaves_the_target_to_another():
    circuits = Circuits(FixedClock())
    fail(circuits, Sender("ann", dialect="x"), Failure.REQUEST)
    assert circuits.closed("a", Sender("ann", dialect="y"))


def test_what_fails_over_an_input_leaves_the_target_to_other_requests_of_the_tenant():
    circuits = Circuits(FixedClock())
    fail(circuits, PICTURES, Failure.REQUEST)
    assert (circuits.closed("a", PICTURES), circuits.closed("a", ANN)) == (False, True)


def test_a_target_that_is_away_for_two_tenants_is_down_for_all():
    circuits = Circuits(FixedClock())
    fail(circuits, ANN, Failure.AWAY, 2)
    assert circuits.closed("a", Sender("cid"))
    circuits.answered("a", BOB, 529)
    assert not circuits.closed("a", Sender("cid"))


def test_a_target_that_cannot_be_reached_is_down_for_all():
    circuits = Circuits(FixedClock())
    fail(circuits, ANN, Failure.UNREACHABLE)
    assert not circuits.closed("a", BOB)


def test_any_answer_shows_that_the_target_is_there():
    circuits = Circuits(FixedClock())
    fail(circuits, ANN, Failure.UNREACHABLE)
    circuits.answered("a", BOB, 500)
    assert circuits.closed("a", BOB)
    fail(circuits, ANN, Failure.UNREACHABLE)
    circuits.answered("a", BOB, 200)
    assert circuits.closed("a", BOB)


def test_time_lets_a_trial_through_and_success_closes():
    clock = FixedClock()
    circuits = Circuits(clock)
    fail(circuits, ANN, Failure.REQUEST)
    clock.seconds += OPEN_S - 0.25
    assert not circuits.closed("a", ANN)
    assert circuits.wait("a", ANN) == 0.25
    clock.seconds += 0.25
    assert circuits.closed("a", ANN)
    circuits.failed("a", ANN, Failure.REQUEST)
    assert not circuits.closed("a", ANN)
    circuits.answered("a", ANN, 200)
    assert circuits.closed("a", ANN)
    circuits.failed("a", ANN, Failure.REQUEST)
    assert circuits.closed("a", ANN)


def test_a_probe_counts_for_everybody_and_says_nothing_of_a_senders_requests():
    circuits = Circuits(FixedClock())
    fail(circuits, BOB, Failure.REQUEST)
    for _ in range(FAILURES_TO_OPEN):
        assert circuits.closed("a", ANN)
        circuits.probed("a", up=False)
    assert (circuits.closed("a", ANN), circuits.down()) == (False, {"a"})
    circuits.probed("a", up=True)
    assert (circuits.closed("a", ANN), circuits.closed("a", BOB), circuits.down()) == (True, False, frozenset())


def test_refusals_do_not_count():
    circuits = Circuits(FixedClock())
    for status in (400, 404, 413, 415, 422, 429):
        circuits.answered("a", ANN, status)
    assert circuits.closed("a", ANN)


@pytest.mark.parametrize("failure", list(Failure))
def test_one_trial_at_a_time(failure):
    clock = FixedClock()
    circuits = Circuits(clock)
    fail(circuits, ANN, failure)
    clock.seconds += OPEN_S
    assert circuits.closed("a", ANN)
    assert [circuits.admits("a", ANN) for _ in range(20)] == [True] + [False] * 19
    assert not circuits.closed("a", ANN)
    clock.seconds += OPEN_S  # the trial hangs: another may be made
    assert circuits.closed("a", ANN)
    assert circuits.admits("a", ANN)
    circuits.answered("a", ANN, 200)
    assert circuits.closed("a", ANN)
    assert all(circuits.admits(name, ANN) for name in ("a", "a", "unknown", "unknown"))


def test_a_tenant_that_goes_on_failing_does_not_keep_the_target_from_others():
    clock = FixedClock()
    circuits = Circuits(clock)
    circuits.failed("a", BOB, Failure.AWAY)
    fail(circuits, ANN, Failure.AWAY)
    assert not circuits.closed("a", BOB)
    for _ in range(4):
        clock.seconds += OPEN_S
        circuits.admits("a", ANN)
        circuits.failed("a", ANN, Failure.AWAY)
    assert (circuits.closed("a", ANN), circuits.closed("a", BOB), circuits.down()) == (False, True, frozenset())


def test_a_request_that_fails_in_a_target_shows_that_it_can_be_reached():
    circuits = Circuits(FixedClock())
    fail(circuits, BOB, Failure.UNREACHABLE)
    circuits.failed("a", ANN, Failure.AWAY)
    assert circuits.closed("a", Sender("cid"))


def test_without_a_token_a_target_is_down_for_everyone_at_once():
    clock = FixedClock()
    circuits = Circuits(clock)
    for _ in range(10):
        circuits.no_token("a")
    assert (circuits.closed("a", ANN), circuits.down(), circuits.wait("a", BOB)) == (False, {"a"}, OPEN_S)
    clock.seconds += OPEN_S
    assert [circuits.admits("a", sender) for sender in (ANN, BOB, PICTURES)] == [True, False, False]
    circuits.answered("a", ANN, 200)
    assert (circuits.closed("a", BOB), circuits.down()) == (True, frozenset())
