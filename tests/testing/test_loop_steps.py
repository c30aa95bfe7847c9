from __future__ import annotations

import asyncio
import linecache
import signal
import sys
import time

import pytest

from proxy.runtime import steps as product
from testing import growth
from testing.loop_steps import PRODUCT, Steps, slowness, watched


def busy(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def measured(work):
    steps = Steps()
    with watched(steps):
        asyncio.run(work())
    return steps


def compiled(source, name="f"):
    """Return a function as if a module of the product defined it."""
    scope = {"busy": busy, "asyncio": asyncio, "here": sys._getframe}
    exec(compile(source, f"{PRODUCT}/somewhere.py", "exec"), scope)
    return scope[name]


def test_a_step_of_the_product_is_told_from_one_of_a_test():
    async def test():
        busy(0.06)
        compiled("def f(): busy(0.06)")()  # a call of the test itself

    steps = measured(test)
    assert (steps.worst > 0.1, steps.product) == (True, 0.0)


def test_the_innermost_coroutine_owns_a_step():
    async def test():
        await compiled("async def f(): busy(0.06); await asyncio.sleep(0); busy(0.06)")()

    steps = measured(test)
    assert 0.03 < steps.product < 0.11
    assert "somewhere.py" in steps.where


def test_a_callback_of_the_product_counts_too():
    async def test():
        asyncio.get_running_loop().call_soon(compiled("def f(): busy(0.06)"))
        await asyncio.sleep(0.01)

    assert measured(test).product > 0.03


def test_waiting_is_no_work():
    async def test():
        time.sleep(0.1)
        await product.pause()

    steps = measured(test)
    assert (steps.worst < 0.05, steps.product) == (True, 0.0)


def test_the_watch_itself_is_no_work():
    steps = Steps()
    ticking = compiled("def f(tick, number):\n for _ in range(2_000): tick(number, here())")
    with asyncio.Runner() as runner:
        before = time.thread_time()
        steps.run(asyncio.Handle(ticking, (steps.tick, signal.SIGPROF), runner.get_loop()))
        spent = time.thread_time() - before
    assert 0 < steps.product <= steps.worst < spent / 2


def test_sources_are_read_when_a_long_step_is_shown():
    linecache.clearcache()
    steps = measured(compiled("async def f(): busy(0.06)"))
    assert __file__ not in linecache.cache
    assert "while time.thread_time() < end" in steps.where


def test_how_slow_a_machine_is_has_bounds():
    assert all(1.0 <= slowness() <= 3.0 for _ in range(20))


def test_growth_is_told():
    growth.check_linear(lambda times: lambda: busy(0.002 * times))
    with pytest.raises(AssertionError, match="faster than linearly"):
        growth.check_linear(lambda times: lambda: busy(0.0005 * times * times))


def test_a_long_step_is_told():
    async def serve(seconds):
        busy(seconds)

    growth.check_served(lambda times: lambda: asyncio.run(serve(0.0001 * times)))
    with pytest.raises(AssertionError, match="a step of"):
        growth.check_served(lambda times: lambda: asyncio.run(serve(0.001 * times)))
