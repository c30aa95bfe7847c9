"""Detectors are counted by state, in states that are known."""

from __future__ import annotations

from proxy.detection.pool import metering


def test_states_that_nobody_is_in_are_nought_and_unknown_ones_are_other():
    metering.states({"ready": 2, "not a detector": 1})
    metering.states({"ready": 1, "not asked yet": 2})
    counts = {state: metering.DETECTORS.labels(state)._value.get() for state in metering.STATES}
    assert counts == {**dict.fromkeys(metering.STATES, 0), "ready": 1, "other": 2}
