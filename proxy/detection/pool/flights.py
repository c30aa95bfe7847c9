"""Single flight: concurrent requests for the same text share one reading of it.

A flight belongs to all its waiters: it outlives the request that began it, and is cancelled when the last one leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from proxy.core.findings import SegmentFindings
from proxy.runtime.offload import owner
from proxy.runtime.steps import in_turns

Read = dict[bytes, SegmentFindings]


@dataclass(eq=False, slots=True)
class Flight:
    """Texts that are read together."""

    names: frozenset[bytes]
    task: asyncio.Task[Read]
    waiting: int = 0


class Flights:
    """The readings in progress, by the digests of their texts."""

    def __init__(self) -> None:
        self._by_name: dict[bytes, Flight] = {}

    def of(self, names: Iterable[bytes]) -> dict[bytes, Flight]:
        """Return the flights of those texts that are being read."""
        return {name: self._by_name[name] for name in names if name in self._by_name}

    def begin(self, names: Iterable[bytes], work: Coroutine[Any, Any, Read]) -> Flight:
        """Start a flight; the caller must join it at once."""
        flight = Flight(frozenset(names), asyncio.get_running_loop().create_task(in_turns(owner(), work)))
        self._by_name |= dict.fromkeys(flight.names, flight)
        flight.task.add_done_callback(lambda _: self._landed(flight))
        return flight

    async def join(self, flights_by_name: Mapping[bytes, Flight]) -> Read:
        """Return the findings under each name once all flights have landed."""
        flights = set(flights_by_name.values())
        for flight in flights:
            flight.waiting += 1
        try:
            done, _ = await asyncio.wait({flight.task for flight in flights}, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
            return {name: flight.task.result()[name] for name, flight in flights_by_name.items()}
        finally:
            for flight in flights:
                self._leave(flight)

    async def close(self) -> None:
        """Cancel every flight."""
        for flight in set(self._by_name.values()):
            flight.task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await flight.task

    def _leave(self, flight: Flight) -> None:
        flight.waiting -= 1
        if not flight.waiting and not flight.task.done():
            self._landed(flight)
            flight.task.cancel()

    def _landed(self, flight: Flight) -> None:
        if flight.task.done() and not flight.task.cancelled():
            flight.task.exception()  # retrieved: there may be no waiter
        for name in flight.names:
            if self._by_name.get(name) is flight:
                del self._by_name[name]
