from __future__ import annotations

import asyncio
import threading
import time

import pytest

from proxy.runtime.offload import HERE, THREADS, on_behalf_of, owner, run_in_thread_if_large


async def test_little_work_is_done_here():
    assert await run_in_thread_if_large(HERE, threading.get_ident) == threading.get_ident()


async def test_much_work_leaves_the_loop_to_others():
    assert await run_in_thread_if_large(HERE + 1, threading.get_ident) != threading.get_ident()


async def test_owners_take_turns_at_few_threads():
    ended, running, most = [], 0, 0

    def work(name):
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.01)
        running -= 1
        ended.append(name)

    async def on_behalf(name):
        with on_behalf_of(name):
            await run_in_thread_if_large(1 << 20, lambda: work(name))

    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(on_behalf("many"))
        await asyncio.sleep(0)
        group.create_task(on_behalf("one"))
    assert most <= THREADS
    assert ended.index("one") <= 2 * THREADS
    assert owner() == ""


async def test_who_leaves_keeps_its_thread_until_the_work_ends():
    go_on = threading.Event()
    tasks = [
        asyncio.get_running_loop().create_task(run_in_thread_if_large(HERE + 1, go_on.wait)) for _ in range(THREADS)
    ]
    late = asyncio.get_running_loop().create_task(run_in_thread_if_large(HERE + 1, lambda: None))
    await asyncio.sleep(0.01)
    for task in (*tasks, late):
        task.cancel()
    await asyncio.wait({*tasks, late})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await run_in_thread_if_large(HERE + 1, lambda: None)
    go_on.set()
    assert await run_in_thread_if_large(HERE + 1, lambda: 7) == 7


async def test_a_fault_of_the_work_is_raised():
    with pytest.raises(ZeroDivisionError):
        await run_in_thread_if_large(HERE + 1, lambda: 1 // 0)
