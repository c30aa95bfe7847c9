"""Keeps the event loop responsive: work on large texts runs in a thread.

There are few threads, and owners (``on_behalf_of``) take turns at them as they do at the loop (``steps.py``).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from time import thread_time
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from proxy.runtime.steps import charge
from proxy.runtime.turns import Turns

#: Characters or bytes up to which work is faster done in place than handed over: a few milliseconds at worst.
HERE = 64 << 10
#: Worker threads: with more, work is no faster and the loop gets fewer turns at the interpreter.
THREADS = 2
_TURN = 1 << 20

_Result = TypeVar("_Result")
_OWNER: ContextVar[str] = ContextVar("owner", default="")


class on_behalf_of:  # noqa: N801 - reads like the function that it stands for
    """Name the owner that the task works for, for the duration of a block."""

    __slots__ = ("_owner", "_token")

    def __init__(self, owner: str) -> None:
        self._owner = owner

    def __enter__(self) -> None:
        self._token = _OWNER.set(self._owner)

    def __exit__(self, *_: object) -> None:
        _OWNER.reset(self._token)


def owner() -> str:
    """Return the owner that the task works for, "" if none was named."""
    return _OWNER.get()


class AbandonedError(Exception):
    """Nobody waits for this work any more."""


class _Current(threading.local):
    """What the thread works at; ``abandoned`` is set once nobody waits for it."""

    abandoned: threading.Event | None = None


_CURRENT = _Current()


def checkpoint() -> None:
    """End work in a thread that nobody waits for; long work calls this every few milliseconds.

    Raises:
        AbandonedError: the task that waited was cancelled or has run out of time.

    """
    if _CURRENT.abandoned is not None and _CURRENT.abandoned.is_set():
        raise AbandonedError


async def run_in_thread_if_large(size: int, work: Callable[[], _Result], here: int = HERE) -> _Result:
    """Return ``work()``; ``size`` is how much text it reads, ``here`` how much may be read in place.

    It must not touch anything the loop may touch. If the caller is cancelled, work that has not begun never does, and
    work that has ends at its next ``checkpoint``.
    """
    return work() if size <= here else await _threads().run(size, work)


def _timed(
    work: Callable[[], _Result],
    abandoned: threading.Event,
    report: Callable[[float], None],
    loop: asyncio.AbstractEventLoop,
) -> _Result:
    """Work in a thread, and report to the loop how long it took."""
    started = thread_time()
    _CURRENT.abandoned = abandoned
    try:
        checkpoint()
        return work()
    finally:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(report, thread_time() - started)


@dataclass(slots=True)
class _Threads:
    """The threads of one event loop, and the work that waits for them."""

    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "offload"))
    free: int = THREADS
    waiting: Turns[asyncio.Future[None]] = field(default_factory=lambda: Turns(_TURN))

    async def run(self, size: int, work: Callable[[], _Result]) -> _Result:
        loop = asyncio.get_running_loop()
        if self.free:
            self.free -= 1
        else:
            turn = loop.create_future()
            self.waiting.put(owner(), size, turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._next()
                raise
        abandoned = threading.Event()
        report = partial(charge, owner=owner())
        running = loop.run_in_executor(self.pool, partial(_timed, work, abandoned, report, loop))
        running.add_done_callback(self._next)  # not before: the thread goes on to its next checkpoint
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            abandoned.set()
            raise

    def _next(self, ended: asyncio.Future[Any] | None = None) -> None:
        if ended is not None and not ended.cancelled():
            ended.exception()  # retrieved here, since the caller may have been cancelled
        while (turn := self.waiting.take()) is not None:
            if not turn.done():
                turn.set_result(None)
                return
        self.free += 1


_LOOPS: WeakKeyDictionary[asyncio.AbstractEventLoop, _Threads] = WeakKeyDictionary()


def _threads() -> _Threads:
    loop = asyncio.get_running_loop()
    if loop not in _LOOPS:
        _LOOPS[loop] = _Threads()
    return _LOOPS[loop]
