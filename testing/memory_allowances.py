"""Limits in the memory of one process, for tests of the request path."""

from __future__ import annotations

from proxy.core.limits import Limit, LimitStanding
from proxy.errors import LimitReachedError, LimitUnknownError
from proxy.ports import Reserved


class MemoryAllowances:
    """Implements ``Allowances`` for one process; ``taken`` is what is reserved or used, by counter."""

    def __init__(self) -> None:
        self.taken: dict[str, int] = {}
        self.away = False

    async def take(self, limit: Limit, counter: str, amount: int) -> Reserved:
        if self.away:
            raise LimitUnknownError
        amount = min(max(amount, 1), limit.most)  # as leases do
        if limit.hard and self.taken.get(counter, 0) + amount > limit.most:
            raise LimitReachedError
        self.taken[counter] = self.taken.get(counter, 0) + amount
        return Reserved(limit, counter, 0, amount)

    def settle(self, reserved: Reserved, used: int) -> None:
        self.taken[reserved.counter] += used - reserved.amount

    def standing(self, limit: Limit, counter: str) -> LimitStanding:
        return LimitStanding(limit, max(0, limit.most - self.taken.get(counter, 0)), 12.5, 1_790_000_040)
