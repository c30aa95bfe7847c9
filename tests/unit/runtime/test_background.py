from __future__ import annotations

import asyncio

import pytest

from proxy.runtime.background import Background, end_if_cancelled, to_completion


async def test_stop_cancels_what_runs_and_waits_for_it():
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    background = Background()
    background.start("work", work())
    await asyncio.sleep(0)
    assert background.running("work")
    await background.stop()
    assert ended.is_set()
    assert not background.running("work")


async def test_a_cancelled_task_ends_where_its_work_failed_in_another_way():
    async def work() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                end_if_cancelled()

    tasks = Background()
    tasks.start("work", work())
    await asyncio.sleep(0)
    end_if_cancelled()  # nobody cancelled this one
    async with asyncio.timeout(5):
        await tasks.stop()
    assert not tasks.running("work")


async def test_failing_task_ends_alone():
    async def fail() -> None:
        raise ZeroDivisionError

    background = Background()
    background.start("fail", fail())
    background.start("work", asyncio.sleep(60))
    await asyncio.sleep(0.01)
    assert not background.running("fail")
    assert background.running("work")
    await background.stop()


@pytest.mark.parametrize(("longest_s", "ended"), [(None, True), (30.0, True), (0.01, False)])
async def test_work_goes_on_after_its_caller_for_as_long_as_it_may(longest_s, ended):
    begun, over, done = asyncio.Event(), asyncio.Event(), []

    async def work():
        begun.set()
        await over.wait()
        done.append(1)

    caller = asyncio.create_task(to_completion(work(), longest_s))
    await begun.wait()
    caller.cancel()
    await asyncio.sleep(0.1)
    over.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert bool(done) is ended
