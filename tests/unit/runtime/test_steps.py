from __future__ import annotations

import asyncio
import itertools
from time import thread_time

import pytest

from proxy.runtime import steps
from proxy.runtime.steps import ALONE_S, SLICE_S, crowded, in_turns, pause


def busy(seconds=SLICE_S):
    until = steps.perf_counter() + seconds
    while steps.perf_counter() < until:
        pass


async def works(name, times, worked, seconds=SLICE_S):
    for _ in range(times):
        busy(seconds)
        worked.append(name)
        await asyncio.sleep(0)


async def test_a_step_comes_after_few_of_another_owner_that_has_many():
    worked = []
    async with asyncio.TaskGroup() as group:
        for _ in range(100):
            group.create_task(in_turns("many", works("many", 3, worked)))
        while len(worked) < 10:
            await asyncio.sleep(0)
        group.create_task(in_turns("one", works("one", 5, worked, seconds=0)))
    assert len(worked) == 305
    places = [place for place, name in enumerate(worked) if name == "one"][1:]  # nobody else was at work before
    assert all(later - earlier <= 5 for earlier, later in itertools.pairwise(places))


async def test_an_owner_that_is_alone_waits_less_often_and_another_comes_soon_even_then(monkeypatch):
    monkeypatch.setattr(steps, "perf_counter", thread_time)  # what else the machine does is not this thread's time
    worked, iterations = [], 0
    async with asyncio.TaskGroup() as group:
        for _ in range(100):
            group.create_task(in_turns("many", works("many", 6, worked)))
        while len(worked) < 350:  # longer than it takes to be alone
            await asyncio.sleep(0)
        while len(worked) < 500:
            await asyncio.sleep(0)
            iterations += 1
        group.create_task(in_turns("one", works("one", 1, worked)))
        before = len(worked)
    assert iterations < 150 / 4
    assert worked.index("one") - before <= 2 * ALONE_S / SLICE_S


async def test_owners_with_much_to_do_share_by_time_and_not_by_steps():
    worked = []
    async with asyncio.TaskGroup() as group:
        for _ in range(5):
            group.create_task(in_turns("long", works("long", 2, worked, 50 * SLICE_S)))
        for _ in range(20):
            group.create_task(in_turns("short", works("short", 12, worked)))
    first_half = worked[: len(worked) // 2]
    assert first_half.count("short") > 3 * first_half.count("long") > 0


async def test_the_loop_is_crowded_while_steps_wait_for_their_turn():
    worked, seen = [], []
    async with asyncio.TaskGroup() as group:
        for owner in ("one", "other") * 5:
            group.create_task(in_turns(owner, works(owner, 10, worked)))
        while len(worked) < 100:
            await asyncio.sleep(0)
            seen.append(crowded())
    assert any(seen)
    assert not crowded()


async def test_who_works_on_alone_pauses_only_after_its_slice():
    others = []

    async def other():
        others.append(1)

    async def work():
        waiting = asyncio.get_running_loop().create_task(other())
        await pause()
        early = list(others)
        busy(2 * SLICE_S)
        await pause()
        await waiting
        return early, others

    assert await in_turns("one", work()) == ([], [1])


async def test_nobody_waits_for_the_debt_of_another_owner_nor_once_the_others_have_ended():
    worked = []
    steps.charge(0.001, "other")
    steps.charge(3600.0, "much")
    much = asyncio.ensure_future(in_turns("much", works("much", 1, worked, 0)))
    await asyncio.sleep(0)
    steps.charge(0.01, "little")
    async with asyncio.timeout(60):
        await in_turns("little", works("little", 1, worked, 0))
        await much
    assert worked == ["little", "much"]


async def test_result_and_fault_are_those_of_the_work():
    async def work():
        await asyncio.sleep(0)
        return 7

    async def broken():
        await asyncio.sleep(0)
        raise ZeroDivisionError

    assert await in_turns("one", work()) == 7
    with pytest.raises(ZeroDivisionError):
        await in_turns("one", broken())


async def test_deadlines_and_faults_of_what_is_awaited_reach_the_work():
    async def work():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await asyncio.sleep(60)
        failed = asyncio.get_running_loop().create_future()
        failed.set_exception(ZeroDivisionError())
        with pytest.raises(ZeroDivisionError):
            await failed
        return "went on"

    assert await in_turns("one", work()) == "went on"


@pytest.mark.parametrize("waits_for_its_turn", [False, True])
async def test_a_cancelled_task_cleans_up_and_holds_nobody_up(waits_for_its_turn):
    cleaned, worked = [], []

    async def work():
        try:
            await (asyncio.sleep(0) if waits_for_its_turn else asyncio.sleep(60))
            busy()
            await asyncio.sleep(0)
            worked.append("late")
        finally:
            await asyncio.sleep(0)
            cleaned.append(1)

    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(in_turns("many", work())) for _ in range(10)]
    for _ in range(4):
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    async with asyncio.timeout(5):
        await asyncio.wait(tasks)
        assert await in_turns("many", works("many", 3, worked)) is None
    assert len(cleaned) >= 1
    assert all(task.done() for task in tasks)


async def test_work_that_is_given_up_is_closed():
    closed = []

    async def work():
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            closed.append(1)

    running = in_turns("one", work())
    running.send(None)
    running.close()
    assert closed == [1]
