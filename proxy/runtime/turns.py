"""Fair queueing: what one owner queues delays no other by more than its share.

Deficit round robin (Shreedhar and Varghese, 1995); that new owners go first is from FQ-CoDel (RFC 8290).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_Item = TypeVar("_Item")
#: The largest share of the time for one owner while another is at work; how many seconds of it may be used at once; how
#: long an owner counts as at work after it used some, seconds.
MOST, _AT_ONCE_S, AT_WORK_S = 0.5, 0.005, 0.1


class Turns(Generic[_Item]):
    """Items with a cost, in order per owner; each turn gives an owner one ``quantum`` of work."""

    def __init__(self, quantum: int) -> None:
        self._quantum = quantum
        self._queues: dict[str, deque[tuple[int, _Item]]] = {}
        self._credit: dict[str, int] = {}
        self._ring: deque[str] = deque()
        self._waiting = 0

    def put(self, owner: str, cost: int, item: _Item) -> None:
        """Queue an item after the owner's others. An owner with nothing queued and no debt goes first."""
        if owner not in self._queues:
            self._queues[owner] = deque()
            self._credit[owner] = self._quantum
            self._ring.appendleft(owner)
        self._queues[owner].append((cost, item))
        self._waiting += 1

    def charge(self, owner: str, cost: int) -> None:
        """Charge an owner extra for an item already taken; without queued work it has no account to charge."""
        if owner in self._credit:
            self._credit[owner] -= cost

    def behind(self, owner: str) -> bool:
        """Whether queued work precedes new work of this owner."""
        return self._waiting > 0 and (bool(self._queues.get(owner)) or self._credit.get(owner, 1) <= 0)

    def take(self, skip: Container[str] = (), most: float = math.inf) -> _Item | None:
        """Return the next item of an owner not in ``skip``, None if there is none or it costs more than ``most``."""
        skipped = 0
        while skipped < len(self._ring):
            owner = self._ring[0]
            queue = self._queues[owner]
            if queue and owner in skip:
                self._ring.rotate(-1)
                skipped += 1
            elif self._credit[owner] <= 0:
                self._credit[owner] += self._quantum
                self._ring.rotate(-1)
                skipped = 0
            elif not queue:
                self._forget(owner)
            elif queue[0][0] > most:
                return None
            else:
                cost, item = queue.popleft()
                self._credit[owner] -= cost
                self._waiting -= 1
                return item
        return None

    def _forget(self, owner: str) -> None:
        self._ring.popleft()
        del self._queues[owner], self._credit[owner]

    def __len__(self) -> int:
        return self._waiting


@dataclass(slots=True)
class Allowance:
    """Which owners have used up their share: half of the time, while others are at work. Times are in seconds."""

    _until: dict[str, float] = field(default_factory=dict)  # when an owner's use will equal its share
    _last: str = ""
    _last_at: float = float("-inf")
    _other_at: float = float("-inf")  # when an owner other than the last used some

    def took(self, owner: str, seconds: float, now: float) -> None:
        """Account for an owner's use of time up to now; use while alone does not count."""
        earliest = now - _AT_ONCE_S / MOST
        before = self._until.get(owner, now) if self._others_at_work(owner, now) else earliest
        self._until[owner] = max(before, earliest) + seconds / MOST
        if owner != self._last:
            self._last, self._other_at = owner, self._last_at
        self._last_at = now

    def several(self, now: float) -> bool:
        """Whether more than one owner is at work."""
        return now - self._other_at < AT_WORK_S

    def over(self, owner: str, now: float) -> bool:
        """Whether the owner has used up its share while others are at work."""
        return self._until.get(owner, now) > now and self._others_at_work(owner, now)

    def _others_at_work(self, owner: str, now: float) -> bool:
        return now - (self._other_at if owner == self._last else self._last_at) < AT_WORK_S

    def all_over(self, now: float) -> set[str]:
        """Return the owners that have used up their share; forget owners without recent use."""
        self._until = {owner: until for owner, until in self._until.items() if until > now - _AT_ONCE_S / MOST}
        return {owner for owner, until in self._until.items() if until > now and self._others_at_work(owner, now)}

    def wait(self, now: float) -> float:
        """Return the seconds until one of them is below its share again, or the others may have ended."""
        return min(AT_WORK_S, max(0.0, min((self._until[owner] for owner in self.all_over(now)), default=now) - now))
