"""Runs what waits for time alone: its waits take none, so that no stall of the machine changes how it ends."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class _Selector(selectors.DefaultSelector):
    """Returns at once what would be waited for; ``passed_s`` are the seconds that this would have taken."""

    def __init__(self) -> None:
        super().__init__()
        self.passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("this waits for something other than time")
        self.passed_s += timeout
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.passed_s


def run(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Return what ``work`` returns; its loop's clock goes on by its waits alone. It uses no thread and no socket."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)
