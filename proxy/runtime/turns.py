"""Whose work is next: what one owner queues delays no other by more than its own share.

A deficit round robin (Shreedhar and Varghese, 1995); that who comes anew goes first is from FQ-CoDel (RFC 8290).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_Item = TypeVar("_Item")
#: The share of the time that one owner may take while another is at work, how many seconds of it may be taken at once,
#: and how long after it took some an owner counts as at work.
MOST, _AT_ONCE_S, AT_WORK_S = 0.5, 0.005, 0.1


class Turns(Generic[_Item]):
    """Items with a cost, in order per owner; each turn lets an owner have work of one ``quantum``."""

    def __init__(self, quantum: int) -> None:
        self._quantum = quantum
        self._queues: dict[str, deque[tuple[int, _Item]]] = {}
        self._credit: dict[str, int] = {}
        self._ring: deque[str] = deque()
        self._waiting = 0

    def put(self, owner: str, cost: int, item: _Item) -> None:
        """Queue an item behind the owner's others. An owner that had nothing, and owes nothing, goes first."""
        if owner not in self._queues:
            self._queues[owner] = deque()
            self._credit[owner] = self._quantum
            self._ring.appendleft(owner)
        self._queues[owner].append((cost, item))
        self._waiting += 1

    def charge(self, owner: str, cost: int) -> None:
        """Note that an item already taken cost so much more; an owner that is not under way has nothing to pay with."""
        if owner in self._credit:
            self._credit[owner] -= cost

    def behind(self, owner: str) -> bool:
        """Whether something that waits comes before new work of this owner."""
        return self._waiting > 0 and (bool(self._queues.get(owner)) or self._credit.get(owner, 1) <= 0)

    def take(self, skip: Container[str] = ()) -> _Item | None:
        """Return the next item of an owner that is not to be skipped, None when there is none."""
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
    """Which owners have had their share of the time: half of it, while others are at work. Times are in seconds."""

    _until: dict[str, float] = field(default_factory=dict)  # when what an owner took will have been its share
    _last: str = ""
    _last_at: float = float("-inf")
    _other_at: float = float("-inf")  # when somebody else than the last took some

    def took(self, owner: str, seconds: float, now: float) -> None:
        """Note that an owner took so much of the time until now; what it takes while it is alone does not count."""
        earliest = now - _AT_ONCE_S / MOST
        before = self._until.get(owner, now) if self._others_at_work(owner, now) else earliest
        self._until[owner] = max(before, earliest) + seconds / MOST
        if owner != self._last:
            self._last, self._other_at = owner, self._last_at
        self._last_at = now

    def several(self, now: float) -> bool:
        """Whether more than one owner is at work."""
        return self._others_at_work(self._last, now)

    def over(self, owner: str, now: float) -> bool:
        """Whether the owner has had its share, and others are at work."""
        return self._until.get(owner, now) > now and self._others_at_work(owner, now)

    def _others_at_work(self, owner: str, now: float) -> bool:
        return now - (self._other_at if owner == self._last else self._last_at) < AT_WORK_S

    def all_over(self, now: float) -> set[str]:
        """Return those who are, and forget who took nothing lately."""
        self._until = {owner: until for owner, until in self._until.items() if until > now - _AT_ONCE_S / MOST}
        return {owner for owner in self._until if self.over(owner, now)}

    def wait(self, now: float) -> float:
        """Return in how many seconds one of them has no more than its share."""
        return max(0.0, min((self._until[owner] for owner in self.all_over(now)), default=now) - now)
