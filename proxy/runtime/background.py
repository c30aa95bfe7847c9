"""Long-lived tasks that their owner ends: the flusher, listeners, periodic work."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import Coroutine
from typing import Any, TypeVar

from proxy.runtime.log import logger, where

_Result = TypeVar("_Result")
_instances: weakref.WeakSet[Background] = weakref.WeakSet()


def lost() -> tuple[str, ...]:
    """The names of this process's tasks that failed and were not restarted."""
    return tuple(sorted({name for background in _instances for name in background.lost}))


class Background:
    """Starts tasks and ends them together. A failed task is logged; its owner must notice and fail closed."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._lost: set[str] = set()
        _instances.add(self)

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` until it ends or ``stop`` is called."""
        self._lost.discard(name)
        task = asyncio.get_running_loop().create_task(work, name=name)  # the one place for tasks that outlive a call
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def running(self, name: str) -> bool:
        """Whether a task of this name is running."""
        return any(task.get_name() == name for task in self._tasks)

    @property
    def lost(self) -> tuple[str, ...]:
        """The names of tasks that failed and were not restarted."""
        return tuple(sorted(self._lost))

    async def stop(self) -> None:
        """Cancel the running tasks and wait for them."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        self._lost.clear()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._lost.add(task.get_name())
            logger().error(
                "background_task_failed", task=task.get_name(), error=type(error).__name__, where=where(error)
            )


def end_if_cancelled() -> None:
    """Raise CancelledError in a task that was cancelled: what it awaited may have failed in another way."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def to_completion(work: Coroutine[Any, Any, _Result], longest_s: float | None = None) -> _Result:
    """Await work that goes on to its end even if its caller is cancelled; the cancellation is raised afterwards.

    Work that may never end is cancelled ``longest_s`` after its caller.
    """
    task = asyncio.get_running_loop().create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task}, timeout=longest_s if cancelled is not None else None)
            if cancelled is not None:
                task.cancel()
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # retrieved, so that it is not logged as lost
    raise cancelled
