from __future__ import annotations

import pytest

from proxy.policy.decision.pulse import SELF_TEST, Pulse
from proxy.policy.faults import PolicyFaultError

QUESTION = {"request_id": "r"}


class Engine:
    """Decides everything but what it is told to fail at."""

    def __init__(self):
        self.fails = lambda _: False
        self.asked = []

    async def ask(self, document):
        self.asked.append(document)
        if self.fails(document):
            raise PolicyFaultError("conflict")


@pytest.fixture
def engine():
    return Engine()


async def test_an_engine_without_traffic_is_asked_itself_and_rarely(engine):
    pulse = Pulse(engine.ask)
    assert [await pulse.beats() for _ in range(3)] == [True, True, True]
    assert engine.asked == [SELF_TEST]
    engine.fails = lambda _: True
    assert await Pulse(engine.ask).beats() is False


async def test_decisions_that_fail_in_a_row_end_it_until_the_last_question_is_decided(engine):
    pulse = Pulse(engine.ask)
    engine.fails = lambda document: document is QUESTION
    for _ in range(3):
        pulse.failed(QUESTION)
    assert [await pulse.beats() for _ in range(2)] == [False, False]
    assert engine.asked == [QUESTION, QUESTION]
    engine.fails = lambda _: False
    assert await pulse.beats() is True
    assert await pulse.beats() is True
    assert len(engine.asked) == 3


async def test_one_callers_question_ends_nothing_while_others_get_decisions(engine):
    pulse = Pulse(engine.ask)
    for _ in range(5):
        pulse.failed(QUESTION)
        pulse.succeeded()
        pulse.failed(QUESTION)
    pulse.succeeded()
    assert await pulse.beats() is True
