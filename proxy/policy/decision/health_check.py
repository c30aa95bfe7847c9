"""Readiness of the policy engine: whether it decides, not only whether it answers.

Three failures in a row make the engine unready until the input that failed last is decided; and every few seconds it
must decide a synthetic input, so that an engine without traffic is checked too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from proxy.errors import PolicyUnavailableError
from proxy.policy.decision import grid

_IN_A_ROW = 3
_FRESH_S = 2.0
#: A synthetic input; any valid decision on it will do.
SELF_TEST: Mapping[str, Any] = next(grid.questions({}, "2026-01-01T00:00:00Z"))


class HealthCheck:
    """``decide`` decides an input document and raises PolicyUnavailableError if there is no valid decision."""

    def __init__(self, decide: Callable[[Mapping[str, Any]], Awaitable[object]]) -> None:
        self._decide = decide
        self._failed = 0
        self._input = SELF_TEST
        self._checked = -_FRESH_S
        self._healthy = False

    def succeeded(self) -> None:
        """Note a decision."""
        self._failed = 0

    def failed(self, document: Mapping[str, Any]) -> None:
        """Note an input document without a decision; it holds no text."""
        self._failed += 1
        self._input = document

    async def is_healthy(self) -> bool:
        """Whether the engine can decide; probes at most every two seconds while it is healthy."""
        failing = self._failed >= _IN_A_ROW
        now = asyncio.get_running_loop().time()
        if self._healthy and not failing and now - self._checked < _FRESH_S:
            return True
        self._checked = now
        try:
            await self._decide(self._input if failing else SELF_TEST)
        except PolicyUnavailableError:
            self._healthy = False
        else:
            self._healthy = True
            self._failed = 0
        return self._healthy
