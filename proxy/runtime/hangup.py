"""SIGHUP asks for a reload; it must not end a process that is still starting.

Until a process can handle the signal, it is blocked and stays pending: children start with it blocked, and unblock it
once their handler is installed.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

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
