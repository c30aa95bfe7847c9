"""Keep the event loop free: work on much text runs in a thread, so that other callers are served meanwhile.

Few threads do it, and owners (``on_behalf_of``) take turns at them, as they do at the loop itself (``steps.py``).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from time import thread_time
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from proxy.runtime.steps import charge
from proxy.runtime.turns import Turns

#: Characters or bytes up to which work is quicker done than handed over: some milliseconds at worst.
HERE = 64 << 10
#: Threads that share the interpreter with the event loop: more would not be faster, and take more of its turns.
THREADS = 2
_TURN = 1 << 20

_Result = TypeVar("_Result")
_OWNER: ContextVar[str] = ContextVar("owner", default="")


@contextmanager
def on_behalf_of(owner: str) -> Iterator[None]:
    """Name for whom this task works: owners take turns."""
    token = _OWNER.set(owner)
    try:
        yield
    finally:
        _OWNER.reset(token)


def owner() -> str:
    """Return for whom this task works, "" where nobody said."""
    return _OWNER.get()


async def run_in_thread_if_large(size: int, work: Callable[[], _Result]) -> _Result:
    """Return ``work()``; ``size`` says how much text it reads. It must touch nothing that the loop touches too."""
    return work() if size <= HERE else await _threads().run(size, work)


def _timed(work: Callable[[], _Result], told: Callable[[float], None], loop: asyncio.AbstractEventLoop) -> _Result:
    """Work in a thread, and tell the loop how long it worked."""
    began = thread_time()
    try:
        return work()
    finally:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(told, thread_time() - began)


@dataclass(slots=True)
class _Threads:
    """The threads of one event loop and who waits for them."""

    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "aside"))
    free: int = THREADS
    waiting: Turns[asyncio.Future[None]] = field(default_factory=lambda: Turns(_TURN))

    async def run(self, size: int, work: Callable[[], _Result]) -> _Result:
        loop = asyncio.get_running_loop()
        if self.free:
            self.free -= 1
        else:
            mine = loop.create_future()
            self.waiting.put(owner(), size, mine)
            try:
                await mine
            except asyncio.CancelledError:
                if mine.done() and not mine.cancelled():
                    self._next()
                raise
        running = loop.run_in_executor(self.pool, partial(_timed, work, partial(charge, owner=owner()), loop))
        running.add_done_callback(self._next)  # not before: a thread goes on when its caller has left
        return await asyncio.shield(running)

    def _next(self, ended: asyncio.Future[Any] | None = None) -> None:
        if ended is not None and not ended.cancelled():
            ended.exception()  # its caller may have left
        while (one := self.waiting.take()) is not None:
            if not one.done():
                one.set_result(None)
                return
        self.free += 1


_LOOPS: WeakKeyDictionary[asyncio.AbstractEventLoop, _Threads] = WeakKeyDictionary()


def _threads() -> _Threads:
    loop = asyncio.get_running_loop()
    if loop not in _LOOPS:
        _LOOPS[loop] = _Threads()
    return _LOOPS[loop]
