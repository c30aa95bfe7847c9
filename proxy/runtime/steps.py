"""Share the event loop: however many tasks an owner has, another's waits for a short piece of their work.

A task's step is what it does between two waits. Steps of owners with much to do are let go one after the other, a
slice of time in each iteration of the loop, in turns by the time they took; whoever has little to do goes at once.
While others are at work too, no owner takes more than half of the time: what they wait for runs on the same machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Generic, TypeVar, cast
from weakref import WeakKeyDictionary

from proxy.runtime.turns import Allowance, Turns

#: What steps may take of one iteration of the loop before the next ones wait for another, seconds: where several owners
#: are at work, and where one is alone. Every wait is an iteration more, and costs.
SLICE_S, ALONE_S = 0.0005, 0.01
#: After so long without a step it is another iteration, seconds.
_IDLE_S = 0.001
#: What one turn of an owner amounts to, microseconds.
_TURN_US = 2_000
_MEMORY = 0.9

_Result = TypeVar("_Result")


async def in_turns(owner: str, work: Coroutine[Any, Any, _Result]) -> _Result:
    """Return what ``work`` does; its steps take turns with those of other owners."""
    return await _InTurns(owner, work)


async def pause() -> None:
    """Let others go where this task's step has taken its slice. Whoever works on in a loop calls it in between."""
    if perf_counter() - _share().began > SLICE_S:
        await asyncio.sleep(0)


def charge(seconds: float, owner: str) -> None:
    """Count the time of a thread that worked for an owner beside the loop, and kept the interpreter from it."""
    _share().allowance.took(owner, seconds, perf_counter())


@dataclass(slots=True)
class _Share:
    """One event loop: who waits for a step, and what the steps of this iteration have taken."""

    waiting: Turns[asyncio.Future[None]] = field(default_factory=lambda: Turns(_TURN_US))
    spent: float = 0.0
    usual: float = SLICE_S / 2  # seconds of a step that had to wait, lately
    began: float = 0.0
    ticking: bool = False
    allowance: Allowance = field(default_factory=Allowance)
    later: asyncio.TimerHandle | None = None
    ended: float = 0.0  # when the last step did

    @property
    def slice(self) -> float:
        """How long steps may take in this iteration, seconds."""
        return SLICE_S if self.allowance.several(self.began) else ALONE_S

    def free(self, owner: str, now: float) -> bool:
        """Whether a step of the owner may go at once."""
        if now - self.ended > _IDLE_S:
            self.spent = 0.0
        if self.spent >= self.slice or self.waiting.behind(owner):
            return False
        return not self.allowance.over(owner, now)

    def wait(self, owner: str) -> asyncio.Future[None]:
        """Return a future that is done when the owner's next step may go."""
        mine = asyncio.get_running_loop().create_future()
        self.waiting.put(owner, 0, mine)
        self.tick()
        return mine

    def took(self, owner: str, seconds: float) -> None:
        """Note that a step has ended."""
        self.spent += seconds
        self.usual = _MEMORY * self.usual + (1 - _MEMORY) * seconds
        self.ended = self.began + seconds
        self.waiting.charge(owner, int(seconds * 1e6))
        self.allowance.took(owner, seconds, self.ended)

    def tick(self) -> None:
        """Have the next iteration begin with nothing spent."""
        if not self.ticking:
            self.ticking = True
            asyncio.get_running_loop().call_soon(self._next_iteration)

    def _next_iteration(self) -> None:
        self.ticking, self.spent, coming, most = False, 0.0, 0.0, self.slice
        now = perf_counter()
        over = self.allowance.all_over(now)
        while coming < most and (one := self.waiting.take(over)) is not None:
            if not one.done():
                one.set_result(None)
                coming += self.usual
        if coming:
            self.tick()
        elif self.waiting and self.later is None:
            self.later = asyncio.get_running_loop().call_later(self.allowance.wait(now), self._again)

    def _again(self) -> None:
        self.later = None
        self.tick()


_LOOPS: WeakKeyDictionary[asyncio.AbstractEventLoop, _Share] = WeakKeyDictionary()


def _share() -> _Share:
    loop = asyncio.get_running_loop()
    if loop not in _LOOPS:
        _LOOPS[loop] = _Share()
    return _LOOPS[loop]


class _InTurns(Generic[_Result]):
    """Runs a coroutine step by step, as the task that awaits it would."""

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
                except BaseException as error:  # noqa: BLE001 - it is the work's own to judge
                    thrown = error
        finally:
            work.close()
