"""What is left of limits, shared between processes by leases: each takes a piece of a window ahead of its requests.

A lease is taken out of the window when it is given, so all processes together never exceed a limit. A process leases
what it will need in half a second, at most a 300th of the limit, asks for more before it has used that, and gives back
what it does not use (ADR 0062).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from prometheus_client import Counter, Gauge

from proxy.catalog.limits import BudgetEntry, LimitEntry, compiled
from proxy.core import limits
from proxy.core.limits import COST, MICRO, Limit, LimitStanding
from proxy.errors import LimitReachedError, LimitUnknownError
from proxy.ports import Clock, Reserved
from proxy.registry.store import CounterState
from proxy.runtime import database
from proxy.runtime.background import Background
from proxy.runtime.log import logger

_SQL = database.statements(Path(__file__).with_name("allowances.sql"))
#: A lease is for so many seconds of a process's own use, and at most this share of the limit.
_AHEAD_S, _SHARE = 0.5, 300
#: The shortest time over which use is measured; how long a window that is empty or out of reach is not asked, seconds.
_MEASURED_S, _AGAIN_S = 0.05, 1.0
#: What is leased goes back when unused for so long, seconds; sooner once less than a tenth of the window is left.
_IDLE_S, _IDLE_LATE_S, _LATE = 10.0, 1.0, 10
_LOOK_S, _FORGET_S = 0.5, 3600.0
#: How fast the average use of a request follows what requests use.
_FOLLOWS = 0.1
#: Counters of a process; names beyond share one, so that made-up models fill no memory.
_MOST = 10_000


_ENDS = ("", "soft", "hard")
REACHED = Counter("proxy_limit_refusals", "Requests refused at a limit or budget, by its id.", ["limit", "unit"])
BUDGET_USED = Gauge(
    "proxy_budget_used_ratio",
    "Share of a budget that is taken, of the counter of which most is.",
    ["budget"],
    multiprocess_mode="max",
)


@dataclass(slots=True, eq=False)
class _Bucket:
    """One counter in this process: what is left of its lease (below 0: what was used beyond it)."""

    counter: str
    limit: Limit
    starts: int = 0
    ends: int = 0
    left: int = 0
    rest: int = 0  # of the window, as the database last said
    typical: float = 1.0  # what a request uses
    waiting: int = 0  # what requests wait for
    spent: int = 0  # since the last lease
    leased_at: float = 0.0
    used_at: float = 0.0
    warned: int = 0  # 1: of its soft end, 2: of its end
    again_at: float = 0.0  # the window is not asked before
    away: bool = False  # it could not be asked
    asking: asyncio.Future[None] | None = None

    def turn(self, now: float) -> None:
        """Begin the window of a time, if it has not begun."""
        if now >= self.ends or now < self.starts:
            self.starts, self.ends = limits.window(self.limit.per, now)
            self.left, self.rest, self.again_at, self.away, self.warned = 0, self.limit.most, 0.0, False, 0

    @property
    def ahead(self) -> int:
        """How much to have in hand; nothing of a limit of which two requests are more than a lease may be."""
        rate, most = self.spent / max(self.used_at - self.leased_at, _MEASURED_S), self.limit.most / _SHARE
        least = 2 * self.typical
        return math.ceil(max(least, min(rate * _AHEAD_S, most))) if least <= most else 0

    @property
    def share(self) -> float:
        """How much of the window is leased, of 1, as the database last said."""
        return 1 - self.rest / self.limit.most

    def standing(self, now: float) -> LimitStanding:
        """Return what is left as far as is known."""
        return LimitStanding(self.limit, max(0, self.left + self.rest), max(0.0, self.ends - now), self.ends)


@dataclass(eq=False)
class LeasedAllowances:
    """Implements ``ports.Allowances``."""

    dsn: str = field(repr=False)
    clock: Clock
    event: Callable[..., object] = lambda *_, **__: None  # records that a budget is about to be spent, and that it is
    timeout_s: float = 5.0

    def __post_init__(self) -> None:
        self._pool: asyncpg.Pool | None = None
        self._buckets: dict[str, _Bucket] = {}
        self._background = Background()

    async def start(self) -> None:
        """Create the pool without connecting, and begin to give back what is not used."""
        self._pool = await database.pool(self.dsn, database.REGISTRY, timeout_s=self.timeout_s)
        self._background.start("allowances", self._run())

    async def close(self) -> None:
        """Give back everything that is left; what is being leased is waited for, as it would be lost."""
        if asking := [bucket.asking for bucket in self._buckets.values() if bucket.asking is not None]:
            await asyncio.wait(asking, timeout=self.timeout_s)
        await self._background.stop()
        for bucket in self._buckets.values():
            await self._give_back(bucket)
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def take(self, limit: Limit, counter: str, amount: int) -> Reserved:
        """Reserve an amount; see ``ports.Allowances``."""
        bucket = self._bucket(limit, counter)
        least = min(max(amount, 1), limit.most)
        amount = min(max(least, math.ceil(bucket.typical)), limit.most)
        if bucket.left < amount:
            await self._leased(bucket, amount)
        if limit.hard and least <= bucket.left < amount:  # less than requests use otherwise: all that is left
            amount = bucket.left
        if bucket.left < amount and limit.hard:
            if bucket.away and not limit.admits_unasked:
                raise LimitUnknownError
            if not bucket.away:
                REACHED.labels(limit.id, limit.unit).inc()
                raise LimitReachedError
        bucket.left -= amount
        bucket.spent += amount
        bucket.used_at = self.clock.monotonic()
        if bucket.left < bucket.ahead // 2 and bucket.asking is None and bucket.used_at >= bucket.again_at:
            bucket.asking = self._ask(bucket)
        return Reserved(limit, counter, bucket.starts, amount)

    def settle(self, reserved: Reserved, used: int) -> None:
        """Replace what was reserved by what was used; what came after the end of a window counts in the next."""
        bucket = self._bucket(reserved.limit, reserved.counter)
        bucket.typical += (used - bucket.typical) * (_FOLLOWS if bucket.typical > 1 else 1)
        bucket.typical = max(bucket.typical, 1.0)
        beyond = used - reserved.amount
        if beyond > 0 or bucket.starts == reserved.starts:
            bucket.left -= beyond

    def standing(self, limit: Limit, counter: str) -> LimitStanding:
        """Return what is left, as of the last lease."""
        return self._bucket(limit, counter).standing(self.clock.now())

    def _bucket(self, limit: Limit, counter: str) -> _Bucket:
        bucket = self._buckets.get(counter)
        if bucket is None and len(self._buckets) >= _MOST:
            counter = f"{limit.id}\n{limit.unit}\n*"
            bucket = self._buckets.get(counter)
        if bucket is None:
            bucket = self._buckets[counter] = _Bucket(counter, limit)
        bucket.limit = limit
        bucket.turn(self.clock.now())
        return bucket

    async def _leased(self, bucket: _Bucket, amount: int) -> None:
        """Wait until an amount is in hand, or the window has no more."""
        bucket.waiting += amount
        try:
            while bucket.left < amount and self.clock.monotonic() >= bucket.again_at:
                asking = bucket.asking or self._ask(bucket)
                await asyncio.shield(asking)
        finally:
            bucket.waiting -= amount

    def _ask(self, bucket: _Bucket) -> asyncio.Future[None]:
        """Begin to lease what those who wait need, and what will be needed, whoever of them leaves meanwhile."""
        bucket.asking = asyncio.get_running_loop().create_future()
        self._background.start("lease", self._asked(bucket, bucket.asking))
        return bucket.asking

    async def _asked(self, bucket: _Bucket, asking: asyncio.Future[None]) -> None:
        bucket.away = True  # unless it comes back
        try:
            await self._lease(bucket)
        finally:
            bucket.again_at = self.clock.monotonic() + _AGAIN_S if bucket.away else bucket.again_at
            bucket.asking = None
            asking.set_result(None)

    async def _lease(self, bucket: _Bucket) -> None:
        want = max(1, bucket.waiting + bucket.ahead - bucket.left)
        starts, most = bucket.starts, bucket.limit.most if bucket.limit.hard else 1 << 60
        row = await self._fetched("lease", bucket, want, most)
        now = self.clock.monotonic()
        if bucket.starts != starts:
            return
        if row is None:
            return
        bucket.away = False
        bucket.left += row["granted"]
        bucket.rest = bucket.limit.most - row["taken"]
        bucket.spent, bucket.leased_at = 0, now
        if row["granted"] < want:
            bucket.again_at = now + _AGAIN_S
        if bucket.limit.soft:
            await self._warn(bucket, row["taken"])

    async def _warn(self, bucket: _Bucket, taken: int) -> None:
        """Have it recorded, once by one process, that a budget has reached its soft end, or its end."""
        limit = bucket.limit
        level = 2 if taken >= limit.most else 1 if taken >= limit.soft else 0
        if level > bucket.warned and await self._fetched("warn", bucket, level) is not None:
            names = dict(zip(limit.by, bucket.counter.split("\n")[2:], strict=False))
            self.event(
                "budget_reached", {"budget": limit.id, "end": _ENDS[level], **names}, tenant=names.get("tenant", "")
            )
        bucket.warned = max(bucket.warned, level)

    def _show_budgets(self) -> None:
        shares: dict[str, float] = {}
        for bucket in self._buckets.values():
            if bucket.limit.soft:
                bucket.turn(self.clock.now())
                shares[bucket.limit.id] = max(shares.get(bucket.limit.id, 0.0), bucket.share)
        for budget, share in shares.items():
            BUDGET_USED.labels(budget).set(share)

    async def _give_back(self, bucket: _Bucket) -> None:
        """Return what is left; what was used beyond the lease is taken."""
        amount, starts = bucket.left, bucket.starts
        if not amount or self.clock.now() >= bucket.ends:
            return
        bucket.left = 0
        row = await self._fetched("give_back", bucket, amount)
        if bucket.starts == starts:
            bucket.left += amount if row is None else 0
            bucket.rest = bucket.rest if row is None else bucket.limit.most - row["taken"]

    async def _fetched(self, statement: str, bucket: _Bucket, *amounts: int) -> asyncpg.Record | None:
        """Return a statement's row, None while the database is away."""
        window = (datetime.fromtimestamp(moment, UTC) for moment in (bucket.starts, bucket.ends))
        if self._pool is None:
            return None
        try:
            return await self._pool.fetchrow(_SQL[statement], bucket.counter, *window, *amounts)
        except (*database.UNAVAILABLE, asyncpg.PostgresError) as error:
            logger().warning("allowances_unavailable", error=type(error).__name__)
            return None

    async def _run(self) -> None:
        forget_at = 0.0
        while True:
            now = self.clock.monotonic()
            self._show_budgets()
            for bucket in list(self._buckets.values()):
                late = bucket.rest * _LATE <= bucket.limit.most
                if bucket.asking is None and now - bucket.used_at > (_IDLE_LATE_S if late else _IDLE_S):
                    await self._give_back(bucket)
                if self.clock.now() >= bucket.ends + _IDLE_S:
                    self._buckets.pop(bucket.counter, None)
            if now >= forget_at and self._pool is not None:
                forget_at = now + _FORGET_S
                try:
                    await self._pool.execute(_SQL["forget"], datetime.fromtimestamp(self.clock.now(), UTC))
                except (*database.UNAVAILABLE, asyncpg.PostgresError) as error:
                    logger().warning("allowances_unavailable", error=type(error).__name__)
            await asyncio.sleep(_LOOK_S)


def standing(counters: Iterable[CounterState], documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return counters of limits that there are, the fullest first: with ``most``, ``share``, ``soft`` and ``hard``.

    Costs are in the currency of the prices; of a limit that was removed since nothing is returned.
    """
    registry = documents.get("registry", {})
    limits = {(limit.id, limit.unit): limit for limit in _limits(registry)}
    currency = str(registry.get("prices", {}).get("currency", ""))
    rows = [
        _row(counter, limits[counter.limit, counter.unit], currency)
        for counter in counters if (counter.limit, counter.unit) in limits
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row["share"], row["limit"], row["names"]))


def _limits(registry: Mapping[str, Any]) -> Iterable[Limit]:
    entries = (LimitEntry.model_validate(entry) for entry in registry.get("limits", ()))
    budgets = (BudgetEntry.model_validate(entry) for entry in registry.get("budgets", ()))
    return compiled(entries, budgets)


def _row(counter: CounterState, limit: Limit, currency: str) -> dict[str, Any]:
    whole = limit.unit == COST
    amounts = {"taken": counter.taken, "most": limit.most, "soft": limit.soft or None}
    shown = {name: amount / MICRO if whole and amount is not None else amount for name, amount in amounts.items()}
    share = round(counter.taken / limit.most, 4)
    more = {"by": limit.by, "per": limit.per, "hard": limit.hard, "share": share, "currency": currency if whole else ""}
    return {**asdict(counter), **shown, **more}
