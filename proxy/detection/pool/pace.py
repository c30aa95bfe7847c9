"""The measured reading speed, and how long a tenant would wait for more text to be read.

What a text costs is what the models have to read of it: the beginnings of words, what is left of long ones, and every
digit and mark. In "a@a@a@" each character is one of these, in prose every fifth.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from proxy.detection.text.plain import Ruled

#: The fixed cost of a text, and what one token costs, in characters of prose.
PER_TEXT, _PER_TOKEN = 64, 5
#: Characters without a model that cost what one costs with it.
_RULED = 8
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
#: Idle seconds after which half of what was measured is forgotten.
_HALF_LIFE_S = 10.0


@dataclass(slots=True)
class Pace:
    """Counts the waiting cost per tenant and measures the speed. Costs are in characters of prose.

    Estimates return to the expected speed while nothing is read: no slow stretch outlasts what caused it.
    """

    workers: int
    clock: Callable[[], float] = time.monotonic
    waiting: Counter[str] = field(default_factory=Counter)  # cost by tenant
    _read: float = _EXPECTED
    _seconds: float = 1.0
    _peak: float = _EXPECTED
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin to measure."""
        self._at = self.clock()

    @property
    def speed(self) -> float:
        """Recent cost per second of all workers together."""
        read, seconds = self._recent(self.clock() - self._at)
        return self.workers * read / seconds

    def _recent(self, idle: float) -> tuple[float, float]:
        """Return the cost read of late, and its seconds, after so many idle seconds."""
        share = 0.5 ** (max(idle, 0.0) / _HALF_LIFE_S)
        return share * self._read + (1 - share) * _EXPECTED, share * self._seconds + 1 - share

    def measured(self, amount: int, seconds: float) -> None:
        """Record the time that one worker took for a cost."""
        now = self.clock()
        read, spent = self._recent(now - self._at - seconds)
        self._read, self._seconds, self._at = read * _MEMORY + amount, spent * _MEMORY + seconds, now
        self._peak = max(self._peak * _PEAK_MEMORY, self._read / self._seconds)

    def queued(self, tenant: str, amount: int) -> None:
        """Add a cost, perhaps negative, to what waits."""
        self.waiting[tenant] += amount
        if self.waiting[tenant] <= 0:
            del self.waiting[tenant]

    def wait(self, tenant: str, amount: int) -> float:
        """Return the seconds until this much more of the tenant would be read, once begun at the best speed of late.

        Tenants take turns: each other one is served as much as this one, until it has nothing left.
        """
        own_cost = self.waiting[tenant] + amount
        other_costs = sum(min(cost, own_cost) for name, cost in self.waiting.items() if name != tenant)
        return (self.waiting[tenant] + other_costs) / self.speed + amount / self._best()

    def most(self, seconds: float) -> int:
        """Return the cost that could be read in this time by idle workers."""
        return max(ALWAYS, int(seconds * self._best()))

    def _best(self) -> float:
        """Return the best cost per second of late: short texts and a slow stretch say little about a long text."""
        return max(self._peak * self.workers, self.speed)


def cost(text: str) -> int:
    """Return the cost of a text, in characters of prose."""
    if isinstance(text, Ruled):
        return PER_TEXT + len(text) // _RULED
    kinds = text.encode("utf-8", "replace").translate(_KINDS)
    words = kinds.startswith(b"a") + kinds.count(b" a") + kinds.count(b".a")
    tokens = kinds.count(b".") + max(words, kinds.count(b"a") // _LETTERS)
    return PER_TEXT + max(len(text), _PER_TOKEN * tokens)
