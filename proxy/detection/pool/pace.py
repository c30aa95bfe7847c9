"""How fast text is read, as measured, and how long a tenant would wait for more of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

#: What a text costs beside its characters, in characters.
PER_TEXT = 64
#: Characters that are admitted however slow reading was, where a tenant has nothing else waiting.
ALWAYS = 20_000
_EXPECTED = 25_000.0  # characters a second of one worker, until something was measured
_MEMORY = 0.95
_PEAK_MEMORY = 0.999


@dataclass(slots=True)
class Pace:
    """Counts what waits, per tenant, and measures what is read. Costs are in characters."""

    workers: int
    waiting: Counter[str] = field(default_factory=Counter)  # cost by tenant
    _read: float = _EXPECTED
    _seconds: float = 1.0
    _peak: float = _EXPECTED

    @property
    def speed(self) -> float:
        """Cost per second of all workers together, lately."""
        return self.workers * self._read / self._seconds

    def measured(self, amount: int, seconds: float) -> None:
        """Note that one worker took so long for this much."""
        self._read = self._read * _MEMORY + amount
        self._seconds = self._seconds * _MEMORY + seconds
        self._peak = max(self._peak * _PEAK_MEMORY, self._read / self._seconds)

    def queued(self, tenant: str, amount: int) -> None:
        """Note that more waits, or less."""
        self.waiting[tenant] += amount
        if self.waiting[tenant] <= 0:
            del self.waiting[tenant]

    def wait(self, tenant: str, amount: int) -> float:
        """Return in how many seconds this much more of the tenant would be read.

        In turns each other tenant is served as much as this one, until it has nothing left.
        """
        own = self.waiting[tenant] + amount
        others = sum(min(cost, own) for name, cost in self.waiting.items() if name != tenant)
        return (own + others) / self.speed

    def most(self, seconds: float) -> int:
        """Return how much could be read in this time if nothing else were to do."""
        return max(ALWAYS, int(seconds * self._peak * self.workers))


def cost(text: str) -> int:
    """Return what a text costs."""
    return len(text) + PER_TEXT
