"""A decision cache: equal facts get the equal decision, at the cost of a dictionary look-up.

The key is the whole ``Facts`` record, which is everything a policy can see of a request but its id and the time. A
cached decision is used only

- under the bundle and data revision it was made with. A newer revision is noticed in three ways: ``invalidate`` (the
  reload calls it), any fresh decision that names another revision, and ``watch``, which asks the engine every
  second. So a decision of a superseded revision is served for at most one second after an engine activated another;
- until the TTL, and never past the next midnight (UTC) at which some evidence or adequacy decision begins or ends,
  nor past the end of the break-glass grant it was made with.

Concurrent misses for the same facts ask once. Errors are never kept.
"""

from __future__ import annotations

import asyncio
import math
import os
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Protocol

from prometheus_client import Counter

from proxy.core.records import Decision, Facts
from proxy.errors import PolicyUnavailableError
from proxy.policy.decision.answer import Stamp, stamped
from proxy.policy.decision.document import timestamp
from proxy.policy.faults import PolicyFaultError
from proxy.ports import Clock, PolicyDecisionPoint

LOOKUPS = Counter("proxy_decision_cache_lookups", "Decision cache look-ups.", ["result"])
_HIT = LOOKUPS.labels("hit")
_MISS = LOOKUPS.labels("miss")
_SHARED = LOOKUPS.labels("shared")
_WATCH_S = 1.0


class Revisions(Protocol):
    """Tells which bundle revision decides now."""

    async def revision(self) -> str:
        """Return the revision, "" when it cannot be told."""
        ...


#: What a call in flight ended with: a decision, a fault, or nothing when its caller gave up.
_Asking = asyncio.Future[Decision | PolicyUnavailableError | None]


@dataclass(frozen=True, slots=True)
class _Entry:
    facts: Facts
    decision: Decision
    since: float  # Unix seconds; a clock set back behind it makes the entry void
    until: float  # Unix seconds: the next midnight at which something changes, or the end of a break-glass grant
    expires: float  # monotonic seconds: the TTL


def _midnights(dates: Iterable[str]) -> list[float]:
    return sorted(datetime.combine(date.fromisoformat(day[:10]), time(), UTC).timestamp() for day in dates)


def refreshed(decision: Decision, exchange: str, now: float) -> Decision:
    """Return a cached decision as this request's own: fresh ids and time, the same answer."""
    stamp = Stamp(os.urandom(16).hex(), exchange, timestamp(now), decision.engine)
    return replace(
        decision, id=stamp.decision_id, document=stamped(decision.document, stamp), cached=True, evaluation_us=0
    )


class CachedDecisionPoint:
    """The ``PolicyDecisionPoint`` port with a bounded memory in front of another one."""

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
        self._entries: OrderedDict[Facts, _Entry] = OrderedDict()
        self._asking: dict[Facts, _Asking] = {}
        self._revision = ("", "")

    def __len__(self) -> int:
        return len(self._entries)

    def invalidate(self, revision: str = "", change_dates: Iterable[str] | None = None) -> None:
        """Forget everything, calls in flight included: what they bring is used once and not kept."""
        self._entries.clear()
        self._asking.clear()
        self._revision = (revision, "")
        if change_dates is not None:
            self._midnights = _midnights(change_dates)

    async def watch(self, revisions: Revisions) -> None:
        """Ask for the engine's revision once a second and forget everything when it is another one. Runs for ever."""
        while True:
            self.notice(await revisions.revision())
            await asyncio.sleep(_WATCH_S)

    def notice(self, revision: str) -> None:
        """Forget everything when ``revision`` is known and is not the one the entries were made with."""
        if revision and revision != self._revision[0]:
            self.invalidate(revision)

    async def decide(self, facts: Facts, exchange: str, now: float) -> Decision:
        """Return the remembered decision, or ask.

        Raises:
            PolicyUnavailableError: as the inner decision point.

        """
        while True:
            entry = self._entries.get(facts)
            if entry is not None and entry.since <= now < entry.until and self._clock.monotonic() < entry.expires:
                self._entries.move_to_end(entry.facts)  # the very key: nothing to compare
                _HIT.inc()
                return refreshed(entry.decision, exchange, now)
            asking = self._asking.get(facts)
            if asking is None:
                _MISS.inc()
                return await self._ask(facts, exchange, now)
            outcome = await asyncio.shield(asking)
            if isinstance(outcome, Decision):
                _SHARED.inc()
                return refreshed(outcome, exchange, now)
            if outcome is not None:
                raise PolicyFaultError(getattr(outcome, "reason", "unavailable")) from outcome

    async def _ask(self, facts: Facts, exchange: str, now: float) -> Decision:
        asking: _Asking = asyncio.get_running_loop().create_future()
        self._asking[facts] = asking
        outcome: Decision | PolicyUnavailableError | None = None
        try:
            outcome = await self._inner.decide(facts, exchange, now)
        except PolicyUnavailableError as error:
            outcome = error
            raise
        finally:
            if self._asking.get(facts) is asking:
                del self._asking[facts]
                self._keep(facts, outcome, now)
            asking.set_result(outcome)
        return outcome

    def _keep(self, facts: Facts, outcome: Decision | PolicyUnavailableError | None, now: float) -> None:
        """Remember a decision made under the current revision; errors and abandoned calls leave nothing."""
        if not isinstance(outcome, Decision) or self._size == 0:
            return
        made_with = (outcome.revision, outcome.data_revision)
        if made_with != self._revision:
            self._entries.clear()
            self._revision = made_with
        until = self._until(now) if facts.grant is None else min(self._until(now), facts.grant.expires)
        self._entries[facts] = _Entry(facts, outcome, now, until, self._clock.monotonic() + self._ttl_s)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def _until(self, now: float) -> float:
        following = bisect_right(self._midnights, now)
        return self._midnights[following] if following < len(self._midnights) else math.inf
