"""Memory and signals of this process while it starts and serves.

Objects made during start stay, and scanning them is costly: pausing the collector of cycles saves a sixth of the
processor time of a start, and pauses in every later collection. What large bodies took is given back.

SIGHUP asks for a reload; it must not end a process that is still starting. Until a process can handle the signal, it is
blocked and stays pending: children start with it blocked, and unblock it once their handler is installed.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakSet

#: Blocks of at least so many bytes are mapped by themselves (mallopt(3)): what a large body took goes back when it is
#: freed. By default glibc raises this bound to 32 MiB after the first of them, and what is small then lies between.
_M_MMAP_THRESHOLD, _MAPPED = -3, 1 << 20
#: A while after work on so many bytes, all that is free goes back, in seconds.
_LARGE, _AFTER_S = 1 << 20, 3.0
#: Collections of the middle generation between two of everything. One of everything holds the interpreter for as long
#: as what a large body takes lives, a tenth of a second and more; requests leave no cycles behind.
_MIDDLE = 1_000
_due: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


def pause_collection() -> None:
    """Stop collecting: this process is starting."""
    gc.disable()


def resume_collection() -> None:
    """Collect from now on, except what exists already: it lives as long as the process; large blocks go at once."""
    option = getattr(ctypes.CDLL(None), "mallopt", None)
    if option is not None:  # glibc
        option(_M_MMAP_THRESHOLD, _MAPPED)
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], _MIDDLE)
    gc.enable()


def give_back_after(size: int) -> None:
    """Give free memory back to the system soon after work on a large body of ``size`` bytes (glibc only)."""
    if size >= _LARGE and (loop := asyncio.get_running_loop()) not in _due:
        _due.add(loop)
        loop.call_later(_AFTER_S, _give_back, loop)


def _give_back(loop: asyncio.AbstractEventLoop) -> None:
    _due.discard(loop)
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        _ = loop.run_in_executor(None, trim, 0)


_HANGUP = frozenset({signal.SIGHUP})


def block_sighup() -> None:
    """Keep the signal pending in this process and its children."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _HANGUP)


def unblock_sighup() -> None:
    """Deliver the signal, a pending one included: the handler is installed."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANGUP)


@dataclass
class _Blocks:
    """How many blocks are open, and whether the signal was blocked before the first."""

    entered: int = 0
    held_before: bool = False


_BLOCKS = _Blocks()


@contextmanager
def sighup_blocked() -> Iterator[None]:
    """Block the signal in children that are started inside. Blocks may overlap, in one thread."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HANGUP)
    if not _BLOCKS.entered:
        _BLOCKS.held_before = signal.SIGHUP in before
    _BLOCKS.entered += 1
    try:
        yield
    finally:
        _BLOCKS.entered -= 1
        if not _BLOCKS.entered and not _BLOCKS.held_before:
            unblock_sighup()
