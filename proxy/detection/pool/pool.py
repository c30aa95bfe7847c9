"""Detection in spawned worker processes: bounded queue, deadlines, replacement of workers that hang or die.

A request is a list of batches of texts. Tenants take turns by characters read, requests of one tenant by batches:
neither a long request nor another tenant's many requests can starve a short one. Short batches that wait are read
together, up to one turn, the last of a request with the one before up to one and a half; if a worker dies or hangs over
them, each is read once more alone, so that none fails for another's text. What cannot be read in time is refused before
it is queued. Later faults are statuses, never exceptions:
FAILED when the worker died under the request, TIMEOUT when there was no answer in time.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from proxy.core.findings import SegmentFindings, Status
from proxy.detection.pool import metering
from proxy.detection.pool.pace import ALWAYS, Pace, cost
from proxy.detection.pool.process import Lane, WorkerDiedError, WorkerGoneError, WorkerProcess
from proxy.errors import DetectionBusyError, DetectionError, TooMuchTextError
from proxy.runtime.background import Background
from proxy.runtime.turns import Turns

Answer = tuple[SegmentFindings, ...] | Status
_RESTART_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 10.0
#: Characters of one turn.
TURN = 2_000
#: What is left of a request may exceed a turn by this part of one.
_EXCESS = 0.5
_LONGEST_RETRY_S = 30.0


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """Workers, waiting requests per tenant, seconds per batch and per start, bytes per worker, characters per turn."""

    workers: int = 1
    queue: int = 64
    batch_s: float = 10.0
    start_s: float = 120.0
    worker_bytes: int = 900 << 20
    turn: int = TURN


@dataclass(frozen=True, slots=True)
class _Batch:
    index: int
    texts: Sequence[str]
    cost: int
    alone: bool = False  # a worker was lost over it and others

    @property
    def turn(self) -> int:
        """What of a turn it takes."""
        return max(self.cost, TURN) if self.alone else self.cost


@dataclass(eq=False, slots=True)
class _Request:
    tenant: str
    batches: deque[_Batch]
    answers: list[Answer | None]
    done: asyncio.Future[None]
    open: int = field(default=0)

    def settle(self, index: int, answer: Answer) -> None:
        if self.answers[index] is None:
            self.answers[index] = answer
            self.open -= 1
        if self.open == 0 and not self.done.done():
            self.done.set_result(None)


@dataclass(frozen=True, slots=True)
class _Load:
    """Batches of one or more requests that a worker reads together."""

    parts: Sequence[tuple[_Request, _Batch]]

    @property
    def texts(self) -> list[str]:
        return [text for _, batch in self.parts for text in batch.texts]

    @property
    def cost(self) -> int:
        return sum(batch.cost for _, batch in self.parts)

    @property
    def tenants(self) -> set[str]:
        return {request.tenant for request, _ in self.parts}

    def settle(self, answer: Answer) -> None:
        """Give every request its part of the findings, or the status."""
        start = 0
        for request, batch in self.parts:
            end = start + len(batch.texts)
            request.settle(batch.index, answer if isinstance(answer, Status) else answer[start:end])
            start = end


class WorkerPool:
    """``start`` returns when one worker is ready; ``close`` ends them all."""

    def __init__(self, limits: PoolLimits, spawn: Callable[[], WorkerProcess] = WorkerProcess) -> None:
        self._limits = limits
        self._spawn = spawn
        self._slots: list[WorkerProcess | None] = [None] * limits.workers
        self._background = Background()
        self._open = False
        self._waiting: Turns[_Request] = Turns(limits.turn)
        self._requests: Counter[str] = Counter()  # by tenant
        self._running: Counter[str] = Counter()  # loads by tenant
        self.pace = Pace(limits.workers)
        self._idle = 0  # lanes
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
        while (request := self._waiting.take()) is not None:
            self._fail(request)

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
        return self._requests.total()

    @property
    def details(self) -> list[dict[str, str]]:
        """Nothing: no detector is elsewhere."""
        return []

    def resident(self) -> tuple[int, ...]:
        """The resident bytes each live worker last reported."""
        return tuple(worker.rss for worker in self._slots if worker is not None and worker.alive)

    def admit(self, tenant: str, amount: int, within_s: float) -> None:
        """Check that this much more of a tenant would be read in time.

        Raises:
            TooMuchTextError: not even idle workers could.
            DetectionBusyError: not at present; never where nothing waits.

        """
        most = self.pace.most(within_s)
        if amount > most:
            metering.refused("too_much_text")
            raise TooMuchTextError.beyond(most)
        wait = self.pace.wait(tenant, amount)
        short = not self.pace.waiting[tenant] and amount <= ALWAYS
        if (self.pace.waiting and wait > within_s and not short) or self._requests[tenant] >= self._limits.queue:
            metering.refused("detection_busy")
            raise DetectionBusyError(retry_after_s=min(_LONGEST_RETRY_S, max(1.0, wait - within_s / 2)))

    async def run(self, batches: Sequence[Sequence[str]], deadline_s: float, tenant: str = "") -> list[Answer]:
        """Answer every batch, in order, within the deadline.

        Raises:
            DetectionBusyError: the tenant's queue is full.

        """
        if not self._open:
            return [Status.FAILED] * len(batches)
        if self._requests[tenant] >= self._limits.queue:
            metering.refused("detection_busy")
            raise DetectionBusyError
        request = _Request(
            tenant=tenant,
            batches=deque(_Batch(i, texts, sum(map(cost, texts))) for i, texts in enumerate(batches)),
            answers=[None] * len(batches),
            done=asyncio.get_running_loop().create_future(),
            open=len(batches),
        )
        with self._queued(request):
            try:
                async with asyncio.timeout(deadline_s):
                    await request.done
            except TimeoutError:
                metering.timed_out()
        return [Status.TIMEOUT if answer is None else answer for answer in request.answers]

    @contextmanager
    def _queued(self, request: _Request) -> Iterator[None]:
        self._requests[request.tenant] += 1
        self.pace.queued(request.tenant, sum(batch.cost for batch in request.batches))
        self._wait_for(request)
        try:
            yield
        finally:
            self._requests[request.tenant] -= 1
            if not self._requests[request.tenant]:
                del self._requests[request.tenant]
            self.pace.queued(request.tenant, -sum(batch.cost for batch in request.batches))
            request.batches.clear()

    def _wait_for(self, request: _Request) -> None:
        """Queue the request for its next batch."""
        if request.batches:
            self._waiting.put(request.tenant, request.batches[0].turn, request)
            self._work.set()

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
                await self._serve(worker)
            except WorkerGoneError as error:
                self._failure = str(error)
                if not worker.was_ready:
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE_S)
            finally:
                self._slots[number] = None
                await worker.kill()
            self.replaced += 1

    async def _serve(self, worker: WorkerProcess) -> None:
        """Feed every lane of the worker until one of them ends, and with it the others.

        Raises:
            WorkerGoneError: it died, hung, or sent an invalid answer.

        """
        loop = asyncio.get_running_loop()
        feeding = {loop.create_task(self._feed(worker, lane)) for lane in worker.lanes}
        try:
            done, _ = await asyncio.wait(feeding, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in feeding:
                task.cancel()
            await asyncio.wait(feeding)
        for task in done:
            task.result()

    async def _feed(self, worker: WorkerProcess, lane: Lane) -> None:
        """Give the worker one load after another, until it has grown too large."""
        while worker.rss <= self._limits.worker_bytes:
            load = await self._next(worker)
            started = time.monotonic()
            self._running.update(load.tenants)
            try:
                async with asyncio.timeout(self._limits.batch_s):
                    load.settle(await lane.ask(load.texts))
            except TimeoutError as error:
                worker.lost = True
                self._lost(load, Status.TIMEOUT)
                raise WorkerGoneError("hung") from error
            except asyncio.CancelledError:  # the worker ended over another lane's load
                self._again(load)
                raise
            except WorkerDiedError:
                worker.lost = True
                if await worker.ended_over(lane):
                    self._lost(load, Status.FAILED)
                else:
                    self._again(load)
                raise
            except BaseException:
                worker.lost = True
                self._lost(load, Status.FAILED)
                raise
            finally:
                self._ran(load, time.monotonic() - started)

    def _lost(self, load: _Load, status: Status) -> None:
        """Settle a batch that was read alone; read those that were read together once more, each alone."""
        if len(load.parts) == 1:
            load.settle(status)
        else:
            self._again(_Load([(request, replace(batch, alone=True)) for request, batch in load.parts]))

    def _again(self, load: _Load) -> None:
        for request, batch in load.parts:
            if not request.done.done():
                request.batches.appendleft(batch)
                self.pace.queued(request.tenant, batch.cost)
                self._wait_for(request)

    def _ran(self, load: _Load, seconds: float) -> None:
        self._running.subtract(load.tenants)
        for request, batch in load.parts:
            self.pace.queued(request.tenant, -batch.cost)
        self.pace.measured(load.cost, seconds)
        metering.read(load.cost, seconds)

    async def _next(self, worker: WorkerProcess) -> _Load:
        """Return what to read next, of tenants with less than their share of lanes.

        Raises:
            WorkerGoneError: the worker died while idle.

        """
        while True:
            busy = {tenant for tenant, loads in self._running.items() if loads >= self._limits.workers}
            if parts := list(self._together(busy)):
                return _Load(parts)
            self._work.clear()
            self._idle += 1
            try:
                await worker.idle(self._work)
            finally:
                self._idle -= 1

    def _together(self, busy: Container[str]) -> Iterator[tuple[_Request, _Batch]]:
        """Yield the next batch, and those after it that fit into the same turn unless an idle lane may read them.

        What is left of a small request is read with its first batch: two passes of the models cost more than one.
        """
        room: float = math.inf
        while (request := self._waiting.take(busy, room)) is not None:
            if request.batches:
                if request.batches[0].turn > room:  # one that came back stands before the one that was queued
                    self._wait_for(request)
                    return
                batch = request.batches.popleft()
                apart = self._idle and self._running[request.tenant] + 1 < self._limits.workers
                takes_rest = room == math.inf and not apart and not batch.alone
                room = min(room, self._limits.turn) - batch.turn
                rest = self._rest(request, room + self._limits.turn * _EXCESS) if takes_rest else None
                self._wait_for(request)
                yield request, batch
                if apart:
                    return
                if rest is not None:
                    yield request, rest
                    room -= rest.turn

    def _rest(self, request: _Request, room: float) -> _Batch | None:
        """Take the last batch of a request if it fits."""
        if len(request.batches) != 1 or request.batches[0].alone or request.batches[0].turn > room:
            return None
        batch = request.batches.popleft()
        self._waiting.charge(request.tenant, batch.turn)
        return batch

    @staticmethod
    def _fail(request: _Request) -> None:
        while request.batches:
            request.settle(request.batches.popleft().index, Status.FAILED)
