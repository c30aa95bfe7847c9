"""Watches the steps of event loops: how much CPU time of its thread each of them takes.

A step is what runs between two turns of the loop: a callback, or a task until it waits. CPU time, so that a loaded
machine makes no step longer; collection of garbage is left out, and what the watch itself takes.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import itertools
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

PRODUCT = str(Path(__file__).parent.parent / "proxy")
_run: Callable[[asyncio.Handle], None] = asyncio.Handle._run
_TICK_S, _FRAMES = 0.005, 12
#: What work of a fixed size takes on a quiet machine of the kind that CI has, seconds; a shared one is up to so many times
#: slower, in CPU time too: its cores are shared as well.
_WORK_S, _SLOWEST = 0.0042, 3.0
_COROUTINE = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE


class Steps:
    """Measures every step of the loops of this thread; ``worst`` is the longest since ``reset``, seconds.

    A test works in steps, too: of steps of several ticks, ``product`` is the longest share in code of the product. The
    innermost coroutine at a tick decides. ``where`` is the stack at the tick at which that share was longest.
    """

    def __init__(self) -> None:
        self._last = self._share = self._collecting = self._left_out = 0.0
        self._running, self._thread = False, threading.get_ident()
        self.reset()

    def reset(self) -> None:
        """Forget all steps so far."""
        self.worst = self.product = 0.0
        self.what, self._stack = "", traceback.StackSummary()

    @property
    def where(self) -> str:
        """The stack, with lines of sources, which are read no sooner: that takes longer than most steps."""
        return "".join(self._stack.format())

    def run(self, handle: asyncio.Handle) -> None:
        """Run and measure one step."""
        self._running, self._share = True, 0.0
        began = self._last = time.thread_time()
        self._left_out = 0.0
        try:
            _run(handle)
        finally:
            self._running = False
            seconds = time.thread_time() - began - self._left_out
            if seconds > self.worst:
                self.worst, self.what = seconds, repr(handle)[:300]

    def tick(self, _signal: int, frame: FrameType | None) -> None:
        """Charge the time since the last tick to what runs now."""
        if not self._running or self._collecting:
            return
        self._running = False  # another tick meanwhile would charge this one
        now, left_out = time.thread_time(), self._left_out
        if frame is not None and _is_product(frame):
            self._share += now - self._last
            if self._share > self.product:
                self.product, self._stack = self._share, _stack(frame)
        self._last = time.thread_time()
        self._left_out = left_out + self._last - now
        self._running = True

    def collection(self, phase: str, _info: dict[str, Any]) -> None:
        """Leave out the time in which garbage is collected."""
        if threading.get_ident() != self._thread:
            return
        if phase == "start":
            self._collecting = time.thread_time()
        else:
            spent, self._collecting = time.thread_time() - self._collecting, 0.0
            self._left_out += spent
            self._last += spent


def _is_product(frame: FrameType | None) -> bool:
    """Whether the innermost coroutine, or the callback where there is none, belongs to the product."""
    called = False
    while frame is not None and frame.f_code is not Steps.run.__code__:
        product = frame.f_code.co_filename.startswith(PRODUCT)
        if frame.f_code.co_flags & _COROUTINE:
            return product
        called |= product
        frame = frame.f_back
    return called


def _stack(frame: FrameType) -> traceback.StackSummary:
    """Return the innermost frames, the last one last."""
    frames = itertools.islice(traceback.walk_stack(frame), _FRAMES)
    stack = traceback.StackSummary.extract(frames, lookup_lines=False)
    stack.reverse()
    return stack


def _measured(steps: Steps) -> Callable[[asyncio.Handle], None]:
    def run(handle: asyncio.Handle) -> None:  # a function, so that it is bound to the handle
        steps.run(handle)

    return run


def slowness() -> float:
    """Return how many times slower this machine is now than a quiet one of the kind that CI has."""
    collected = gc.isenabled()
    gc.disable()
    try:
        began = time.thread_time()
        parts = {str(number): [number, "x" * (number % 7)] for number in range(20_000)}
        sum(len(name) + len(part) for name, part in parts.items())
        spent = time.thread_time() - began
    finally:
        if collected:
            gc.enable()
    return min(max(spent / _WORK_S, 1.0), _SLOWEST)


def _late(_signal: int, _frame: FrameType | None) -> None:
    """Take a tick that came as the watch ended; without a handler the interpreter reports it as an error."""


@contextmanager
def watched(steps: Steps) -> Iterator[None]:
    """Measure the steps of this thread's loops; outside the main thread without ticks."""
    before, ticks = asyncio.Handle._run, threading.current_thread() is threading.main_thread()
    asyncio.Handle._run = _measured(steps)  # type: ignore[method-assign]
    gc.callbacks.append(steps.collection)
    former = signal.signal(signal.SIGPROF, steps.tick) if ticks else None
    if ticks:
        signal.setitimer(signal.ITIMER_PROF, _TICK_S, _TICK_S)
    try:
        yield
    finally:
        if ticks:
            nested = callable(former) and former is not _late
            signal.setitimer(signal.ITIMER_PROF, *((_TICK_S, _TICK_S) if nested else (0,)))
            signal.signal(signal.SIGPROF, former if nested else _late)
        gc.callbacks.remove(steps.collection)
        asyncio.Handle._run = before  # type: ignore[method-assign]
