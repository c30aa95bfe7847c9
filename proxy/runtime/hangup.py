"""SIGHUP asks for configuration to be read again; it must not end a process that is still starting.

Until a process can act on it, the signal is blocked and waits: children are started with it blocked, and unblock it
once their handler is in place.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_HANGUP = frozenset({signal.SIGHUP})


def block_sighup() -> None:
    """Let the signal wait, in this process and those it starts."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _HANGUP)


def unblock_sighup() -> None:
    """Take the signal, and one that has waited: there is a handler now."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANGUP)


@dataclass
class _Blocks:
    """How many blocks are open, and whether the signal was to wait anyway."""

    entered: int = 0
    held_before: bool = False


_BLOCKS = _Blocks()


@contextmanager
def sighup_blocked() -> Iterator[None]:
    """Let the signal wait in children that are started in this block. Blocks may overlap, in one thread."""
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
