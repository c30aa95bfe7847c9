from __future__ import annotations

import asyncio
import contextlib
import cProfile
import gc
import io
import logging
import threading
import time
import weakref

import pytest

from proxy.runtime.offload import (
    HERE,
    LONG,
    MOST_SHORT,
    WAITING,
    on_behalf_of,
    owner,
    patterned,
    run_in_thread_if_large,
    weight,
)


async def test_little_work_is_done_here():
    assert await run_in_thread_if_large(HERE, threading.get_ident) == threading.get_ident()


async def test_much_work_leaves_the_loop_to_others():
    assert await run_in_thread_if_large(HERE + 1, threading.get_ident) != threading.get_ident()


@pytest.mark.parametrize("size", [1 << 20, MOST_SHORT + 1])
async def test_owners_take_turns_at_few_threads(size):
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
            await run_in_thread_if_large(size, lambda: work(name))

    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(on_behalf("many" if number < 10 else "more"))
        await asyncio.sleep(0)
        group.create_task(on_behalf("one"))
    assert most <= LONG
    assert ended.index("one") <= 2 * LONG
    assert owner() == ""


async def test_no_owner_holds_up_another_nor_short_work():
    go_on = threading.Event()

    async def on_behalf(name, size, work):
        with on_behalf_of(name):
            return await run_in_thread_if_large(size, work)

    async with asyncio.TaskGroup() as group:
        for _ in range(2 * LONG):
            group.create_task(on_behalf("many", MOST_SHORT + 1, go_on.wait))
        await asyncio.sleep(0)
        assert await on_behalf("one", MOST_SHORT + 1, lambda: 7) == 7
        for name in ("one", "many"):
            assert await on_behalf(name, MOST_SHORT, lambda: 7) == 7
        go_on.set()


async def test_the_wait_for_a_thread_is_surrounded():
    seen, go_on = [], threading.Event()

    @contextlib.contextmanager
    def surround():
        seen.append("waits")
        yield
        seen.append("goes on")

    async def work(work):
        token = WAITING.set(surround)
        await run_in_thread_if_large(HERE + 1, work)
        WAITING.reset(token)

    async with asyncio.TaskGroup() as group:
        group.create_task(work(go_on.wait))
        await asyncio.sleep(0)
        assert seen == []
        group.create_task(work(lambda: seen.append("works")))
        await asyncio.sleep(0)
        assert seen == ["waits"]
        go_on.set()
    assert seen == ["waits", "goes on", "works"]


def endless():
    while True:
        pass


async def left(work):
    task = asyncio.get_running_loop().create_task(run_in_thread_if_large(HERE + 1, work))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


async def test_work_that_nobody_waits_for_is_stopped():
    for _ in range(4):
        await left(endless)
    async with asyncio.timeout(5):
        assert await run_in_thread_if_large(HERE + 1, lambda: 7) == 7


async def test_a_call_of_another_language_keeps_its_thread_until_it_ends():
    go_on = threading.Event()
    await left(go_on.wait)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await run_in_thread_if_large(HERE + 1, lambda: None)
    go_on.set()
    assert await run_in_thread_if_large(HERE + 1, lambda: 7) == 7


async def test_a_stop_reaches_no_later_work():
    ended = 0

    def work():
        for _ in range(1_000):
            pass

    async def once(seconds):
        nonlocal ended
        try:
            async with asyncio.timeout(seconds):
                await run_in_thread_if_large(HERE + 1, work)
        except TimeoutError:
            ended += 1

    for number in range(300):
        await once(number % 30 * 1e-5)
        await run_in_thread_if_large(HERE + 1, work)
    assert ended


async def test_work_in_threads_leaves_the_interpreter_as_it_was():
    await run_in_thread_if_large(HERE + 1, lambda: None)
    await left(endless)
    await run_in_thread_if_large(HERE + 1, lambda: None)
    profile = cProfile.Profile()
    profile.enable()  # with an exception that is due in no thread, a profiled one would go on no more
    try:
        assert await run_in_thread_if_large(HERE + 1, lambda: 7) == 7
    finally:
        profile.disable()


def test_values_weigh_more_than_text():
    assert weight(b"x" * 1_000) == 1_000
    assert weight(b'{"a":"b","c":[1,2]}') > 8 * weight(b"x" * 20)
    assert weight(b'"' * (HERE + 1)) == 8 * (HERE + 1)  # not counted


def test_marks_weigh_more_than_words_where_patterns_search():
    prose = "the ships arrive late in the evening " * 54
    assert patterned([prose]) == patterned([prose[:1000], prose[1000:]]) < HERE / 10
    assert patterned(["a@" * 1000]) > HERE
    assert patterned(["Ã"]) > 100
    assert patterned(["\ud800"]) > 0


async def test_a_fault_of_the_work_is_raised():
    with pytest.raises(ZeroDivisionError):
        await run_in_thread_if_large(HERE + 1, lambda: 1 // 0)


async def test_a_fault_keeps_nothing_that_the_work_held():
    class Document:
        pass

    def refuse():
        document = Document()
        held.append(weakref.ref(document))
        raise ValueError

    held = []
    gc.collect()
    gc.disable()
    try:
        with contextlib.suppress(ValueError):
            await run_in_thread_if_large(HERE + 1, refuse)
        await asyncio.sleep(0)
        assert held[0]() is None
    finally:
        gc.enable()


async def test_a_stop_leaves_no_lock_of_a_library_locked():
    handler = logging.StreamHandler(io.StringIO())
    log = logging.getLogger("stopped work")
    log.propagate = False
    log.addHandler(handler)

    working = [True]

    def work():
        while working:
            log.warning("at work")

    for wait in range(12):
        task = asyncio.create_task(run_in_thread_if_large(1 << 20, work))
        await asyncio.sleep(0.001 + wait / 20_000)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert handler.lock is not None
        assert handler.lock.acquire(timeout=1)
        handler.lock.release()
    working.clear()  # a loop that ends stops no work
