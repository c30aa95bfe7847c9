"""Fair scheduling of the event loop: one owner's many tasks delay another owner's task only briefly.

A task's step is what it does between two awaits. Steps of busy owners run one after the other, for a slice of time per
iteration of the loop, in turns weighted by the time they took; steps of owners with little work run at once. While
several owners are at work, none gets more than half of the time: what they await runs on the same machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Generic, TypeVar, cast
from weakref import WeakKeyDictionary

from proxy.runtime.turns import Allowance, Turns

#: The time for steps in one iteration of the loop, seconds: with several owners at work, and with one. Each deferral
#: costs another iteration.
SLICE_S, ALONE_S = 0.0005, 0.01
#: After this long without a step a new iteration is assumed, seconds.
_IDLE_S = 0.001
#: The quantum of an owner's turn, microseconds.
_TURN_US = 2_000
_MEMORY = 0.9

_Result = TypeVar("_Result")


async def in_turns(owner: str, work: Coroutine[Any, Any, _Result]) -> _Result:
    """Await ``work``, whose steps take turns with those of other owners."""
    return await _InTurns(owner, work)


async def pause() -> None:
    """Yield to other tasks if this task's step has used up its slice; for loops without another await."""
    if perf_counter() - _share().began > SLICE_S:
        await asyncio.sleep(0)


def crowded() -> bool:
    """Whether steps wait for their turn, so that the loop has work for more than this iteration."""
    return bool(_share().waiting)


def charge(seconds: float, owner: str) -> None:
    """Charge an owner for the time that a worker thread held the interpreter."""
    _share().allowance.took(owner, seconds, perf_counter())


@dataclass(slots=True)
class _Share:
    """The state of one event loop: waiting steps, and the time used in this iteration."""

    waiting: Turns[asyncio.Future[None]] = field(default_factory=lambda: Turns(_TURN_US))
    spent: float = 0.0
    usual: float = SLICE_S / 2  # recent duration of a step that had to wait, seconds
    began: float = 0.0
    ticking: bool = False
    allowance: Allowance = field(default_factory=Allowance)
    later: asyncio.TimerHandle | None = None
    ended: float = 0.0  # when the last step ended

    @property
    def slice(self) -> float:
        """The time for steps in this iteration, seconds."""
        return SLICE_S if self.allowance.several(self.began) else ALONE_S

    def free(self, owner: str, now: float) -> bool:
        """Whether a step of the owner may run at once."""
        if now - self.ended > _IDLE_S:
            self.spent = 0.0
        if self.spent >= self.slice or self.waiting.behind(owner):
            return False
        return not self.allowance.over(owner, now)

    def wait(self, owner: str) -> asyncio.Future[None]:
        """Return a future that is done when the owner's next step may run."""
        turn = asyncio.get_running_loop().create_future()
        self.waiting.put(owner, 0, turn)
        self.tick()
        return turn

    def took(self, owner: str, seconds: float) -> None:
        """Account for a step that has ended."""
        self.spent += seconds
        self.usual = _MEMORY * self.usual + (1 - _MEMORY) * seconds
        self.ended = self.began + seconds
        self.waiting.charge(owner, int(seconds * 1e6))
        self.allowance.took(owner, seconds, self.ended)

    def tick(self) -> None:
        """Start the next iteration with nothing spent."""
        if not self.ticking:
            self.ticking = True
            asyncio.get_running_loop().call_soon(self._next_iteration)

    def _next_iteration(self) -> None:
        self.ticking, self.spent, coming, limit = False, 0.0, 0.0, self.slice
        now = perf_counter()
        over = self.allowance.all_over(now)
        while coming < limit and (turn := self.waiting.take(over)) is not None:
            if not turn.done():
                turn.set_result(None)
                coming += self.usual
        if self.later is not None:  # an owner with less debt may wait by now
            self.later.cancel()
            self.later = None
        if coming:
            self.tick()
        elif self.waiting:
            self.later = asyncio.get_running_loop().call_later(self.allowance.wait(now), self.tick)


_LOOPS: WeakKeyDictionary[asyncio.AbstractEventLoop, _Share] = WeakKeyDictionary()


def _share() -> _Share:
    loop = asyncio.get_running_loop()
    if loop not in _LOOPS:
        _LOOPS[loop] = _Share()
    return _LOOPS[loop]


class _InTurns(Generic[_Result]):
    """Drives a coroutine step by step, as the task awaiting it would."""

    def __init__(self, owner: str, work: Coroutine[Any, Any, _Result]) -> None:
        self._owner = owner
        self._work = work

    def __await__(self) -> Generator[Any, Any, _Result]:
        share, work, owner = _share(), self._work, self._owner
        thrown: BaseException | None = None
        try:
            while True:
                try:
                    if thrown is None and not share.free(owner, perf_counter()):
                        yield from share.wait(owner)
                except asyncio.CancelledError as error:
                    thrown = error
                share.began = began = perf_counter()
                try:
                    awaited = work.send(None) if thrown is None else work.throw(thrown)
                except StopIteration as ended:
                    return cast("_Result", ended.value)
                finally:
                    share.took(owner, perf_counter() - began)
                thrown = None
                try:
                    yield awaited
                except GeneratorExit:
                    raise
                except BaseException as error:  # noqa: BLE001 - for the coroutine to handle
                    thrown = error
        finally:
            work.close()
