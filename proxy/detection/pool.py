"""Detection in spawned worker processes: bounded queue, deadlines, replacement of workers that hang or die.

A request is a list of batches of texts. Waiting requests take turns batch by batch, so a long one cannot starve a
short one. Whatever goes wrong is a status, never an exception: no free place in the queue or a worker that died
under the request is FAILED, no answer in time is TIMEOUT.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from proxy.background import Background
from proxy.core.records import SegmentFindings, Status
from proxy.detection.process import WorkerGoneError, WorkerProcess
from proxy.errors import DetectionError

Answer = tuple[SegmentFindings, ...] | Status
_RESTART_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 10.0


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """How many workers, how many requests may wait, how long one batch may take, how large a worker may grow."""

    workers: int = 1
    queue: int = 64
    batch_s: float = 10.0
    start_s: float = 120.0
    worker_bytes: int = 900 << 20


@dataclass(eq=False, slots=True)
class _Request:
    batches: deque[tuple[int, Sequence[str]]]
    answers: list[Answer | None]
    done: asyncio.Future[None]
    open: int = field(default=0)

    def settle(self, index: int, answer: Answer) -> None:
        if self.answers[index] is None:
            self.answers[index] = answer
            self.open -= 1
        if self.open == 0 and not self.done.done():
            self.done.set_result(None)


class WorkerPool:
    """``start`` returns when one worker is ready; ``close`` ends them all."""

    def __init__(self, limits: PoolLimits, spawn: Callable[[], WorkerProcess] = WorkerProcess) -> None:
        self._limits = limits
        self._spawn = spawn
        self._slots: list[WorkerProcess | None] = [None] * limits.workers
        self._background = Background()
        self._open = False
        self._waiting: deque[_Request] = deque()
        self._requests = 0
        self._work = asyncio.Event()
        self._first = asyncio.Event()
        self._failure = ""
        self.replaced = 0

    async def start(self) -> None:
        """Spawn the workers; return when at least one has loaded its models.

        Raises:
            DetectionError: no worker became ready in time.

        """
        self._open = True
        for number in range(self._limits.workers):
            self._background.start(f"detection-worker-{number}", self._slot(number))
        try:
            async with asyncio.timeout(self._limits.start_s):
                await self._first.wait()
        except TimeoutError as error:
            await self.close()
            raise DetectionError(f"no detection worker became ready ({self._failure or 'no answer'})") from error

    async def close(self) -> None:
        """End every worker; requests still waiting are FAILED."""
        self._open = False
        await self._background.stop()
        while self._waiting:
            self._fail(self._waiting.popleft())

    @property
    def ready(self) -> bool:
        """Whether at least one worker can answer now."""
        return any(worker is not None and worker.ready for worker in self._slots)

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the live workers."""
        return tuple(worker.pid for worker in self._slots if worker is not None and worker.alive)

    @property
    def waiting(self) -> int:
        """How many requests wait or are being worked on."""
        return self._requests

    def resident(self) -> tuple[int, ...]:
        """The resident bytes each live worker last reported."""
        return tuple(worker.rss for worker in self._slots if worker is not None and worker.alive)

    async def run(self, batches: Sequence[Sequence[str]], deadline_s: float) -> list[Answer]:
        """Answer every batch, in order, within the deadline."""
        if self._requests >= self._limits.queue + self._limits.workers or not self._open:
            return [Status.FAILED] * len(batches)
        request = _Request(
            batches=deque(enumerate(batches)),
            answers=[None] * len(batches),
            done=asyncio.get_running_loop().create_future(),
            open=len(batches),
        )
        self._requests += 1
        self._waiting.append(request)
        self._work.set()
        try:
            async with asyncio.timeout(deadline_s):
                await request.done
        except TimeoutError:
            pass
        finally:
            self._requests -= 1
            request.batches.clear()
        return [Status.TIMEOUT if answer is None else answer for answer in request.answers]

    # --- one slot ---------------------------------------------------------------------------------------------

    async def _slot(self, number: int) -> None:
        """Keep one worker alive and feed it."""
        pause = _RESTART_PAUSE_S
        while True:
            worker = self._spawn()
            self._slots[number] = worker
            try:
                await worker.start(self._limits.start_s)
                pause = _RESTART_PAUSE_S
                self._first.set()
                await self._feed(worker)
            except WorkerGoneError as error:
                self._failure = str(error)
                if not worker.was_ready:
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE_S)
            finally:
                self._slots[number] = None
                await worker.kill()
            self.replaced += 1

    async def _feed(self, worker: WorkerProcess) -> None:
        """Give the worker one batch after another; return when it has grown too large."""
        while worker.rss <= self._limits.worker_bytes:
            request, index, texts = await self._next(worker)
            try:
                async with asyncio.timeout(self._limits.batch_s):
                    request.settle(index, await worker.ask(texts))
            except TimeoutError as error:
                request.settle(index, Status.TIMEOUT)
                raise WorkerGoneError("hung") from error
            except BaseException:
                request.settle(index, Status.FAILED)
                raise

    async def _next(self, worker: WorkerProcess) -> tuple[_Request, int, Sequence[str]]:
        """Return the next batch: requests take turns. An idle worker that dies is noticed at once."""
        while True:
            while self._waiting:
                request = self._waiting.popleft()
                if not request.batches:
                    continue
                index, texts = request.batches.popleft()
                if request.batches:
                    self._waiting.append(request)
                return request, index, texts
            self._work.clear()
            await worker.idle(self._work)

    @staticmethod
    def _fail(request: _Request) -> None:
        while request.batches:
            index, _ = request.batches.popleft()
            request.settle(index, Status.FAILED)
