"""Long-lived tasks with an owner that ends them: the flusher, listeners, periodic work."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from proxy.log import logger


class Background:
    """Starts tasks and ends them together. A task that fails is logged; its owner must notice and fail closed."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` until it ends or ``stop`` is called."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def running(self, name: str) -> bool:
        """Whether a task of this name still runs."""
        return any(task.get_name() == name for task in self._tasks)

    async def stop(self) -> None:
        """Cancel what still runs and wait for it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger().error("background_task_failed", task=task.get_name(), error=type(error).__name__)
