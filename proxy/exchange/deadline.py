"""The deadline of all that happens to a request before it leaves, and to a whole reply, and what took the time."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from contextvars import ContextVar
from functools import partial
from time import monotonic
from types import TracebackType
from typing import NamedTuple, Self

from prometheus_client import Histogram

from proxy.errors import (
    CounterUnavailableError,
    DecodingTimeoutError,
    DetectionError,
    FileReadingTimeoutError,
    PolicyUnavailableError,
    ProxyError,
    ReplyTimeoutError,
    TenantBusyError,
    ThreadsBusyError,
    TransformTimeoutError,
    VaultUnavailableError,
)
from proxy.runtime import trace
from proxy.runtime.offload import WAITING, owner


class Stage(NamedTuple):
    """A part of the way of a request: its name in traces and in messages, and the fault where it is too slow."""

    name: str
    words: str
    fault: type[ProxyError]


DECODE = Stage("decode", "decoding the body", DecodingTimeoutError)
FILES = Stage("read files", "reading files", FileReadingTimeoutError)
VAULT = Stage("vault", "the pseudonym vault", VaultUnavailableError)
DETECT = Stage("detect", "detection", DetectionError)
COUNT = Stage("count", "the counter of US persons", CounterUnavailableError)
DECIDE = Stage("decide", "the policy engine", PolicyUnavailableError)
TRANSFORM = Stage("transform", "the transform", TransformTimeoutError)
REPLY = Stage("reply", "reading the reply", ReplyTimeoutError)
THREADS = Stage("threads", "waiting for a thread", ThreadsBusyError)
_TIMES = Histogram(
    "proxy_stage_seconds",
    "Time of the parts of a request's way, waiting included; threads: the wait for one.",
    ["stage"],
    buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 30.0),
)
_STAGES = (DECODE, FILES, VAULT, DETECT, COUNT, DECIDE, TRANSFORM, REPLY, THREADS)
_SECONDS = {each: _TIMES.labels(each.name) for each in _STAGES}
#: What a tenant's requests wait for each other in: these it can mend itself, by sending fewer at once.
_SHARED = frozenset({DECODE, FILES, DETECT, TRANSFORM, REPLY, THREADS})
#: What the time is for, by the first stage.
_LIMITED = {DECODE: "a request has {:g} s until it leaves", REPLY: "a reply has {:g} s; ask for less at once"}
#: The requests that have not left yet and the replies that are being read, by tenant.
_at_work: Counter[str] = Counter()
_running: ContextVar[Deadline | None] = ContextVar("running", default=None)


class Deadline:
    """Bounds the time of a block, in seconds, that begins with a stage; ``stage`` says which one is at work.

    Raises:
        TenantBusyError: it took longer, beside other requests of the tenant that the task works for.
        ProxyError: it took longer; the fault of the stage that took the longest.

    """

    def __init__(self, seconds: float, first: Stage = DECODE) -> None:
        self.seconds = seconds
        self._limited = _LIMITED[first].format(seconds)
        self._now, self._since = monotonic, monotonic()  # the clock of the loop
        self.end = self._since + seconds
        self._limit = asyncio.timeout_at(self.end)
        self._spent: defaultdict[Stage, float] = defaultdict(float)
        self._stage = first
        self._owner, self._beside = owner(), 0  # the tenant, and its requests at work as this one began

    async def __aenter__(self) -> Self:
        self._tokens = _running.set(self), WAITING.set(partial(stage, THREADS))
        self._beside = _at_work[self._owner]
        _at_work[self._owner] += 1
        await self._limit.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _running.reset(self._tokens[0])
        WAITING.reset(self._tokens[1])
        try:
            await self._limit.__aexit__(kind, error, trace)
            if isinstance(error, TimeoutError) and self._limit.expired():
                raise self.late() from error
        except TimeoutError as late:
            raise self.late() from late
        finally:
            self._spent[self._stage] += self._now() - self._since
            for each in self._spent:
                _SECONDS[each].observe(self._spent[each])
            _at_work[self._owner] -= 1
            if not _at_work[self._owner]:
                del _at_work[self._owner]

    def slowest(self) -> Stage:
        """Return the stage that has taken the most time so far."""
        self.switch(self._stage)
        return max(self._spent, key=self._spent.__getitem__)

    def late(self) -> ProxyError:
        """Return the fault of the slowest stage, or of the tenant's other requests that it was beside."""
        stage = self.slowest()
        beside = max(self._beside, _at_work[self._owner] - 1) if self._owner and stage in _SHARED else 0
        if not beside:
            return stage.fault(f"{stage.words} took too long: {self._limited}")
        fault = TenantBusyError(f"{stage.words} took too long beside {beside} more of this tenant's requests, of which "
                                f"fewer should be sent at once: {self._limited}")  # fmt: skip
        fault.retry_after_s = self.seconds  # by then none of these is at work
        return fault

    def switch(self, stage: Stage) -> Stage:
        """Begin a stage; return the one that it interrupts."""
        now = self._now()
        self._spent[self._stage] += now - self._since
        before, self._stage, self._since = self._stage, stage, now
        return before


class stage:  # noqa: N801 - reads like the function that it stands for
    """Trace a stage, and count its time where a deadline runs; one inside another interrupts it."""

    __slots__ = ("_before", "_deadline", "_span", "_stage")

    def __init__(self, stage: Stage, **attributes: str | int) -> None:
        self._stage, self._span = stage, trace.OFF if trace.off else trace.span(stage.name, **attributes)

    def __enter__(self) -> None:
        self._span.__enter__()
        self._deadline = _running.get()
        self._before = self._deadline.switch(self._stage) if self._deadline is not None else self._stage

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._deadline is not None:
            self._deadline.switch(self._before)
        self._span.__exit__(kind, error, trace)
