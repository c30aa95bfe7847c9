"""Requests without a valid credential: counted in memory and recorded as sums, since anyone can send any number.

With a row per request, anyone who reaches the port could fill the disk with evidence that must not be deleted. Instead
each process records at most one event a minute per class of path and kind of credential, with the number of requests.
The first after a quiet minute is recorded within a second. A killed process loses the counts since its last event.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from proxy.ports import Clock, EventLog

EVENT = "authentication_failed"
PERIOD_S = 60.0
_LOOK_S = 1.0


@dataclass(slots=True)
class _Tally:
    count: int = 0
    since: float = 0.0  # Unix seconds of the first request counted
    recorded: float = -PERIOD_S  # when an event was last queued, monotonic seconds


@dataclass(slots=True)
class Unauthenticated:
    """The counts of one process. Paths are classes of our own, never text of a request."""

    clock: Clock
    events: EventLog
    _tallies: dict[tuple[str, bool], _Tally] = field(default_factory=dict)

    def note(self, path: str, *, presented: bool) -> None:
        """Count a request; ``presented`` says whether it had a credential at all."""
        tally = self._tallies.setdefault((path, presented), _Tally())
        if not tally.count:
            tally.since = self.clock.now()
        tally.count += 1

    def record(self, *, everything: bool = False) -> None:
        """Queue an event for every count whose last event is a minute old; with ``everything`` for every count."""
        now = self.clock.monotonic()
        for (path, presented), tally in self._tallies.items():
            if tally.count and (everything or now - tally.recorded >= PERIOD_S):
                facts = {"path": path, "presented": presented, "count": tally.count, "since": int(tally.since)}
                if self.events.event(EVENT, facts):
                    tally.count, tally.recorded = 0, now

    async def run(self) -> None:
        """Record what is due until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            self.record()
