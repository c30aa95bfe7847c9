"""Keeps the event loop responsive: work on large texts runs in a thread.

There are few threads: two for long work, of which no owner (``on_behalf_of``) has more than one at once, and two for
short work. Owners take turns at them as they do at the loop (``steps.py``). Work whose caller has left, or was
cancelled at its deadline, is stopped where it stands: an exception is raised in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import sys
import sysconfig
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from functools import partial
from string import ascii_letters
from time import thread_time
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from proxy.runtime.steps import charge
from proxy.runtime.turns import Turns

#: Characters or bytes up to which work is done in place: at most a few milliseconds.
HERE = 64 << 10
#: What a value of a body costs, in characters: a text has two quotation marks, a number a comma. And what a byte of a
#: large body costs, whose values are not counted.
_QUOTE, _COMMA, _LARGE = 40, 80, 8
#: What patterns cost at most at a character, in characters; at a letter or blank, and at any other, as a rule.
PATTERNS, _LETTER, _MARK = 130, 2, 64
_LETTERS = f"{ascii_letters} \n".encode()
#: Worker threads for long and for short work: with more, work is no faster and the loop gets fewer turns at the
#: interpreter.
LONG, SHORT = 2, 2
#: The most work that is short, in characters: a few tenths of a second.
MOST_SHORT = 4 << 20
_TURN = 1 << 20
#: Where libraries are, and how long to wait until work is back from one, seconds.
_LIBRARIES = ("<frozen", *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")))
_AGAIN_S = 0.002

_Result = TypeVar("_Result")
_OWNER: ContextVar[str] = ContextVar("owner", default="")
#: Surrounds the time for which a task waits for a thread.
WAITING: ContextVar[Callable[[], AbstractContextManager[None]]] = ContextVar("waiting", default=nullcontext)


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


def weight(body: bytes) -> int:
    """Return how much work a body is, in characters of plain text; JSON costs more by its values than by its length."""
    if len(body) > HERE:
        return _LARGE * len(body)
    return len(body) + _QUOTE * body.count(b'"') + _COMMA * body.count(b",")


def patterned(texts: Sequence[str]) -> int:
    """Return how much work it is to search texts with patterns, which begin at marks and digits."""
    if (size := sum(map(len, texts))) > MOST_SHORT:
        return _MARK * size  # long in any case
    data = "".join(texts).encode("utf-8", "replace")
    return _LETTER * len(data) + _MARK * len(data.translate(None, _LETTERS))


async def run_in_thread_if_large(size: int, work: Callable[[], _Result], here: int = HERE) -> _Result:
    """Return ``work()``; ``size`` is how much text it reads, or as much other work in characters.

    Up to ``here`` of it is done in place. It must not touch anything the loop may touch, and is stopped where it stands
    if this is cancelled.
    """
    return work() if size <= here else await _threads(size).run(size, work)


class _StoppedError(BaseException):
    """Raised in work that nobody waits for any more."""


class _Job(Generic[_Result]):
    """One piece of work for a thread."""

    def __init__(self, work: Callable[[], _Result], report: Callable[[float], None]) -> None:
        """``report`` gets the seconds that it took."""
        self._work, self._report, self._loop = work, report, asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._thread = 0  # in which it runs now
        self._stopped = False

    def run(self) -> _Result:
        """Work in this thread."""
        started = thread_time()
        try:
            with self._lock:
                if self._stopped:
                    raise _StoppedError
                self._thread = threading.get_ident()
            return self._work()
        finally:
            with self._lock:
                self._thread = 0
            if self._stopped:
                _await_stop()  # else it would be raised in what this thread does next
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._report, thread_time() - started)

    def stop(self) -> None:
        """Stop it: at once, or as soon as it is back from a library."""
        with self._lock:
            self._stopped = True
            if self._thread and _may_be_stopped(self._thread):
                _raise_in(self._thread, _StoppedError)
            elif self._thread:
                self._loop.call_later(_AGAIN_S, self.stop)


def _may_be_stopped(thread: int) -> bool:
    """Whether a thread is in code of ours, or of a deployment.

    Libraries may take locks in Python (logging, imports): an exception behind that, before their ``try``, would leave
    them locked forever. It comes in the frame that is seen here, since this thread holds the interpreter.
    """
    frame = sys._current_frames().get(thread)  # noqa: SLF001 - CPython's own interface for this
    if frame is None:
        return False
    return frame.f_globals.get("__name__", "").startswith("proxy.") or not frame.f_code.co_filename.startswith(
        _LIBRARIES
    )


def _raise_in(thread: int, error: type[BaseException]) -> None:
    """Have an exception raised in a thread, between two of its instructions.

    It cannot be taken back: CPython 3.11 then looks for it before each instruction of every thread, forever.
    """
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


def _await_stop() -> None:
    """Return once an exception that is due in this thread was raised; it is raised at the end of a turn of a loop."""
    with contextlib.suppress(_StoppedError):
        for _ in range(8):
            pass


class _Threads:
    """Threads of one event loop, and the work that waits for them; an owner has at most one of them at once."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool = ThreadPoolExecutor(count, "offload")
        self._owners: set[str] = set()  # whose work runs
        self._waiting: Turns[tuple[str, asyncio.Future[None]]] = Turns(_TURN)

    async def run(self, size: int, work: Callable[[], _Result]) -> _Result:
        name, loop = owner(), asyncio.get_running_loop()
        if name not in self._owners and len(self._owners) < self._count:
            self._owners.add(name)
        else:
            await self._turn(name, size, loop.create_future())
        job = _Job(work, partial(charge, owner=name))
        running = loop.run_in_executor(self._pool, job.run)
        running.add_done_callback(partial(self._ended, name))  # not before: a call of another language goes on
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            job.stop()
            raise
        finally:
            del running  # else its fault, this frame and all that the work held would keep each other

    async def _turn(self, name: str, size: int, turn: asyncio.Future[None]) -> None:
        self._waiting.put(name, size, (name, turn))
        try:
            with WAITING.get()():
                await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._next(name)
            raise

    def _ended(self, name: str, work: asyncio.Future[Any]) -> None:
        if not work.cancelled():
            work.exception()  # retrieved here, since the caller may have been cancelled
        self._next(name)

    def _next(self, name: str) -> None:
        """Give the thread of an owner, and any other that is free, to who waits."""
        self._owners.discard(name)
        while len(self._owners) < self._count and (waiting := self._waiting.take(self._owners)) is not None:
            name, turn = waiting
            if not turn.done():
                self._owners.add(name)
                turn.set_result(None)


_LOOPS: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[_Threads, _Threads]] = WeakKeyDictionary()


def _threads(size: int) -> _Threads:
    """Return the threads for work of a size."""
    loop = asyncio.get_running_loop()
    threads = _LOOPS.get(loop)
    if threads is None:
        threads = _LOOPS[loop] = (_Threads(SHORT), _Threads(LONG))
    return threads[size > MOST_SHORT]
