"""Whether decisions come back, told apart from whether the engine answers at all.

Three failures in a row, whoever asked, make the engine unready until the question that failed last gets a decision
again; and every few seconds a question of our own must be decided, so that an engine without traffic is known too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from proxy.errors import PolicyUnavailableError
from proxy.policy.decision import grid

_IN_A_ROW = 3
_FRESH_S = 2.0
#: A question about nobody's data; what the answer is does not matter, only that it is one.
SELF_TEST: Mapping[str, Any] = next(grid.questions({}, "2026-01-01T00:00:00Z"))


class Pulse:
    """``ask`` decides a document and raises PolicyUnavailableError where no valid decision comes back."""

    def __init__(self, ask: Callable[[Mapping[str, Any]], Awaitable[object]]) -> None:
        self._ask = ask
        self._failed = 0
        self._question = SELF_TEST
        self._looked = -_FRESH_S
        self._beats = False

    def succeeded(self) -> None:
        """Note that a decision came back."""
        self._failed = 0

    def failed(self, question: Mapping[str, Any]) -> None:
        """Note a question (an input document, no text in it) to which none did."""
        self._failed += 1
        self._question = question

    async def beats(self) -> bool:
        """Whether decisions come back now; at most one question in two seconds while they do."""
        failing = self._failed >= _IN_A_ROW
        now = asyncio.get_running_loop().time()
        if self._beats and not failing and now - self._looked < _FRESH_S:
            return True
        self._looked = now
        try:
            await self._ask(self._question if failing else SELF_TEST)
        except PolicyUnavailableError:
            self._beats = False
        else:
            self._beats = True
            self._failed = 0
        return self._beats
