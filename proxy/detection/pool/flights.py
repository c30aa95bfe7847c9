"""Single flight: a text that is being read is not read again; whoever asks meanwhile waits for the same answer.

A flight belongs to all who wait for it: it goes on when the request that began it is cancelled, and ends with the last.
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
    """The flights under way, by the names of their texts."""

    def __init__(self) -> None:
        self._flying: dict[bytes, Flight] = {}

    def of(self, names: Iterable[bytes]) -> dict[bytes, Flight]:
        """Return those of the names that are being read, each with its flight."""
        return {name: self._flying[name] for name in names if name in self._flying}

    def begin(self, names: Iterable[bytes], work: Coroutine[Any, Any, Read]) -> Flight:
        """Begin a flight; it must be joined at once."""
        flight = Flight(frozenset(names), asyncio.get_running_loop().create_task(in_turns(owner(), work)))
        self._flying |= dict.fromkeys(flight.names, flight)
        flight.task.add_done_callback(lambda _: self._landed(flight))
        return flight

    async def join(self, wanted: Mapping[bytes, Flight]) -> Read:
        """Return what was found under each name once all have been read."""
        flights = set(wanted.values())
        for flight in flights:
            flight.waiting += 1
        try:
            done, _ = await asyncio.wait({one.task for one in flights}, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
            return {name: flight.task.result()[name] for name, flight in wanted.items()}
        finally:
            for flight in flights:
                self._left(flight)

    async def close(self) -> None:
        """End every flight."""
        for flight in set(self._flying.values()):
            flight.task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await flight.task

    def _left(self, flight: Flight) -> None:
        flight.waiting -= 1
        if not flight.waiting and not flight.task.done():
            self._landed(flight)
            flight.task.cancel()

    def _landed(self, flight: Flight) -> None:
        if flight.task.done() and not flight.task.cancelled():
            flight.task.exception()  # everybody may have left
        for name in flight.names:
            if self._flying.get(name) is flight:
                del self._flying[name]
