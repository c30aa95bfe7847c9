"""Loads the models once and forks workers on request: they start at once and share the models' memory.

Started as ``python -m proxy.detection.pool.nursery PARENT SOCKET CACHE``. SOCKET is the descriptor of a SEQPACKET
socket; each message requests one worker and carries descriptors: a lifeline, a pipe that is open as long as the worker
is needed; a pipe for its exit status in decimal; the pipes of its lanes. The nursery has one thread, opens no socket
and reads no text, so every worker starts as the same copy of the loaded models.
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

from proxy.detection.models import arithmetic
from proxy.detection.pool.wire import MOST_DESCRIPTORS
from proxy.detection.pool.worker import announce, die_with_parent, give_back, refuse_sockets, serve, silence, twin
from proxy.runtime import process

Work = Callable[[BinaryIO, BinaryIO], None]


@dataclass(frozen=True, slots=True)
class _Child:
    pid: int
    lifeline: int  # at end of file the worker is no longer needed
    status: int


class Nursery:
    """Forks and reaps. A worker runs ``begin``, which reports that it is ready, then ``work``, which serves a lane."""

    def __init__(self, requests: socket.socket, begin: Callable[[BinaryIO], None], work: Work) -> None:
        self._requests = requests
        self._begin = begin
        self._work = work
        self._children: dict[int, _Child] = {}  # by lifeline
        self._poll = select.poll()
        self._woken, self._wake = os.pipe()
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)

    def run(self) -> None:
        """Serve until every client has closed its end."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for source in (self._requests.fileno(), self._woken):
            self._poll.register(source, select.POLLIN)
        while True:
            for source, _ in self._poll.poll():
                if source == self._woken:
                    self._reap()
                elif source in self._children:
                    self._end(source)
                elif not self._fork():
                    return

    def _fork(self) -> bool:
        """Fork one worker; return False when no client is left."""
        message, descriptors, _, _ = socket.recv_fds(self._requests, 16, MOST_DESCRIPTORS)
        if not message:
            return False
        parent, (lifeline, status, *ways) = os.getpid(), descriptors
        pid = os.fork()
        if pid == 0:
            self._become_worker(parent, (lifeline, status), ways)
        for end in ways:
            os.close(end)
        self._children[lifeline] = _Child(pid, lifeline, status)
        self._poll.register(lifeline, 0)  # end of file is always reported
        return True

    def _become_worker(self, parent: int, mine: Sequence[int], ways: Sequence[int]) -> None:
        """Close everything of the nursery's, then serve; never returns."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            die_with_parent(parent)
            inherited = (end for child in self._children.values() for end in (child.lifeline, child.status))
            for end in (*mine, *inherited, self._woken, self._wake, self._requests.detach()):
                os.close(end)
            lanes = [f"{source}:{sink}" for source, sink in zip(ways[::2], ways[1::2], strict=True)]
            streams = os.fdopen(ways[0], "rb"), os.fdopen(ways[1], "wb")
            twin(lanes[1:], streams, self._work)
            self._begin(streams[1])
            self._work(*streams)
            code = 0
        finally:
            os._exit(code)

    def _end(self, lifeline: int) -> None:
        """Kill a worker whose client is gone, whatever it is doing."""
        self._poll.unregister(lifeline)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._children[lifeline].pid, signal.SIGKILL)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, 512)
        for child in list(self._children.values()):
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                self._report(child, os.waitstatus_to_exitcode(status))

    def _report(self, child: _Child, code: int) -> None:
        with contextlib.suppress(KeyError):
            self._poll.unregister(child.lifeline)
        with contextlib.suppress(OSError):
            os.write(child.status, str(code).encode())
        os.close(child.status)
        os.close(child.lifeline)
        del self._children[child.lifeline]


def main() -> None:
    """Load, then serve. Faults are logged only until the models are loaded: then no text has been read."""
    process.pause_collection()
    die_with_parent(int(sys.argv[1]))
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    requests = socket.socket(fileno=int(sys.argv[2]))
    refuse_sockets()
    arithmetic.skip_meta_registrations()

    from proxy.detection.engine import DetectionEngine  # noqa: PLC0415 -- heavy; the doors are shut first

    engine = DetectionEngine.load(Path(sys.argv[3]) if sys.argv[3] else None)
    silence()
    give_back()
    process.resume_collection()
    Nursery(requests, partial(announce, engine), partial(serve, engine)).run()


if __name__ == "__main__":
    main()
