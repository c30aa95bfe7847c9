from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace

import pytest

from proxy.core.records import Decision, Grant
from proxy.policy.decision.cache import CachedDecisionPoint, refreshed
from proxy.policy.faults import PolicyFaultError

DAY = 1_795_564_800.0  # 2026-11-25T00:00:00Z


@dataclass
class FixedClock:
    seconds: float = 100.0

    def now(self):
        return DAY + self.seconds

    def monotonic(self):
        return self.seconds


class FakePoint:
    """Counts calls; answers with the revision of the moment, after ``gate`` when there is one."""

    def __init__(self):
        self.calls = 0
        self.revision = "r1"
        self.fault = None
        self.gate = None

    async def decide(self, facts, exchange, now):
        self.calls += 1
        number, revision = self.calls, self.revision
        if self.gate is not None:
            await self.gate.wait()
        if self.fault is not None:
            raise PolicyFaultError(self.fault)
        policy = {"bundle": "b", "revision": revision, "data_revision": "d"}
        document = {"decision_id": f"d{number}", "request_id": exchange, "policy": policy}
        return Decision(f"d{number}", True, "forward", "a", (), (), 200, "b", revision, "d", "opa/1", document=document)


@pytest.fixture
def clock():
    return FixedClock()


@pytest.fixture
def inner():
    return FakePoint()


@pytest.fixture
def make(inner, clock):
    return lambda size=10, ttl=60.0, dates=(): CachedDecisionPoint(inner, size, ttl, dates, clock)


async def test_hit_costs_no_call_and_is_this_requests_own(make, inner, facts):
    cache = make()
    first = await cache.decide(facts(), "r1", DAY)
    second = await cache.decide(facts(), "r2", DAY + 1)
    assert inner.calls == 1
    assert (first.cached, second.cached) == (False, True)
    assert second.id != first.id
    assert second.document["decision_id"] == second.id
    assert second.document["request_id"] == "r2"
    assert second.document["time"] == "2026-11-25T00:00:01Z"
    assert second._replace(id="", cached=False, document={}, original=None) == first._replace(id="", document={})
    assert second.original is first


async def test_other_facts_are_asked(make, inner, facts):
    cache = make()
    await cache.decide(facts(), "r1", DAY)
    await cache.decide(facts(minor="yes"), "r2", DAY)
    assert inner.calls == 2


async def test_ttl_ends_a_decision(make, inner, clock, facts):
    cache = make(ttl=60)
    await cache.decide(facts(), "r1", DAY)
    clock.seconds += 59.9
    await cache.decide(facts(), "r2", DAY + 59.9)
    clock.seconds += 0.2
    await cache.decide(facts(), "r3", DAY + 60.1)
    assert inner.calls == 2


async def test_next_date_of_change_ends_a_decision(make, inner, facts):
    cache = make(dates=["2026-11-24", "2026-11-26", "2027-01-01"])
    await cache.decide(facts(), "r1", DAY + 86_399)
    await cache.decide(facts(), "r2", DAY + 86_399.9)
    assert inner.calls == 1
    await cache.decide(facts(), "r3", DAY + 86_400)
    assert inner.calls == 2


async def test_clock_set_back_asks_again(make, inner, facts):
    cache = make()
    await cache.decide(facts(), "r1", DAY + 100)
    await cache.decide(facts(), "r2", DAY + 50)
    assert inner.calls == 2


async def test_size_is_bounded_and_the_least_used_goes(make, inner, facts):
    cache = make(size=2)
    for language in ("en", "de", "en", "fr"):
        await cache.decide(facts(language=language), "r", DAY)
    assert len(cache) == 2
    assert inner.calls == 3
    await cache.decide(facts(language="en"), "r", DAY)
    assert inner.calls == 3
    await cache.decide(facts(language="de"), "r", DAY)
    assert inner.calls == 4


async def test_a_tenant_with_many_questions_puts_out_no_other_tenants(make, inner, facts):
    cache = make(size=100)
    quiet = [facts(tenant=tenant, language=language) for tenant in ("a", "b") for language in ("en", "de", "fr")]
    for one in quiet:
        await cache.decide(one, "r", DAY)
    for number in range(2_000):
        await cache.decide(facts(tenant="loud", activity=f"line {number}"), "r", DAY)
    asked = inner.calls
    for one in quiet:
        await cache.decide(one, "r", DAY)
    assert (inner.calls, len(cache)) == (asked, 100)


async def test_size_zero_keeps_nothing(make, inner, facts):
    cache = make(size=0)
    await cache.decide(facts(), "r1", DAY)
    await cache.decide(facts(), "r2", DAY)
    assert inner.calls == 2


async def test_fresh_decision_of_another_revision_empties_the_cache(make, inner, facts):
    cache = make()
    await cache.decide(facts(), "r1", DAY)
    inner.revision = "r2"
    await cache.decide(facts(minor="yes"), "r2", DAY)
    assert (await cache.decide(facts(), "r3", DAY)).revision == "r2"


async def test_noticed_revision_empties_the_cache_once(make, inner, facts):
    cache = make()
    await cache.decide(facts(), "r1", DAY)
    cache.notice("r1")
    cache.notice("")
    assert len(cache) == 1
    cache.notice("r2")
    assert len(cache) == 0


async def test_invalidate_takes_new_dates_of_change(make, inner, facts):
    cache = make()
    cache.invalidate("r1", ["2026-11-26"])
    await cache.decide(facts(), "r1", DAY + 86_399)
    await cache.decide(facts(), "r2", DAY + 86_400)
    assert inner.calls == 2


async def test_decision_in_flight_over_an_invalidation_is_not_kept(make, inner, facts):
    cache = make()
    inner.gate = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(cache.decide(facts(), "r1", DAY))
        await asyncio.sleep(0)
        cache.invalidate("r2")
        inner.gate.set()
    assert asking.result().revision == "r1"
    assert len(cache) == 0


async def test_concurrent_misses_ask_once(make, inner, facts):
    cache = make()
    inner.gate = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(cache.decide(facts(), f"r{n}", DAY)) for n in range(5)]
        await asyncio.sleep(0)
        inner.gate.set()
    decisions = [task.result() for task in asked]
    assert inner.calls == 1
    assert {decision.document["request_id"] for decision in decisions} == {f"r{n}" for n in range(5)}
    assert len({decision.id for decision in decisions}) == 5


async def test_error_reaches_all_who_wait_and_is_not_kept(make, inner, facts):
    cache = make()
    inner.gate, inner.fault = asyncio.Event(), "timeout"
    asked = [asyncio.ensure_future(cache.decide(facts(), f"r{n}", DAY)) for n in range(3)]
    await asyncio.sleep(0)
    inner.gate.set()
    ended = [await asyncio.wait({task}) and task.exception() for task in asked]
    assert [fault.reason for fault in ended] == ["timeout"] * 3
    inner.fault = None
    assert (await cache.decide(facts(), "r9", DAY)).permit


async def test_cancelled_asker_leaves_the_question_to_the_next(make, inner, facts):
    cache = make()
    inner.gate = asyncio.Event()
    first = asyncio.ensure_future(cache.decide(facts(), "r1", DAY))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(cache.decide(facts(), "r2", DAY))
    await asyncio.sleep(0)
    first.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await first
    inner.gate.set()
    assert (await second).permit
    assert inner.calls == 2


async def test_cancelled_waiter_does_not_disturb_the_asker(make, inner, facts):
    cache = make()
    inner.gate = asyncio.Event()
    first = asyncio.ensure_future(cache.decide(facts(), "r1", DAY))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(cache.decide(facts(), "r2", DAY))
    await asyncio.sleep(0)
    second.cancel()
    inner.gate.set()
    assert (await first).permit
    assert second.cancelled() or ((await asyncio.wait({second})) and second.cancelled())


async def test_watch_notices_the_engines_revision(make, inner, facts):
    class Revisions:
        async def revision(self):
            return "r2"

    cache = make()
    await cache.decide(facts(), "r1", DAY)
    watching = asyncio.ensure_future(cache.watch(Revisions()))
    await asyncio.sleep(0.01)
    watching.cancel()
    assert len(cache) == 0


async def test_refreshed_leaves_the_kept_decision_alone(inner, facts):
    kept = await inner.decide(facts(), "r1", DAY)
    refreshed(kept, "r2", DAY)
    assert kept.document["request_id"] == "r1"


async def test_a_decision_does_not_outlive_the_grant_it_was_made_with(make, inner, facts):
    cache = make(ttl=7200.0)
    granted = facts(grant=Grant("bg_aaaaaaaaaaaa", "T-1", "bob", mfa=True, role_ok=True, expires=int(DAY) + 60))
    for now, calls in ((DAY, 1), (DAY + 59.9, 1), (DAY + 60, 2), (DAY + 61, 3)):
        await cache.decide(granted, "r", now)
        assert inner.calls == calls


async def test_grants_and_no_grant_share_no_decision(make, inner, facts):
    cache = make()
    grant = Grant("bg_aaaaaaaaaaaa", "T-1", "bob", mfa=True, role_ok=True, expires=int(DAY) + 60)
    for given in (None, grant, replace(grant, id="bg_bbbbbbbbbbbb")):
        await cache.decide(facts(grant=given), "r", DAY)
    assert inner.calls == 3
