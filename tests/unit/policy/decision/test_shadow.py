from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from proxy.core.decision.facts import any_response_facts, response_facts
from proxy.core.records import Decision, Obligation, TargetVerdict
from proxy.policy.authoring.compare import Comparison, Recorded, judged
from proxy.policy.decision.shadow import SHADOWED, ShadowDifference, ShadowedDecisionPoint, answers, event
from proxy.policy.faults import PolicyFaultError

VERDICT = TargetVerdict("a", True, 0, (), (Obligation("o", "redact", entities=("PERSON",)),))
LIVE = Decision("d", True, "forward", "a", (VERDICT,), (), 200, "b", "r1", "d", "opa/1", document={"reasons": ["x"]})


class FakePoint:
    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    async def decide(self, facts, exchange, now):
        self.asked.append(exchange)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def count(result):
    return SHADOWED.labels(result)._value.get()


async def settle(shadowed):
    running = asyncio.ensure_future(shadowed.run())
    await shadowed.drained()
    running.cancel()
    await asyncio.wait({running})


@pytest.fixture
def recorded():
    return []


@pytest.fixture
def make(recorded):
    async def on_difference(found):
        recorded.append((found.live, found.shadow, found.exchange))

    return lambda live, candidate, **options: ShadowedDecisionPoint(live, candidate, on_difference, **options)


async def test_what_is_asked_of_a_reply_that_nobody_has_read_is_not_compared(make, recorded, facts):
    candidate = FakePoint(LIVE._replace(action="block", permit=False))
    shadowed = make(FakePoint(LIVE), candidate)
    anything = any_response_facts(facts(), "a", frozenset({"PERSON"}))
    assert await shadowed.decide(anything, "req", 1.0) is LIVE
    await shadowed.decide(response_facts(facts(), "a", ()), "req", 1.0)
    await settle(shadowed)
    assert (candidate.asked, len(recorded)) == (["req"], 1)


async def test_difference_is_recorded_with_both_and_the_live_one_answers(make, recorded, facts):
    other = LIVE._replace(selected=None, permit=False, action="block", http_status=403, revision="r2")
    shadowed = make(FakePoint(LIVE), FakePoint(other))
    assert await shadowed.decide(facts(), "req", 1.0) is LIVE
    assert recorded == []
    await settle(shadowed)
    assert recorded == [(LIVE, other, "req")]


async def test_same_answer_is_not_recorded(make, recorded, facts):
    shadowed = make(FakePoint(LIVE), FakePoint(LIVE._replace(id="x", revision="r2", document={"reasons": ["y"]})))
    await shadowed.decide(facts(), "req", 1.0)
    await settle(shadowed)
    assert recorded == []


async def test_failing_candidate_is_counted_and_disturbs_nothing(make, recorded, facts):
    before = count("failed")
    shadowed = make(FakePoint(LIVE), FakePoint(PolicyFaultError("undefined")))
    assert (await shadowed.decide(facts(), "req", 1.0)).permit
    await settle(shadowed)
    assert (recorded, count("failed")) == ([], before + 1)


async def test_failing_live_point_asks_no_candidate(make, facts):
    candidate = FakePoint(LIVE)
    shadowed = make(FakePoint(PolicyFaultError("timeout")), candidate)
    with pytest.raises(PolicyFaultError):
        await shadowed.decide(facts(), "req", 1.0)
    await settle(shadowed)
    assert candidate.asked == []


async def test_full_queue_drops_and_counts(make, facts):
    before = count("dropped")
    candidate = FakePoint(LIVE)
    shadowed = make(FakePoint(LIVE), candidate, waiting=2)
    for number in range(5):
        await shadowed.decide(facts(), f"r{number}", 1.0)
    assert count("dropped") == before + 3
    await settle(shadowed)
    assert candidate.asked == ["r0", "r1"]


async def test_difference_that_cannot_be_recorded_does_not_end_the_shadow(facts):
    async def fail(found):
        raise OSError

    before = count("unrecorded")
    shadowed = ShadowedDecisionPoint(FakePoint(LIVE), FakePoint(LIVE._replace(action="pin_local")), fail)
    await shadowed.decide(facts(), "r1", 1.0)
    await shadowed.decide(facts(), "r2", 1.0)
    await settle(shadowed)
    assert count("unrecorded") == before + 2


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "pin_local"},
        {"selected": None},
        {"http_status": 503},
        {"block_codes": ("NO_DPA",)},
        {"targets": (replace(VERDICT, permit=False, denials=("NO_DPA",)),)},
        {"targets": (replace(VERDICT, rank=1), replace(VERDICT, target="b", rank=0))},
        {"targets": (replace(VERDICT, obligations=(replace(VERDICT.obligations[0], type="mask"),)),)},
        {"targets": (replace(VERDICT, obligations=(replace(VERDICT.obligations[0], entities=("AGE",)),)),)},
        {"targets": (replace(VERDICT, obligations=(replace(VERDICT.obligations[0], params={"n": 1}),)),)},
        {"targets": (replace(VERDICT, obligations=(replace(VERDICT.obligations[0], method="hmac"),)),)},
        {"targets": (replace(VERDICT, obligations=(replace(VERDICT.obligations[0], when="after_response"),)),)},
    ],
)
def test_every_kind_of_difference_is_recorded_and_shown(changes, facts):
    shadow = LIVE._replace(**changes)
    assert answers(shadow) != answers(LIVE)
    written = event(ShadowDifference(facts(), "req", LIVE, shadow))
    comparison, question = Comparison(), {"tenant": {"id": "t"}, "activity": {"id": "a"}}
    comparison.add(judged(Recorded(question), written["live"], written["shadow"]))
    assert len(comparison.groups()) == 1
