"""Starts parts in the order of their needs, restarts what dies, and ends everything in reverse order."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from proxy.embedded import watchdog
from proxy.embedded.parts import PartError, StackPart
from proxy.errors import ProxyError

State = Literal["waiting", "starting", "up", "ended", "unresponsive", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class PartEvent:
    """A change of one part's state."""

    part: str
    state: State
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """Timing in seconds, and how many health checks in a row may fail before a part is restarted."""

    check_every_s: float = 3.0
    failures: int = 3
    first_delay_s: float = 0.2
    longest_delay_s: float = 15.0
    steady_s: float = 30.0  # after this long up, the next restart is prompt again


class Supervisor:
    """Keeps parts running until asked to stop."""

    def __init__(
        self,
        parts: Sequence[StackPart],
        report: Callable[[PartEvent], None] = lambda _: None,
        patience: Patience | None = None,
    ) -> None:
        self.parts = in_order(parts)
        self._report = report
        self._patience = patience or Patience()
        self._up = {part.name: asyncio.Event() for part in parts}
        self._watchdog: asyncio.subprocess.Process | None = None

    async def run(self, stopping: asyncio.Event, ready: Callable[[], Awaitable[None]]) -> None:
        """Start everything, call ``ready`` once, keep everything running until ``stopping`` is set.

        Raises:
            PartError: a part did not start; everything has been ended.
            ProxyError: a part's preparation failed (such as a wrong master key); everything has been ended.

        """
        self._watchdog = await _start_watchdog()
        try:
            await self._keep(stopping, ready)
        except* (PartError, ProxyError) as group:
            raise _first(group) from None
        finally:
            await asyncio.shield(self._stop())

    async def _keep(self, stopping: asyncio.Event, ready: Callable[[], Awaitable[None]]) -> None:
        async with asyncio.TaskGroup() as tasks:
            guards = [tasks.create_task(self._guard(part), name=part.name) for part in self.parts]
            announcing = tasks.create_task(self._announce(ready))
            await stopping.wait()
            for task in (announcing, *guards):
                task.cancel()

    async def _announce(self, ready: Callable[[], Awaitable[None]]) -> None:
        for up in self._up.values():
            await up.wait()
        await ready()

    async def _guard(self, part: StackPart) -> None:
        """Start one part after those it needs; restart it with growing delays whenever it fails."""
        self._report(PartEvent(part.name, "waiting"))
        await self._needs(part)
        await part.prepare()
        await self._start(part)
        loop, delay = asyncio.get_running_loop(), self._patience.first_delay_s
        while True:
            since = loop.time()
            await self._until_bad(part)
            if loop.time() - since > self._patience.steady_s:
                delay = self._patience.first_delay_s
            delay = await self._restart(part, delay)

    async def _restart(self, part: StackPart, delay: float) -> float:
        """Restart until it answers; return the delay before the next restart, seconds."""
        self._up[part.name].clear()
        while True:
            await self._end(part)
            await asyncio.sleep(delay)
            delay = min(delay * 2, self._patience.longest_delay_s)
            await self._needs(part)
            try:
                await self._start(part)
            except PartError as error:
                self._report(PartEvent(part.name, "failed", str(error)))
            else:
                return delay

    async def _until_bad(self, part: StackPart) -> None:
        """Return when the process has ended or several health checks in a row have failed."""
        failures = 0
        while failures < self._patience.failures:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(part.ended(), self._patience.check_every_s)
                self._report(PartEvent(part.name, "ended"))
                return
            failures = 0 if await part.healthy() else failures + 1
        self._report(PartEvent(part.name, "unresponsive"))

    async def _start(self, part: StackPart) -> None:
        self._report(PartEvent(part.name, "starting"))
        await part.start(lambda group: self._list("+", group))
        self._up[part.name].set()
        self._report(PartEvent(part.name, "up"))

    async def _needs(self, part: StackPart) -> None:
        """Wait until every part that this one needs answers."""
        for name in part.needs:
            await self._up[name].wait()

    async def _end(self, part: StackPart) -> None:
        group = part.group
        await part.stop()
        if group is not None:
            self._list("-", group)

    async def _stop(self) -> None:
        """End the parts, dependent ones first; then release the watchdog."""
        for part in reversed(self.parts):
            with contextlib.suppress(OSError, PartError):
                await self._end(part)
            self._report(PartEvent(part.name, "stopped"))
        if self._watchdog is not None and self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
            await self._watchdog.wait()

    def _list(self, sign: str, group: int) -> None:
        if self._watchdog is not None and self._watchdog.stdin is not None:
            self._watchdog.stdin.write(f"{sign}{group}\n".encode())


def in_order(parts: Sequence[StackPart]) -> tuple[StackPart, ...]:
    """Sort so that every part comes after those it needs.

    Raises:
        ValueError: a need is unknown or circular.

    """
    placed: dict[str, StackPart] = {}
    waiting = list(parts)
    while waiting:
        free = [part for part in waiting if all(name in placed for name in part.needs)]
        if not free:
            raise ValueError(f"parts have circular or unknown needs: {[part.name for part in waiting]}")
        placed.update({part.name: part for part in free})
        waiting = [part for part in waiting if part not in free]
    return tuple(placed.values())


async def _start_watchdog() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", str(Path(watchdog.__file__)),
        stdin=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def _first(group: BaseExceptionGroup[PartError | ProxyError]) -> PartError | ProxyError:
    for error in group.exceptions:
        return _first(error) if isinstance(error, BaseExceptionGroup) else error
    raise AssertionError("an exception group is never empty")
