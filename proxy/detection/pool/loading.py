"""The models as a part of the stack: loaded once, early, and kept across restarts of the proxy.

This module imports little, so that ``run`` can start loading models before its other modules are imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from proxy.detection.pool import forked
from proxy.runtime import private
from proxy.runtime.process import sighup_blocked

_POLL_S = 0.1


class NurseryPart:
    """Implements ``parts.Part``: a nursery of detection workers, and the socket on which the proxy requests them."""

    name = "detection"
    needs: tuple[str, ...] = ()

    def __init__(self, cache: Path | None, log: Path | None = None) -> None:
        """``cache`` is a private folder for compiled rules; ``log`` takes the output until the models are loaded."""
        self._cache = cache
        self._log = log
        self._clients, self._requests = forked.ends()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def clients(self) -> int:
        """The descriptor on which workers are requested; the proxy inherits it."""
        return self._clients.fileno()

    @property
    def group(self) -> int | None:
        """The process group, once started."""
        return self._process.pid if self._process is not None else None

    def begin(self) -> None:
        """Start loading the models, unless that has been done; the proxy is ready once they are loaded.

        Raises:
            OSError: the log cannot be written.

        """
        if self._process is not None and self._process.poll() is None:
            return
        requests = self._requests.fileno()
        with contextlib.ExitStack() as until_begun:
            until_begun.enter_context(sighup_blocked())
            log = until_begun.enter_context(private.opened(self._log, "wb")) if self._log is not None else None
            self._process = subprocess.Popen(
                forked.command(requests, self._cache),
                env=forked.child_environment(),
                pass_fds=(requests,),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def end(self) -> None:
        """Kill it and its workers."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def close(self) -> None:
        """Kill it and close the socket: no more workers can be requested."""
        self.end()
        self._clients.close()
        self._requests.close()

    async def prepare(self) -> None:
        """Nothing."""

    async def start(self, started: Callable[[int], None]) -> None:
        """Start it, unless ``begin`` has."""
        self.begin()
        if self._process is not None:
            started(self._process.pid)

    async def ended(self) -> None:
        """Wait until the process has ended."""
        while await self.healthy():  # noqa: ASYNC110 - it may be older than the event loop, which then cannot watch it
            await asyncio.sleep(_POLL_S)

    async def healthy(self) -> bool:
        """Whether it runs; whether its models are loaded is the proxy's readiness."""
        return self._process is not None and self._process.poll() is None

    async def stop(self) -> None:
        """Kill it and its workers."""
        self.end()
