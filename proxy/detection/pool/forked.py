"""Asks a nursery for workers; one of its workers, seen from the event loop, offers what a child process does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

#: A process that has loaded models can be forked safely.
POSSIBLE = sys.platform == "linux"


def ends() -> tuple[socket.socket, socket.socket]:
    """Return both ends of the socket on which workers are asked for: the askers' and the nursery's. Linux only."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def command(asked: int, cache: Path | None) -> list[str]:
    """Return the command of a nursery of this process; ``asked`` is the descriptor of its end, to be passed on."""
    return [sys.executable, "-m", "proxy.detection.pool.nursery", str(os.getpid()), str(asked), str(cache or "")]


def asking(descriptor: int) -> socket.socket:
    """Return the askers' end that this process was given. No child of it gets it unasked."""
    os.set_inheritable(descriptor, False)
    end = socket.socket(fileno=descriptor)
    end.setblocking(False)
    return end


class Forked:
    """One worker that was asked for. It ends when this process does, or ``kill`` is called."""

    def __init__(self, asker: socket.socket, ways: Sequence[int]) -> None:
        """Ask for a worker with these ends of its lanes' pipes; they may be closed afterwards.

        Raises:
            OSError: it cannot be asked for.

        """
        self.pid = 0  # until it has said it
        self.returncode: int | None = None
        self._ended = asyncio.Event()
        wanted, self._wanted = os.pipe()
        self._status, status = os.pipe()
        try:
            socket.send_fds(asker, [b"worker"], [wanted, status, *ways])
        except OSError:
            self._close()
            raise
        finally:
            os.close(wanted)
            os.close(status)
        os.set_blocking(self._status, False)
        asyncio.get_running_loop().add_reader(self._status, self._told)

    def _told(self) -> None:
        """Take its exit status; a nursery that ended first has ended it too."""
        said = b""
        with contextlib.suppress(OSError):
            said = os.read(self._status, 16)
        self._end(int(said) if said else -signal.SIGKILL)

    def _end(self, code: int) -> None:
        if self.returncode is None:
            self.returncode = code
            asyncio.get_running_loop().remove_reader(self._status)
            self._close()
            self._ended.set()

    def _close(self) -> None:
        for end in (self._wanted, self._status):
            os.close(end)

    def kill(self) -> None:
        """Have it killed: the nursery does so when our end of the pipe is closed."""
        self._end(-signal.SIGKILL)

    async def wait(self) -> int:
        """Return its exit status once it has ended, or is left to its end."""
        await self._ended.wait()
        return self.returncode or 0
