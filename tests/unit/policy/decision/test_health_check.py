from __future__ import annotations

import pytest

from proxy.policy.decision.health_check import SELF_TEST, HealthCheck
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
    health = HealthCheck(engine.ask)
    assert [await health.is_healthy() for _ in range(3)] == [True, True, True]
    assert engine.asked == [SELF_TEST]
    engine.fails = lambda _: True
    assert await HealthCheck(engine.ask).is_healthy() is False


async def test_decisions_that_fail_in_a_row_end_it_until_the_last_question_is_decided(engine):
    health = HealthCheck(engine.ask)
    engine.fails = lambda document: document is QUESTION
    for _ in range(3):
        health.failed(QUESTION)
    assert [await health.is_healthy() for _ in range(2)] == [False, False]
    assert engine.asked == [QUESTION, QUESTION]
    engine.fails = lambda _: False
    assert await health.is_healthy() is True
    assert await health.is_healthy() is True
    assert len(engine.asked) == 3


async def test_one_callers_question_ends_nothing_while_others_get_decisions(engine):
    health = HealthCheck(engine.ask)
    for _ in range(5):
        health.failed(QUESTION)
        health.succeeded()
        health.failed(QUESTION)
    health.succeeded()
    assert await health.is_healthy() is True
