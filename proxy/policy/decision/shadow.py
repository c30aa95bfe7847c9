"""A candidate policy beside the live one, on live traffic, off the request path.

The live decision is returned at once. The same facts wait in a bounded queue for the candidate's own engine; when
the queue is full the question is dropped and counted, never waited for. Each decision that differs is handed to
``on_difference`` together with the live one, and becomes an event of the audit log (``event``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from prometheus_client import Counter

from proxy.core.records import Decision, Facts
from proxy.errors import PolicyUnavailableError
from proxy.ports import EventLog, PolicyDecisionPoint
from proxy.runtime.log import logger

SHADOWED = Counter("proxy_policy_shadow", "Requests offered to the shadow policy, by what became of it.", ["result"])
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
    """One question that the live policy and the candidate answer differently."""

    facts: Facts
    exchange: str
    live: Decision
    shadow: Decision


OnDifference = Callable[[ShadowDifference], Awaitable[None]]


def recorder(events: EventLog) -> OnDifference:
    """Return what records each difference as an event."""

    async def record(found: ShadowDifference) -> None:
        facts, live = found.facts, found.live
        revisions = {"revision": live.revision, "data_revision": live.data_revision}
        events.event(EVENT, event(found), tenant=facts.tenant, activity=facts.activity, **revisions)

    return record


def event(difference: ShadowDifference) -> dict[str, Any]:
    """Return what the audit log keeps of a difference: both answers without the question. There is no text in it."""
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
                    {"type": obligation.type, "entities": obligation.entities, "profile": obligation.profile}
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


def answers(decision: Decision) -> tuple[object, ...]:
    """Return what counts of a decision when two are compared: not ids, times, revisions or wording."""
    return (
        decision.action,
        decision.selected,
        decision.http_status,
        frozenset(decision.block_codes),
        tuple((verdict.target, verdict.rank) for verdict in decision.permitted()),
        frozenset((verdict.target, frozenset(verdict.denials)) for verdict in decision.targets),
        frozenset(
            (
                verdict.target,
                obligation.type,
                frozenset(obligation.entities),
                obligation.profile,
                repr(obligation.params),
            )
            for verdict in decision.permitted()
            for obligation in verdict.obligations
        ),
    )


class ShadowedDecisionPoint:
    """The ``PolicyDecisionPoint`` port: the live answer, and the candidate's opinion later. Run ``run`` beside it."""

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
        """Return the live decision.

        Raises:
            PolicyUnavailableError: as the live decision point; the candidate is then not asked.

        """
        live = await self._live.decide(facts, exchange, now)
        try:
            self._queue.put_nowait(_Question(facts, exchange, now, live))
        except asyncio.QueueFull:
            SHADOWED.labels("dropped").inc()
        return live

    async def run(self) -> None:
        """Ask the candidate, one question at a time, for ever."""
        while True:
            question = await self._queue.get()
            try:
                await self._ask(question)
            finally:
                self._queue.task_done()

    async def drained(self) -> None:
        """Return when every waiting question has been asked."""
        await self._queue.join()

    async def _ask(self, question: _Question) -> None:
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
