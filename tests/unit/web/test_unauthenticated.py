"""What anybody can send costs a count; what is recorded of it is bounded and its sums are exact."""

from __future__ import annotations

import pytest

from proxy.web.unauthenticated import Unauthenticated
from testing.fakes import FixedClock

PATHS = ("/v1/chat/completions", "unknown")


class Events:
    def __init__(self):
        self.taken, self.full = [], False

    def event(self, name, facts):
        if not self.full:
            self.taken.append((name, facts))
        return not self.full


@pytest.fixture
def events():
    return Events()


@pytest.fixture
def clock():
    return FixedClock()


@pytest.fixture
def counts(clock, events):
    return Unauthenticated(clock, events)


def flood(counts, times):
    for number in range(times):
        counts.note(PATHS[number % 2], presented=number % 4 < 2)


def test_one_event_a_minute_per_path_and_kind(counts, clock, events):
    for _ in range(120):
        flood(counts, 40)
        counts.record()
        clock.seconds += 1
    counts.record(everything=True)
    assert len(events.taken) == 3 * 4  # two minutes begin, and the end
    assert sum(facts["count"] for _, facts in events.taken) == 120 * 40


def test_the_first_of_a_quiet_minute_is_recorded_at_once(counts, clock, events):
    counts.note("unknown", presented=True)
    counts.record()
    assert events.taken == [
        ("authentication_failed", {"path": "unknown", "presented": True, "count": 1, "since": int(clock.seconds)})
    ]
    counts.record(everything=True)
    assert len(events.taken) == 1


def test_what_the_log_does_not_take_is_counted_on(counts, clock, events):
    counts.note("unknown", presented=False)
    events.full = True
    counts.record()
    counts.note("unknown", presented=False)
    events.full = False
    clock.seconds += 1
    counts.record()
    [(_, facts)] = events.taken
    assert (facts["count"], facts["since"]) == (2, int(clock.seconds - 1))
