"""The measured reading speed, and how long a tenant would wait for more text to be read.

What a text costs is what the models have to read of it: the beginnings of words, what is left of long ones, and every
digit and mark. In "a@a@a@" each character is one of these, in prose every fifth.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

#: The fixed cost of a text, and what one token costs, in characters of prose.
PER_TEXT, _PER_TOKEN = 64, 5
#: Letters of a longer word that are about a token.
_LETTERS = 6
#: A translation of bytes to "a" for those of letters, " " for blanks, and "." for all others.
_KINDS = bytes(
    ord("a") if not chr(code).isascii() or chr(code).isalpha() else ord(" ") if chr(code).isspace() else ord(".")
    for code in range(256)
)
#: Characters that are always admitted for a tenant with nothing else waiting.
ALWAYS = 20_000
_EXPECTED = 25_000.0  # characters per second and worker, before any measurement
_MEMORY = 0.95
_PEAK_MEMORY = 0.999


@dataclass(slots=True)
class Pace:
    """Counts the waiting cost per tenant and measures the speed. Costs are in characters of prose."""

    workers: int
    waiting: Counter[str] = field(default_factory=Counter)  # cost by tenant
    _read: float = _EXPECTED
    _seconds: float = 1.0
    _peak: float = _EXPECTED

    @property
    def speed(self) -> float:
        """Recent cost per second of all workers together."""
        return self.workers * self._read / self._seconds

    def measured(self, amount: int, seconds: float) -> None:
        """Record the time that one worker took for a cost."""
        self._read = self._read * _MEMORY + amount
        self._seconds = self._seconds * _MEMORY + seconds
        self._peak = max(self._peak * _PEAK_MEMORY, self._read / self._seconds)

    def queued(self, tenant: str, amount: int) -> None:
        """Add a cost, perhaps negative, to what waits."""
        self.waiting[tenant] += amount
        if self.waiting[tenant] <= 0:
            del self.waiting[tenant]

    def wait(self, tenant: str, amount: int) -> float:
        """Return the seconds until this much more of the tenant would be read.

        Tenants take turns: each other one is served as much as this one, until it has nothing left.
        """
        own_cost = self.waiting[tenant] + amount
        other_costs = sum(min(cost, own_cost) for name, cost in self.waiting.items() if name != tenant)
        return (own_cost + other_costs) / self.speed

    def most(self, seconds: float) -> int:
        """Return the cost that could be read in this time by idle workers."""
        return max(ALWAYS, int(seconds * self._peak * self.workers))


def cost(text: str) -> int:
    """Return the cost of a text, in characters of prose."""
    kinds = text.encode("utf-8", "replace").translate(_KINDS)
    words = kinds.startswith(b"a") + kinds.count(b" a") + kinds.count(b".a")
    tokens = kinds.count(b".") + max(words, kinds.count(b"a") // _LETTERS)
    return PER_TEXT + max(len(text), _PER_TOKEN * tokens)
