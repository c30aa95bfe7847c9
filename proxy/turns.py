"""Whose work is next: what one owner queues delays no other by more than its own share.

A deficit round robin (Shreedhar and Varghese, 1995); that who comes anew goes first is from FQ-CoDel (RFC 8290).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


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
