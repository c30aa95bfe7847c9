"""The models as a part: loaded once, early, and kept while the proxy comes and goes.

It imports little, so that ``run`` can begin to load models before it has read the rest of itself.
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
from proxy.detection.pool.surroundings import child_environment
from proxy.runtime import hangup, private

_POLL_S = 0.1


class NurseryPart:
    """Implements ``parts.Part``: a nursery of detection workers, and the socket on which the proxy asks it for them."""

    name = "detection"
    needs: tuple[str, ...] = ()

    def __init__(self, cache: Path | None, log: Path | None = None) -> None:
        """``cache`` is a private folder for what is compiled; ``log`` takes what is said before anything is read."""
        self._cache = cache
        self._log = log
        self._askers, self._asked = forked.ends()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def askers(self) -> int:
        """The descriptor on which workers are asked for; the proxy inherits it."""
        return self._askers.fileno()

    @property
    def group(self) -> int | None:
        """The process group, once started."""
        return self._process.pid if self._process is not None else None

    def begin(self) -> None:
        """Begin to load the models, unless that was begun; they are there when the proxy says that it is ready.

        Raises:
            OSError: the log cannot be written.

        """
        if self._process is not None and self._process.poll() is None:
            return
        asked = self._asked.fileno()
        with contextlib.ExitStack() as until_begun:
            until_begun.enter_context(hangup.sighup_blocked())
            log = until_begun.enter_context(private.opened(self._log, "wb")) if self._log is not None else None
            self._process = subprocess.Popen(
                forked.command(asked, self._cache), env=child_environment(), pass_fds=(asked,), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def end(self) -> None:
        """End it, and with it its workers."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def close(self) -> None:
        """End it for good: nobody can ask for workers any more."""
        self.end()
        self._askers.close()
        self._asked.close()

    async def prepare(self) -> None:
        """Nothing."""

    async def start(self, started: Callable[[int], None]) -> None:
        """Begin, where that was not done before."""
        self.begin()
        if self._process is not None:
            started(self._process.pid)

    async def ended(self) -> None:
        """Wait for the process."""
        while await self.healthy():  # noqa: ASYNC110 - it may be older than the event loop, which then cannot watch it
            await asyncio.sleep(_POLL_S)

    async def healthy(self) -> bool:
        """Whether it runs; whether its models are loaded shows at the proxy."""
        return self._process is not None and self._process.poll() is None

    async def stop(self) -> None:
        """End it, and with it its workers."""
        self.end()
