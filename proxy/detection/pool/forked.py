"""Workers requested from a nursery, and their environment; ``Forked`` has the interface of a child process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from proxy.detection.models import arithmetic
from proxy.detection.models.classifier_files import CLASSIFIER
from proxy.runtime.environment import environment

#: A process that has loaded models can be forked safely.
_WITHHELD = ("PROXY_", "DATABASE_URL", "OPA_", "OTEL_", "OPENAI_", "AWS_", "AZURE_", "GOOGLE_", "ANTHROPIC_")
#: The folder of the deployment's own recognizers: with the choice of a classifier, the only setting that workers get.
PLUGINS: Final = "PROXY_PLUGINS_DIR"
_ADDED = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONWARNINGS": "ignore",
    "MALLOC_ARENA_MAX": "1",
}


def child_environment() -> dict[str, str]:
    """Return the environment of a worker: the parent's without any secret or service address."""
    inherited = {k: v for k, v in environment().items() if not k.startswith(_WITHHELD) and "KEY" not in k}
    chosen = {k: v for k, v in environment().items() if k in {PLUGINS, CLASSIFIER}}
    return inherited | chosen | _ADDED | arithmetic.variables()


POSSIBLE = sys.platform == "linux"


def ends() -> tuple[socket.socket, socket.socket]:
    """Return both ends of the socket on which workers are requested: the clients' and the nursery's. Linux only."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def command(descriptor: int, cache: Path | None) -> list[str]:
    """Return the command of a nursery of this process; ``descriptor``, its end of the socket, must be inherited."""
    return [sys.executable, "-m", "proxy.detection.pool.nursery", str(os.getpid()), str(descriptor), str(cache or "")]


def client_end(descriptor: int) -> socket.socket:
    """Return the clients' end that this process inherited; its own children do not inherit it implicitly."""
    os.set_inheritable(descriptor, False)
    end = socket.socket(fileno=descriptor)
    end.setblocking(False)
    return end


class Forked:
    """One worker of a nursery. It ends with this process, or when ``kill`` is called."""

    def __init__(self, client: socket.socket, ways: Sequence[int]) -> None:
        """Request a worker with these ends of its lanes' pipes; they may be closed afterwards.

        Raises:
            OSError: the nursery cannot be reached.

        """
        self.pid = 0  # until it has reported it
        self.returncode: int | None = None
        self._exited = asyncio.Event()
        lifeline, self._lifeline = os.pipe()
        self._status, status = os.pipe()
        try:
            socket.send_fds(client, [b"worker"], [lifeline, status, *ways])
        except OSError:
            self._close()
            raise
        finally:
            os.close(lifeline)
            os.close(status)
        os.set_blocking(self._status, False)
        asyncio.get_running_loop().add_reader(self._status, self._take_status)

    def _take_status(self) -> None:
        """Read its exit status; without one the nursery ended first, and the worker with it."""
        status = b""
        with contextlib.suppress(OSError):
            status = os.read(self._status, 16)
        self._end(int(status) if status else -signal.SIGKILL)

    def _end(self, code: int) -> None:
        if self.returncode is None:
            self.returncode = code
            asyncio.get_running_loop().remove_reader(self._status)
            self._close()
            self._exited.set()

    def _close(self) -> None:
        for end in (self._lifeline, self._status):
            os.close(end)

    def kill(self) -> None:
        """Close the lifeline, whereupon the nursery kills it."""
        self._end(-signal.SIGKILL)

    async def wait(self) -> int:
        """Return its exit status once it has ended or been killed."""
        await self._exited.wait()
        return self.returncode or 0
