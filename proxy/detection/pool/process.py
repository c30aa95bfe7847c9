"""One worker process, for the event loop: start, ask, kill. Pipes only, no thread, no socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from proxy.detection.pool import forked
from proxy.detection.pool.forked import Forked
from proxy.detection.pool.wire import HEAD, LARGEST_FRAME, TWIN_ENDED, frame, unpack
from proxy.detection.text.plain import Ruled
from proxy.runtime import private

Row = TypeVar("Row")
#: How long a process whose pipe has ended may take to end, seconds.
_ENDS_S = 1.0


class WorkerGoneError(Exception):
    """The worker process died, or sent an invalid answer."""


class WorkerDiedError(WorkerGoneError):
    """The worker process or its twin ended during a batch."""


class Pipes:
    """Two pipes: the child's ends, closed here with ``theirs``, and ours."""

    def __init__(self, child_ends: contextlib.ExitStack) -> None:
        self.source, self._sink = os.pipe()
        self._source, self.sink = os.pipe()
        for end in (self.source, self.sink):
            child_ends.callback(os.close, end)

    async def connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return our ends as streams."""
        loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(self._source, "rb", 0))
        transport, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(self._sink, "wb", 0)
        )
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


class Lane:
    """One connection to a worker, which answers one batch at a time on it."""

    def __init__(self, process: WorkerProcess, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        self._process = process
        self._source = source
        self._sink = sink
        self._number = 0
        self.rss = 0

    async def call(self, question: dict[str, Any], count: int, read: Callable[[Any], Row]) -> tuple[Row, ...]:
        """Send a question and return its ``count`` rows, each as ``read`` has it.

        Raises:
            WorkerGoneError: the worker died, or the answer is invalid.

        """
        self._number += 1
        await self._write(frame({"id": self._number, **question}))
        message = await self.read()
        try:
            rows = tuple(map(read, message["rows"]))
            valid = message["id"] == self._number and len(rows) == count
            self.rss = int(message["rss"])
        except (KeyError, TypeError, ValueError) as error:
            raise WorkerGoneError("malformed reply from the detection worker") from error
        if not valid:
            raise WorkerGoneError("malformed reply from the detection worker")
        return rows

    async def ask(self, texts: Sequence[str]) -> Any:
        """Return the worker's findings in each text.

        Raises:
            WorkerGoneError: as ``call``.

        """
        return await self._process.read_batch(self, texts)

    async def read(self) -> dict[str, Any]:
        """Return the next message.

        Raises:
            WorkerGoneError: the worker died, or sent no valid message.

        """
        try:
            (length,) = HEAD.unpack(await self._source.readexactly(HEAD.size))
            if length > LARGEST_FRAME:
                raise WorkerGoneError("malformed reply from the detection worker")
            message: dict[str, Any] = json.loads(await self._source.readexactly(length))
        except (asyncio.IncompleteReadError, OSError, ValueError) as error:
            raise WorkerDiedError("died") from error
        return message

    async def _write(self, data: bytes) -> None:
        try:
            self._sink.write(data)
            await self._sink.drain()
        except (OSError, RuntimeError) as error:
            raise WorkerDiedError("died") from error

    def close(self) -> None:
        """Close the pipe to the worker."""
        self._sink.close()


class WorkerProcess:
    """A child that answers batches, one at a time on each of its lanes."""

    def __init__(
        self,
        command: Sequence[str] | None = None,
        lanes: int = 1,
        cache: Path | None = None,
        nursery: socket.socket | None = None,
    ) -> None:
        """Fork it in a ``nursery``, or else start it by ``command`` with an optional ``cache`` folder."""
        folder = str(cache or "")
        self._command = list(command or (sys.executable, "-m", "proxy.detection.pool.worker", str(os.getpid()), folder))
        self._process: asyncio.subprocess.Process | Forked | None = None
        self._nursery = nursery
        self._more = lanes - 1
        self.lanes: list[Lane] = []
        self.was_ready = False
        self.lost = False  # to be killed
        self.described: dict[str, Any] = {}

    async def start(self, timeout_s: float) -> None:
        """Spawn, and wait until the models are loaded.

        Raises:
            WorkerGoneError: it died or did not get ready in time.

        """
        try:
            await (self._spawn() if self._nursery is None else self._fork(self._nursery))
            async with asyncio.timeout(timeout_s):
                message = await self.lanes[0].read()
        except (OSError, TimeoutError) as error:
            raise WorkerGoneError(f"did not start ({type(error).__name__})") from error
        if "ready" not in message:
            raise WorkerGoneError(f"the worker failed to start: {message.get('failed', 'malformed reply')}")
        self.described = message["ready"]
        if isinstance(self._process, Forked):
            self._process.pid = int(message["pid"])
        self.lanes[0].rss = int(message.get("rss", 0))
        self.was_ready = True

    async def _fork(self, nursery: socket.socket) -> None:
        """Request the process; a nursery that is still loading answers afterwards."""
        with contextlib.ExitStack() as child_ends:
            pipes = [Pipes(child_ends) for _ in range(self._more + 1)]
            try:
                self._process = Forked(nursery, [end for pipe in pipes for end in (pipe.source, pipe.sink)])
            finally:
                for pipe in pipes:
                    self.lanes.append(Lane(self, *await pipe.connected()))

    async def _spawn(self) -> None:
        """Start the process; ``kill`` can end it even when this is cancelled."""
        with contextlib.ExitStack() as child_ends:
            pipes = [Pipes(child_ends) for _ in range(self._more)]
            making = asyncio.get_running_loop().create_task(
                asyncio.create_subprocess_exec(
                    *self._command,
                    *(f"{pipe.source}:{pipe.sink}" for pipe in pipes),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.DEVNULL,
                    env=forked.child_environment(),
                    pass_fds=[end for pipe in pipes for end in (pipe.source, pipe.sink)],
                )
            )
            try:
                self._process = await asyncio.shield(making)
            except asyncio.CancelledError:
                self._process = await making
                raise
            finally:
                for pipe in pipes:
                    self.lanes.append(Lane(self, *await pipe.connected()))
        if self._process.stdin is None or self._process.stdout is None:
            raise WorkerGoneError("no pipe")
        self.lanes.insert(0, Lane(self, self._process.stdout, self._process.stdin))

    async def read_batch(self, lane: Lane, texts: Sequence[str]) -> Any:
        """Return the findings of each text, of those that are ``Ruled`` by rules alone.

        Raises:
            WorkerGoneError: it died, or the answer is invalid.

        """
        ruled = [at for at, text in enumerate(texts) if isinstance(text, Ruled)]
        return await lane.call({"texts": list(texts), "ruled": ruled}, len(texts), unpack)

    async def ask(self, texts: Sequence[str]) -> Any:
        """Ask on the first lane."""
        return await self.lanes[0].ask(texts)

    async def ended_over(self, lane: Lane) -> bool:
        """Whether the process died over this lane's batch; it and its twin die together."""
        code = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ENDS_S):
                code = await self._running().wait()
        return (lane is self.lanes[0]) != (code == TWIN_ENDED)

    @property
    def rss(self) -> int:
        """The largest resident bytes last reported by a lane; lanes share most of their memory."""
        return max((lane.rss for lane in self.lanes), default=0)

    async def idle(self, work: asyncio.Event) -> None:
        """Wait for work.

        Raises:
            WorkerGoneError: the worker died while idle.

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
        for lane in self.lanes:
            lane.close()
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
    async def _reap(process: asyncio.subprocess.Process | Forked) -> None:
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
        return self.alive and self.was_ready and not self.lost

    @property
    def pid(self) -> int:
        """Its process id, 0 before it is started."""
        return 0 if self._process is None else self._process.pid

    def _running(self) -> asyncio.subprocess.Process | Forked:
        if self._process is None:
            raise WorkerGoneError("not started")
        return self._process


def spawning(nursery: int | None, cache: Path) -> Callable[..., WorkerProcess]:
    """Return what makes a worker: forked from a nursery where this process inherited one, else spawned.

    A forked worker starts several times faster, and takes a fraction of the memory.
    """
    if nursery is not None:
        return partial(WorkerProcess, nursery=forked.client_end(nursery))
    return partial(WorkerProcess, cache=private.folder_if_possible(cache))
