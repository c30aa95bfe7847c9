"""Keep the event loop free: work on much text runs in a thread, so that other callers are served meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

#: Characters or bytes up to which work is quicker done than handed over: some milliseconds at worst.
HERE = 64 << 10

_Result = TypeVar("_Result")


async def aside(size: int, work: Callable[[], _Result]) -> _Result:
    """Return ``work()``; ``size`` says how much text it reads. It must touch nothing that the loop touches too."""
    return work() if size <= HERE else await asyncio.to_thread(work)
