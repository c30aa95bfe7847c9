"""One worker process, seen from the event loop: start, ask, kill. Pipes only, no thread, no socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from proxy.core.records import SegmentFindings
from proxy.detection.wire import HEAD, LARGEST_FRAME, frame, unpack
from proxy.settings import environment

Row = TypeVar("Row")
_WITHHELD = ("PROXY_", "DATABASE_URL", "OPA_", "OTEL_", "OPENAI_", "AWS_", "AZURE_", "GOOGLE_", "ANTHROPIC_")
_ADDED = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONWARNINGS": "ignore",
    "MALLOC_ARENA_MAX": "1",
}


class WorkerGoneError(Exception):
    """The worker process died, or answered something that is not an answer."""


def child_environment() -> dict[str, str]:
    """Return the environment of a worker: the parent's without any secret or service address."""
    inherited = {k: v for k, v in environment().items() if not k.startswith(_WITHHELD) and "KEY" not in k}
    return inherited | _ADDED


class WorkerProcess:
    """A child that answers one batch at a time."""

    def __init__(self, command: Sequence[str] | None = None) -> None:
        self._command = list(command or (sys.executable, "-m", "proxy.detection.worker", str(os.getpid())))
        self._process: asyncio.subprocess.Process | None = None
        self._number = 0
        self.was_ready = False
        self.described: dict[str, Any] = {}
        self.rss = 0

    async def start(self, timeout_s: float) -> None:
        """Spawn, and wait until the models are loaded.

        Raises:
            WorkerGoneError: it died or did not get ready in time.

        """
        try:
            await self._spawn()
            async with asyncio.timeout(timeout_s):
                message = await self._read()
        except (OSError, TimeoutError) as error:
            raise WorkerGoneError(f"did not start ({type(error).__name__})") from error
        if "ready" not in message:
            raise WorkerGoneError(f"did not start ({message.get('failed', 'odd answer')})")
        self.described = message["ready"]
        self.rss = int(message.get("rss", 0))
        self.was_ready = True

    async def _spawn(self) -> None:
        """Make the process; when cancelled meanwhile it is still known, so that ``kill`` can end it."""
        making = asyncio.get_running_loop().create_task(
            asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=child_environment(),
            )
        )
        try:
            self._process = await asyncio.shield(making)
        except asyncio.CancelledError:
            self._process = await making
            raise

    async def ask(self, texts: Sequence[str]) -> tuple[SegmentFindings, ...]:
        """Return the findings of each text.

        Raises:
            WorkerGoneError: it died meanwhile, or the answer is not one.

        """
        return await self._asked({"texts": list(texts)}, len(texts), unpack)

    async def _asked(self, question: dict[str, Any], count: int, read: Callable[[Any], Row]) -> tuple[Row, ...]:
        """Send a question and return its ``count`` rows, each as ``read`` has it."""
        self._number += 1
        await self._write(frame({"id": self._number, **question}))
        message = await self._read()
        try:
            rows = tuple(map(read, message["rows"]))
            valid = message["id"] == self._number and len(rows) == count
            self.rss = int(message["rss"])
        except (KeyError, TypeError, ValueError) as error:
            raise WorkerGoneError("odd answer") from error
        if not valid:
            raise WorkerGoneError("odd answer")
        return rows

    async def idle(self, work: asyncio.Event) -> None:
        """Wait for work.

        Raises:
            WorkerGoneError: the worker died while it had nothing to do.

        """
        process = self._running()
        loop = asyncio.get_running_loop()
        waits = {loop.create_task(work.wait()), loop.create_task(process.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.wait(waits)
        if process.returncode is not None:
            raise WorkerGoneError(f"ended with {process.returncode}")

    async def kill(self) -> None:
        """End the process, whatever it is doing, and reap it, even when cancelled meanwhile."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        reaping = asyncio.get_running_loop().create_task(self._reap(self._process))
        try:
            await asyncio.shield(reaping)
        except asyncio.CancelledError:
            await reaping
            raise

    @staticmethod
    async def _reap(process: asyncio.subprocess.Process) -> None:
        await process.wait()
        transport = getattr(process, "_transport", None)
        if transport is not None:
            transport.close()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.returncode is None

    @property
    def ready(self) -> bool:
        """Whether it runs and has loaded its models."""
        return self.alive and self.was_ready

    @property
    def pid(self) -> int:
        """Its process id, 0 before it is started."""
        return 0 if self._process is None else self._process.pid

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise WorkerGoneError("not started")
        return self._process

    async def _write(self, data: bytes) -> None:
        pipe = self._running().stdin
        if pipe is None:
            raise WorkerGoneError("no pipe")
        try:
            pipe.write(data)
            await pipe.drain()
        except (OSError, RuntimeError) as error:
            raise WorkerGoneError("died") from error

    async def _read(self) -> dict[str, Any]:
        pipe = self._running().stdout
        if pipe is None:
            raise WorkerGoneError("no pipe")
        try:
            (length,) = HEAD.unpack(await pipe.readexactly(HEAD.size))
            if length > LARGEST_FRAME:
                raise WorkerGoneError("odd answer")
            message: dict[str, Any] = json.loads(await pipe.readexactly(length))
        except (asyncio.IncompleteReadError, OSError, ValueError) as error:
            raise WorkerGoneError("died") from error
        return message
