"""Limits shared by processes over a real database: what all of them admit together is counted."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from proxy.core.limits import COST, MONTH, REQUESTS, TOKENS, Limit
from proxy.errors import LimitReachedError, LimitUnknownError
from proxy.registry.allowances import BUDGET_USED, LeasedAllowances
from testing.fakes import FixedClock

END_OF_THE_YEAR = 1_798_761_600.0  # 2026, UTC
NOON = 1_790_000_040.0  # forty seconds before the end of a minute


@pytest.fixture
async def replicas(fresh_dsn):
    clock = FixedClock(NOON)
    made = [LeasedAllowances(fresh_dsn, clock) for _ in range(3)]
    for one in made:
        await one.start()
    yield made, clock
    for one in made:
        await one.close()


def limit(most, unit=REQUESTS, per="minute", **more):
    return Limit("acme", unit, most, per, ("tenant",), **more)


async def admitted(replicas, clock, asked, *, most, rate=500, counter="acme"):
    """Return how many of so many requests, one after the other in turn, pass."""
    passed = 0
    for number in range(asked):
        clock.seconds += 1 / rate
        try:
            await replicas[number % len(replicas)].take(limit(most), counter, 1)
            passed += 1
        except LimitReachedError:
            pass
        if number % 25 == 0:
            await asyncio.sleep(0)
    return passed


async def leases(dsn):
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch("SELECT * FROM registry.allowance ORDER BY starts")
    finally:
        await connection.close()


@pytest.mark.parametrize("most", [40, 1000, 3000])
async def test_three_replicas_admit_a_limit_exact_to_a_percent(replicas, most):
    passed = await admitted(*replicas, 4500, most=most)
    assert most * 0.99 <= passed <= most


async def test_requests_at_once_are_limited_alike(replicas):
    made, _ = replicas

    async def one(number):
        try:
            await made[number % 3].take(limit(300), "acme", 1)
        except LimitReachedError:
            return 0
        return 1

    assert 297 <= sum(await asyncio.gather(*map(one, range(1200)))) <= 300


async def test_few_requests_ask_the_database(replicas):
    made, clock = replicas
    asked = [0]
    for one in made:
        fetched = one._fetched

        async def counting(*parts, fetched=fetched):
            asked[0] += 1
            return await fetched(*parts)

        one._fetched = counting
    assert await admitted(made, clock, 3000, most=30_000, rate=500) == 3000
    assert asked[0] < 150  # each for 20 requests and more


async def test_a_replica_that_dies_leaves_at_most_its_lease(replicas):
    made, clock = replicas
    assert await admitted(made, clock, 600, most=3000) == 600
    dead = made.pop(0)
    dead._buckets.clear()  # it gives nothing back
    passed = 600 + await admitted(made, clock, 3500, most=3000)
    assert 3000 * 0.99 <= passed <= 3000


async def test_what_a_replica_leaves_unused_is_anothers(replicas):
    made, clock = replicas
    for _ in range(3):
        await made[0].take(limit(10), "acme", 1)
    await made.pop(0).close()
    assert await admitted(made, clock, 12, most=10) == 7


@pytest.mark.parametrize("most", [1, 3, 40])
async def test_a_small_limit_is_admitted_whole_whichever_replica_is_asked(replicas, most):
    made, clock = replicas
    assert [await admitted([made[number % 3]], clock, 1, most=most) for number in range(most)] == [1] * most
    assert await admitted(made, clock, 6, most=most) == 0


async def test_after_a_large_request_what_is_left_is_for_smaller_ones(replicas):
    (allowances, *_), _clock = replicas
    tokens = limit(100, TOKENS, "day")
    allowances.settle(await allowances.take(tokens, "acme", 5), 70)
    small = await allowances.take(tokens, "acme", 1)
    assert small.amount == 30  # all that is left, as requests use 70
    with pytest.raises(LimitReachedError):
        await allowances.take(tokens, "acme", 1)
    allowances.settle(small, 2)
    assert allowances.standing(tokens, "acme").remaining == 28
    allowances.settle(await allowances.take(tokens, "acme", 1), 28)
    with pytest.raises(LimitReachedError):
        await allowances.take(tokens, "acme", 1)
    assert allowances.standing(tokens, "acme").remaining == 0


async def test_a_budget_is_shown_by_the_tenant_that_used_most_of_it(replicas):
    (allowances, *_), clock = replicas
    budget = limit(1_000_000, COST, MONTH, soft=800_000)
    for counter, cost in (("high", 900_000), ("low", 100_000)):
        allowances.settle(await allowances.take(budget, counter, 1), cost)
        await allowances._ask(allowances._bucket(budget, counter))
    allowances._show_budgets()
    assert BUDGET_USED.labels("acme")._value.get() >= 0.9
    clock.seconds = END_OF_THE_YEAR
    allowances._show_budgets()
    assert BUDGET_USED.labels("acme")._value.get() == 0


async def test_a_window_begins_anew(replicas, fresh_dsn):
    made, clock = replicas
    assert await admitted(made, clock, 60, most=30, counter="first") == 30
    standing = made[0].standing(limit(30), "first")
    assert (standing.remaining, standing.ends % 60) == (0, 0)
    assert 0 < standing.reset_s <= 60
    clock.seconds += standing.reset_s
    assert await admitted(made, clock, 60, most=30, counter="first") == 30
    assert len({row["starts"] for row in await leases(fresh_dsn)}) == 2


async def test_counters_are_apart(replicas):
    made, clock = replicas
    assert await admitted(made, clock, 20, most=5, counter="acme") == 5
    assert await admitted(made, clock, 20, most=5, counter="mercy") == 5


async def test_reserved_tokens_are_settled_by_what_was_used(replicas, fresh_dsn):
    [one, *_], _ = replicas
    tokens = limit(10_000, TOKENS)
    first = await one.take(tokens, "acme", 4000)
    one.settle(first, 1000)
    assert one.standing(tokens, "acme").remaining == 9000
    second = await one.take(tokens, "acme", 10)
    one.settle(second, 8990)
    assert one.standing(tokens, "acme").remaining <= 10
    with pytest.raises(LimitReachedError):
        await one.take(tokens, "acme", 100)
    await one.close()
    [row] = await leases(fresh_dsn)
    assert row["taken"] == 9990


async def test_a_stream_over_the_end_of_its_window_counts_where_it_ends(replicas):
    [one, *_], clock = replicas
    tokens = limit(1000, TOKENS)
    reserved = await one.take(tokens, "acme", 10)
    clock.seconds += 60
    one.settle(reserved, 400)
    assert one.standing(tokens, "acme").remaining <= 610
    cheap = await one.take(tokens, "acme", 10)
    clock.seconds += 60
    one.settle(cheap, 0)
    assert one.standing(tokens, "acme").remaining == 1000


async def test_without_the_database_a_lease_is_used_up_and_then_refused(replicas):
    made, clock = replicas
    one = made[0]
    for _ in range(200):
        clock.seconds += 0.002
        await one.take(limit(30_000), "acme", 1)
    pool, one._pool = one._pool, None
    left = one._buckets["acme"].left
    assert left > 0
    for _ in range(left):
        await one.take(limit(30_000), "acme", 1)
    with pytest.raises(LimitUnknownError):
        await one.take(limit(30_000), "acme", 1)
    await one.take(limit(30_000, admits_unasked=True), "acme", 1)
    one._pool = pool
    clock.seconds += 2
    await one.take(limit(30_000), "acme", 1)


async def test_made_up_names_fill_no_memory(replicas, monkeypatch):
    monkeypatch.setattr("proxy.registry.allowances._MOST", 3)
    [one, *_], _ = replicas
    for number in range(9):
        await one.take(limit(100), f"model-{number}", 1)
    assert len(one._buckets) == 4


def budget(most=1_000_000, **more):
    return Limit("crm", COST, most, MONTH, ("tenant",), soft=most // 2, **more)


async def test_a_budget_warns_once_and_begins_anew_with_the_month(replicas):
    made, clock = replicas
    clock.seconds = END_OF_THE_YEAR - 60
    warned = []
    for one in made:
        one.event = lambda name, facts, **columns: warned.append((name, facts, columns))

    async def spend(cost, times, limit):
        passed = 0
        for number in range(times):
            clock.seconds += 0.01
            one = made[number % 3]
            try:
                reserved = await one.take(limit, "crm\ncost\nacme", 0)
            except LimitReachedError:
                continue
            one.settle(reserved, cost)
            passed += 1
        return passed

    assert 99 <= await spend(10_000, 160, budget()) <= 104
    assert [(facts["end"], facts["tenant"], columns["tenant"]) for _, facts, columns in warned] == [
        ("soft", "acme", "acme"), ("hard", "acme", "acme")
    ]  # fmt: skip
    clock.seconds = END_OF_THE_YEAR
    assert made[0].standing(budget(), "crm\ncost\nacme").remaining == 1_000_000
    assert await spend(10_000, 30, budget()) == 30
    assert await spend(10_000, 200, budget(hard=False)) == 200


@pytest.mark.parametrize("leaves", ["the caller", "the process"])
async def test_a_lease_on_its_way_is_not_lost(fresh_dsn, leaves):
    """A caller that hangs up, or a process that ends, while the database grants a lease: it goes back, or is used."""
    allowances = LeasedAllowances(fresh_dsn, FixedClock(NOON))
    await allowances.start()
    await allowances.take(limit(3000), "acme", 1)
    connection = await asyncpg.connect(fresh_dsn)
    try:
        async with connection.transaction():
            await connection.execute("SELECT * FROM registry.allowance FOR UPDATE")
            waiting = asyncio.create_task(allowances.take(limit(3000), "acme", 100))
            await asyncio.sleep(0.2)
            if leaves == "the caller":
                waiting.cancel()
                await asyncio.sleep(0)
            ended = asyncio.create_task(allowances.close())
            await asyncio.sleep(0.2)
        await ended
        (row,) = await connection.fetch("SELECT taken FROM registry.allowance")
        assert row["taken"] == 1 + (0 if leaves == "the caller" else 100)
    finally:
        await connection.close()
