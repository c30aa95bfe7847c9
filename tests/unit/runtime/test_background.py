from __future__ import annotations

import asyncio

from proxy.runtime.background import Background, end_if_cancelled


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
