"""Processes seen from outside: which run, which below another, and pausing them; and a port for one."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from proxy.embedded.probes import free_ports


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    (port,) = free_ports(1)
    return port


def _parents() -> Iterable[tuple[int, int]]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                yield int(name), int(Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[1])


def children(parent: int) -> list[int]:
    """Return the processes that a process started."""
    return [pid for pid, its in _parents() if its == parent] if parent else []


def is_gone(pid: int) -> bool:
    """Whether a process has ended, waited for or not."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def descendants(parent: int) -> list[int]:
    """Return a process and everything below it."""
    pairs, found = list(_parents()), [parent]
    for one in found:
        found += [pid for pid, its in pairs if its == one]
    return found


def command_line(pid: int) -> bytes:
    """Return how a process was started, with spaces; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        return b""


def running(pid: int) -> bool:
    """Whether a process lives and is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def paused(*pids: int) -> Iterator[None]:
    """Stop processes without killing them: what is slow rather than dead."""
    _send(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        _send(pids, signal.SIGCONT)


def _send(pids: tuple[int, ...], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
