"""Loads the models once and forks a worker for whoever asks: at once, and sharing their memory with all others.

Started as ``python -m proxy.detection.pool.nursery PARENT SOCKET CACHE``. SOCKET is the descriptor of a socket of whole
messages; each message asks for one worker and carries, as descriptors, a pipe that stays open for as long as the worker
is wanted, one that takes its exit status in decimal, and the pipes of its lanes. One thread, no socket of its own
making, nothing of any text: a worker begins as a copy of what was loaded, whoever was served before.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from proxy.detection.models import lean
from proxy.detection.pool.wire import MOST_DESCRIPTORS
from proxy.detection.pool.worker import announce, die_with_parent, give_back, refuse_sockets, serve, silence, twin
from proxy.runtime import garbage

Work = Callable[[BinaryIO, BinaryIO], None]


@dataclass(frozen=True, slots=True)
class _Child:
    pid: int
    wanted: int  # ends when nobody wants it any more
    status: int


class Nursery:
    """Forks and reaps. ``begin`` says on the way out that a worker is ready, ``work`` then serves a lane."""

    def __init__(self, asked: socket.socket, begin: Callable[[BinaryIO], None], work: Work) -> None:
        self._asked = asked
        self._begin = begin
        self._work = work
        self._children: dict[int, _Child] = {}  # by the pipe that stays open
        self._poll = select.poll()
        self._woken, self._wake = os.pipe()
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)

    def run(self) -> None:
        """Serve until nobody can ask any more."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for source in (self._asked.fileno(), self._woken):
            self._poll.register(source, select.POLLIN)
        while True:
            for source, _ in self._poll.poll():
                if source == self._woken:
                    self._reap()
                elif source in self._children:
                    self._unwanted(source)
                elif not self._ask():
                    return

    def _ask(self) -> bool:
        """Fork the worker that is asked for; say whether anybody could ask."""
        message, descriptors, _, _ = socket.recv_fds(self._asked, 16, MOST_DESCRIPTORS)
        if not message:
            return False
        parent, (wanted, status, *ways) = os.getpid(), descriptors
        pid = os.fork()
        if pid == 0:
            self._become_worker(parent, (wanted, status), ways)
        for end in ways:
            os.close(end)
        self._children[wanted] = _Child(pid, wanted, status)
        self._poll.register(wanted, 0)  # an end of file is told unasked
        return True

    def _become_worker(self, parent: int, mine: Sequence[int], ways: Sequence[int]) -> None:
        """Let go of everything of the nursery's, then serve; never returns."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            die_with_parent(parent)
            others = (end for child in self._children.values() for end in (child.wanted, child.status))
            for end in (*mine, *others, self._woken, self._wake, self._asked.detach()):
                os.close(end)
            lanes = [f"{source}:{sink}" for source, sink in zip(ways[::2], ways[1::2], strict=True)]
            own = os.fdopen(ways[0], "rb"), os.fdopen(ways[1], "wb")
            twin(lanes[1:], own, self._work)
            self._begin(own[1])
            self._work(*own)
            code = 0
        finally:
            os._exit(code)

    def _unwanted(self, wanted: int) -> None:
        """End a worker that nobody listens to any more, whatever it is doing."""
        self._poll.unregister(wanted)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._children[wanted].pid, signal.SIGKILL)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, 512)
        for child in list(self._children.values()):
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                self._ended(child, os.waitstatus_to_exitcode(status))

    def _ended(self, child: _Child, code: int) -> None:
        with contextlib.suppress(KeyError):
            self._poll.unregister(child.wanted)
        with contextlib.suppress(OSError):
            os.write(child.status, str(code).encode())
        os.close(child.status)
        os.close(child.wanted)
        del self._children[child.wanted]


def main() -> None:
    """Load, then serve. Until the models are loaded, and nothing has been read, a fault may be written to the log."""
    garbage.pause_collection()
    die_with_parent(int(sys.argv[1]))
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    asked = socket.socket(fileno=int(sys.argv[2]))
    refuse_sockets()
    lean.leave_out()

    from proxy.detection.engine import DetectionEngine  # noqa: PLC0415 -- heavy; the doors are shut first

    engine = DetectionEngine.load(Path(sys.argv[3]) if sys.argv[3] else None)
    silence()
    give_back()
    garbage.resume_collection()
    Nursery(asked, partial(announce, engine), partial(serve, engine)).run()


if __name__ == "__main__":
    main()
