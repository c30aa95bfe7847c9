"""Keep the event loop free: work on much text runs in a thread, so that other callers are served meanwhile.

Few threads do it, and owners (``on_behalf_of``) take turns at them. They take turns at the event loop too: where one of
them has much to do at once, in many small pieces, a piece of another's comes after one of them and not after all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from proxy.turns import Turns

#: Characters or bytes up to which work is quicker done than handed over: some milliseconds at worst.
HERE = 64 << 10
#: Threads that share the interpreter with the event loop: more would not be faster, and take more of its turns.
THREADS = 2
_TURN, _LOOP_TURN = 1 << 20, 16 << 10
_PER_PIECE = 1 << 10

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


async def aside(size: int, work: Callable[[], _Result]) -> _Result:
    """Return ``work()``; ``size`` says how much text it reads. It must touch nothing that the loop touches too."""
    return work() if size <= HERE else await _threads().run(size, work)


async def turn(size: int) -> None:
    """Return when it is the turn of this task's owner to work here on so much text; at once when nobody else does."""
    await _threads().turn(size)


@dataclass(slots=True)
class _Threads:
    """The threads of one event loop and who waits for them."""

    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "aside"))
    free: int = THREADS
    waiting: Turns[asyncio.Future[None]] = field(default_factory=lambda: Turns(_TURN))
    taken: bool = False  # somebody works in this iteration of the loop
    here: Turns[asyncio.Future[None]] = field(default_factory=lambda: Turns(_LOOP_TURN))

    async def turn(self, size: int) -> None:
        loop = asyncio.get_running_loop()
        if not self.taken:
            self.taken = True
            loop.call_soon(self._pass_on, loop)
            return
        mine = loop.create_future()
        self.here.put(owner(), size + _PER_PIECE, mine)
        await mine

    def _pass_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give the next iteration to whoever is next."""
        while (one := self.here.take()) is not None:
            if not one.done():
                one.set_result(None)
                loop.call_soon(self._pass_on, loop)
                return
        self.taken = False

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
        running = loop.run_in_executor(self.pool, work)
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
