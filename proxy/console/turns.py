"""Whose turn it is: so many pages at once for everybody, and of one person never all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

_EVERYBODY, _EACH = 8, 3


@dataclass(slots=True)
class PageTurns:
    """Lets ``_EVERYBODY`` run at once, and ``_EACH`` of one person: who asks for more waits for its own pages."""

    _all: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_EVERYBODY))
    _persons: WeakValueDictionary[tuple[str, str], asyncio.Semaphore] = field(default_factory=WeakValueDictionary)

    @asynccontextmanager
    async def taken(self, tenant: str = "", person: str = "") -> AsyncIterator[None]:
        """Hold a turn; without a person that of whoever logs in."""
        turns = self._persons.setdefault((tenant, person), asyncio.Semaphore(_EACH))
        async with turns, self._all:
            yield
