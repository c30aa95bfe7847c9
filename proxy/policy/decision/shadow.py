"""Shadow mode: a candidate policy evaluated on live traffic, off the request path; recorded, never enforced.

The live decision is returned at once. The facts wait in a bounded queue for the candidate's own engine; if the queue is
full they are dropped and counted. Each differing decision is passed to ``on_difference`` with the live one and becomes
an event of the audit log (``event``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from prometheus_client import Counter

from proxy.core.records import Decision, Facts
from proxy.errors import PolicyUnavailableError
from proxy.policy.decision.summary import Summary, summary
from proxy.ports import EventLog, PolicyDecisionPoint
from proxy.runtime.log import logger

SHADOWED = Counter("proxy_policy_shadow", "Requests offered to the shadow policy, by result.", ["result"])
#: The event of the audit log that holds a difference.
EVENT = "policy_difference"


@dataclass(frozen=True, slots=True)
class _Question:
    facts: Facts
    exchange: str
    now: float
    live: Decision


@dataclass(frozen=True, slots=True)
class ShadowDifference:
    """Facts on which the live policy and the candidate decide differently."""

    facts: Facts
    exchange: str
    live: Decision
    shadow: Decision


OnDifference = Callable[[ShadowDifference], Awaitable[None]]


def recorder(events: EventLog) -> OnDifference:
    """Return a callback that records each difference as an event."""

    async def record(difference: ShadowDifference) -> None:
        facts, live = difference.facts, difference.live
        revisions = {"revision": live.revision, "data_revision": live.data_revision}
        events.event(EVENT, event(difference), tenant=facts.tenant, activity=facts.activity, **revisions)

    return record


def event(difference: ShadowDifference) -> dict[str, Any]:
    """Return a difference as the audit log keeps it: both answers, without the input. It holds no text."""
    return {
        "exchange": difference.exchange,
        "phase": difference.facts.phase,
        "live": _answer(difference.live),
        "shadow": _answer(difference.shadow),
    }


def _answer(decision: Decision) -> dict[str, Any]:
    return {
        "action": decision.action,
        "selected_target": decision.selected,
        "http_status": decision.http_status,
        "block_codes": decision.block_codes,
        "targets": [
            {
                "target": verdict.target,
                "permit": verdict.permit,
                "rank": verdict.rank,
                "denials": verdict.denials,
                "obligations": [
                    {
                        "type": obligation.type,
                        "entities": obligation.entities,
                        "profile": obligation.profile,
                        "method": obligation.method,
                        "when": obligation.when,
                        "params": obligation.params,
                    }
                    for obligation in verdict.obligations
                ],
            }
            for verdict in decision.targets
        ],
        "policy": {
            "bundle": decision.bundle,
            "revision": decision.revision,
            "digest": decision.digest,
            "data_revision": decision.data_revision,
            "engine": decision.engine,
        },
    }


def answers(decision: Decision) -> Summary:
    """Return the compared parts of a decision."""
    return summary(_answer(decision))


class ShadowedDecisionPoint:
    """A ``PolicyDecisionPoint`` that returns the live decision and queues the facts for the candidate (``run``)."""

    def __init__(
        self,
        live: PolicyDecisionPoint,
        candidate: PolicyDecisionPoint,
        on_difference: OnDifference,
        *,
        waiting: int = 1000,
    ) -> None:
        self._live = live
        self._candidate = candidate
        self._on_difference = on_difference
        self._queue: asyncio.Queue[_Question] = asyncio.Queue(waiting)

    async def decide(self, facts: Facts, exchange: str, now: float) -> Decision:
        """Return the live decision; what is asked of a reply that nobody has read yet is not a decision to compare.

        Raises:
            PolicyUnavailableError: as the live decision point; the candidate then does not decide.

        """
        live = await self._live.decide(facts, exchange, now)
        if facts.hypothetical:
            return live
        try:
            self._queue.put_nowait(_Question(facts, exchange, now, live))
        except asyncio.QueueFull:
            SHADOWED.labels("dropped").inc()
        return live

    async def run(self) -> None:
        """Have the candidate decide queued facts, one after the other, for ever."""
        while True:
            question = await self._queue.get()
            try:
                await self._compare(question)
            finally:
                self._queue.task_done()

    async def drained(self) -> None:
        """Return when the queue is empty and the last comparison is done."""
        await self._queue.join()

    async def _compare(self, question: _Question) -> None:
        try:
            shadow = await self._candidate.decide(question.facts, question.exchange, question.now)
        except PolicyUnavailableError:
            SHADOWED.labels("failed").inc()
            return
        if answers(shadow) == answers(question.live):
            SHADOWED.labels("same").inc()
            return
        SHADOWED.labels("different").inc()
        try:
            await self._on_difference(ShadowDifference(question.facts, question.exchange, question.live, shadow))
        except Exception as error:  # noqa: BLE001  a difference that cannot be recorded must not end the shadow
            SHADOWED.labels("unrecorded").inc()
            logger().error("shadow_difference_unrecorded", exchange=question.exchange, error=type(error).__name__)
