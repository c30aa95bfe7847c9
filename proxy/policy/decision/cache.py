"""A decision cache: equal facts get the same decision, at the cost of a dictionary look-up.

The key is the whole ``Facts`` record: everything policy can see of a request except its id and the time. A cached
decision is valid only

- under its bundle and data revision. A newer revision is noticed in three ways: ``invalidate`` (called by the reload),
  any fresh decision with another revision, and ``watch``, which polls the engine every second. So a superseded
  decision is served for at most one second after an engine activated another revision;
- until the TTL, and never past the next midnight (UTC) at which some evidence or adequacy decision begins or ends, nor
  past the end of its break-glass grant.

Concurrent misses for the same facts share one call. Errors are never cached. However many questions a tenant asks, the
decisions of tenants that ask fewer stay (``Recent``).
"""

from __future__ import annotations

import asyncio
import math
import os
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Protocol

from prometheus_client import Counter

from proxy.core.records import Decision, Facts
from proxy.errors import PolicyUnavailableError
from proxy.policy.decision.answer import Stamp, stamped
from proxy.policy.faults import PolicyFaultError
from proxy.ports import Clock, PolicyDecisionPoint
from proxy.runtime.clock import timestamp
from proxy.runtime.recent import Recent

LOOKUPS = Counter("proxy_decision_cache_lookups", "Decision cache look-ups.", ["result"])
_HIT = LOOKUPS.labels("hit")
_MISS = LOOKUPS.labels("miss")
_SHARED = LOOKUPS.labels("shared")
_WATCH_S = 1.0


class Revisions(Protocol):
    """The active bundle revision."""

    async def revision(self) -> str:
        """Return the revision, "" if unknown."""
        ...


#: The result of a call in flight: a decision, a fault, or None if its caller gave up.
_Call = asyncio.Future[Decision | PolicyUnavailableError | None]


@dataclass(frozen=True, slots=True)
class _Entry:
    facts: Facts
    decision: Decision
    since: float  # Unix seconds; a clock set back before it makes the entry void
    until: float  # Unix seconds: the next midnight at which something changes, or the end of a break-glass grant
    expires: float  # monotonic seconds: the TTL


def _midnights(dates: Iterable[str]) -> list[float]:
    return sorted(datetime.combine(date.fromisoformat(day[:10]), time(), UTC).timestamp() for day in dates)


def refreshed(decision: Decision, exchange: str, now: float) -> Decision:
    """Return a cached decision for another exchange: fresh ids and time, the same answer."""
    stamp = Stamp(os.urandom(16).hex(), exchange, timestamp(now), decision.engine)
    return decision.again(stamp.decision_id, stamped(decision.document, stamp))


class CachedDecisionPoint:
    """A ``PolicyDecisionPoint`` with a bounded cache in front of another one."""

    def __init__(
        self,
        inner: PolicyDecisionPoint,
        size: int,
        ttl_s: float,
        change_dates: Iterable[str],
        clock: Clock,
    ) -> None:
        self._inner = inner
        self._size = size
        self._ttl_s = ttl_s
        self._midnights = _midnights(change_dates)
        self._clock = clock
        self._entries = self._no_entries()
        self._calls: dict[Facts, _Call] = {}
        self._revision = ("", "")

    def _no_entries(self) -> Recent[Facts, _Entry]:
        return Recent(self._size, lambda _entry: 1)

    def __len__(self) -> int:
        return len(self._entries)

    def invalidate(self, revision: str = "", change_dates: Iterable[str] | None = None) -> None:
        """Drop all entries; the results of calls in flight are used once and not cached."""
        self._entries = self._no_entries()
        self._calls.clear()
        self._revision = (revision, "")
        if change_dates is not None:
            self._midnights = _midnights(change_dates)

    async def watch(self, revisions: Revisions) -> None:
        """Poll the engine's revision every second, and drop all entries when it changes. Runs for ever."""
        while True:
            self.notice(await revisions.revision())
            await asyncio.sleep(_WATCH_S)

    def notice(self, revision: str) -> None:
        """Drop all entries if ``revision`` is known and not that of the entries."""
        if revision and revision != self._revision[0]:
            self.invalidate(revision)

    async def decide(self, facts: Facts, exchange: str, now: float) -> Decision:
        """Return the cached decision, or that of the inner decision point.

        Raises:
            PolicyUnavailableError: as the inner decision point.

        """
        while True:
            entry = self._entries.get(facts.tenant, facts)
            if entry is not None and entry.since <= now < entry.until and self._clock.monotonic() < entry.expires:
                self._entries.use(facts.tenant, entry.facts)  # the identical key needs no comparison
                _HIT.inc()
                return refreshed(entry.decision, exchange, now)
            call = self._calls.get(facts)
            if call is None:
                _MISS.inc()
                return await self._decide(facts, exchange, now)
            outcome = await asyncio.shield(call)
            if isinstance(outcome, Decision):
                _SHARED.inc()
                return refreshed(outcome, exchange, now)
            if outcome is not None:
                raise PolicyFaultError(getattr(outcome, "reason", "unavailable")) from outcome

    async def _decide(self, facts: Facts, exchange: str, now: float) -> Decision:
        call: _Call = asyncio.get_running_loop().create_future()
        self._calls[facts] = call
        outcome: Decision | PolicyUnavailableError | None = None
        try:
            outcome = await self._inner.decide(facts, exchange, now)
        except PolicyUnavailableError as error:
            outcome = error
            raise
        finally:
            if self._calls.get(facts) is call:
                del self._calls[facts]
                self._keep(facts, outcome, now)
            call.set_result(outcome)
        return outcome

    def _keep(self, facts: Facts, outcome: Decision | PolicyUnavailableError | None, now: float) -> None:
        """Cache a decision under its revision, but no error and no abandoned call."""
        if not isinstance(outcome, Decision) or self._size == 0:
            return
        revision = (outcome.revision, outcome.data_revision)
        if revision != self._revision:
            self._entries = self._no_entries()
            self._revision = revision
        until = self._until(now) if facts.grant is None else min(self._until(now), facts.grant.expires)
        entry = _Entry(facts, outcome, now, until, self._clock.monotonic() + self._ttl_s)
        self._entries.keep(facts.tenant, [(facts, entry)])

    def _until(self, now: float) -> float:
        following = bisect_right(self._midnights, now)
        return self._midnights[following] if following < len(self._midnights) else math.inf
