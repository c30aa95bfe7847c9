"""What policy decides about one reply: whether it may be delivered, and what is removed from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from prometheus_client import Counter

from proxy.core import obligations
from proxy.core.decision import contents
from proxy.core.decision import facts as canonical
from proxy.core.decision.contents import Contents
from proxy.core.findings import Status
from proxy.core.obligations import TRANSFORMS
from proxy.core.records import Decision, Exchange, Facts, OpaquePart, Outbound
from proxy.core.replies.guard import Types
from proxy.core.replies.position import IN_PLACE, Placed
from proxy.core.replies.removal import values as removal_values
from proxy.core.replies.reply import ExpectedValues
from proxy.errors import PolicyUnavailableError, ReplyTooLargeError, TooMuchTextError
from proxy.exchange.deadline import DECIDE, stage
from proxy.exchange.outside import Ports
from proxy.runtime.offload import run_in_thread_if_large

_MASKED = Counter("proxy_masked_stand_ins", "Stand-ins that stay in replies because of where they are.", ["reason"])
#: A reply of which nothing is known yet.
_ANYTHING = Placed(1, 1)
#: The library's own rule on replies; it covers the types that patterns detect reliably.
_LIBRARY = "response.unexpected_entities"


@dataclass(slots=True)
class ReplyJudge:
    """Asks about the reply to one request, and carries out what the decision obliges to."""

    outside: Ports
    exchange: Exchange
    outbound: Outbound
    facts: Facts
    types: Types
    unread: tuple[OpaquePart, ...] = ()  # parts of the reply that are not read
    retain_days: int = 0
    oversight: bool = False  # a decision obliges to human oversight
    waits: bool = False  # a stream is received whole and judged before any of it is delivered

    @staticmethod
    def counted(masked: Mapping[str, int]) -> Mapping[str, int]:
        """Add what stays in a reply, by reason, to the metric."""
        for reason, count in masked.items():
            _MASKED.labels(reason).inc(count)
        return masked

    async def judge(self, content: Contents | Placed) -> Decision:
        """Return the decision on a reply with these contents, or on one that could hold anything in these places.

        Raises:
            PolicyUnavailableError: there is none, or it obliges to something that cannot be carried out.
            GrantsUnavailableError, AuditUnavailableError: as in ``ports.ObligationHandler``.

        """
        return await self._settled(await self._ask(content))

    async def named(self, texts: Sequence[str], types: frozenset[str], expected: ExpectedValues) -> Mapping[str, str]:
        """Return value -> type for what full detection finds in whole texts, of types that patterns cannot detect.

        Raises:
            PolicyUnavailableError: the texts could not be read, so what must be removed is unknown.
            ReplyTooLargeError: they hold more than can be read in time.

        """
        unread = types - self.types.by_pattern
        if not unread or not texts:
            return {}
        try:
            detection = await self.outside.detector.detect(texts, self.exchange.principal.tenant)
        except TooMuchTextError as error:
            raise ReplyTooLargeError from error
        if detection.status is not Status.COMPLETE or len(detection.segments) != len(texts):
            raise PolicyUnavailableError("the reply could not be searched for the types that policy removes from it")
        collect = partial(removal_values, texts, detection.segments, unread, expected)
        return await run_in_thread_if_large(sum(map(len, texts)), collect)

    async def _settled(self, decision: Decision) -> Decision:
        """Carry out what a decision obliges to; errors as ``judge``."""
        self.retain_days = obligations.retention_days(decision.targets)
        if decision.permit:
            await self._carry_out(decision)
            self.oversight |= any(obligations.obliged(verdict, "human_oversight") for verdict in decision.targets)
        return decision

    async def _ask(self, content: Contents | Placed) -> Decision:
        target = self.outbound.target.id
        if isinstance(content, Placed):
            facts = canonical.any_response_facts(self.facts, target, self.types.every, content)
        else:
            content_key = (content.entities, content.echoed, content.foreign, content.placed)
            facts = canonical.response_facts(self.facts, target, *content_key)
        facts = canonical.with_unread(facts, self.unread)
        with stage(DECIDE, phase=facts.phase):
            return await self.outside.pdp.decide(facts, self.exchange.id, self.outside.clock.now())

    async def _carry_out(self, decision: Decision) -> None:
        """Notify and open a review where the reply obliges to it and the request did not.

        Raises:
            PolicyUnavailableError: nothing can carry it out, so nothing is delivered.
            GrantsUnavailableError, AuditUnavailableError: as in ``ports.ObligationHandler``.

        """
        fulfilled = {obligation.id for obligation in self.outbound.verdict.obligations}
        due = {each.id for verdict in decision.targets for each in obligations.alongside(verdict)}
        if due <= fulfilled:
            return
        if self.outside.obligations is None:
            raise PolicyUnavailableError("the policy engine returned an obligation that cannot be carried out")
        await self.outside.obligations.carry_out(self.exchange, decision, self.outbound.target.id)

    async def stream_types(self) -> tuple[frozenset[str], Decision]:
        """Ask what to remove from a reply that could contain anything, since it is delivered before it is complete.

        Where policy denies such a reply as a whole, every type is removed from one that it does not deny outright.
        Where it denies it only for what stands in a wrong place, ``waits`` is set.
        """
        decision = await self._anything()
        if not decision.permit:
            return self.types.every, await self.judge(contents.NOTHING)
        if not (self.outbound.guarded or self.waits or self.redactions(decision, but=_LIBRARY)):
            return frozenset(), await self.judge(contents.NOTHING)
        return self.redactions(decision), await self._settled(decision)

    async def own_rules(self) -> frozenset[str]:
        """Return the types that the organisation's own rules remove from a reply that could contain anything.

        They may be types that are not searched for otherwise; where policy denies such a reply, it is every type.
        """
        decision = await self._anything()
        return self.redactions(decision, but=_LIBRARY) if decision.permit else self.types.every

    async def _anything(self) -> Decision:
        """Ask about a reply that could contain anything; if policy denies it for its places alone, ``waits`` is set."""
        decision = await self._ask(_ANYTHING)
        if not decision.permit:
            decision = await self._ask(IN_PLACE)
            self.waits = decision.permit
        return decision

    def redactions(self, decision: Decision, but: str = "") -> frozenset[str]:
        """Return the entity types to remove from the reply; an obligation without entities means every type.

        Obligations of the rule with the id ``but`` do not count.

        Raises:
            PolicyUnavailableError: policy obliges to a transform that replies do not support.

        """
        obliged = [o for v in decision.targets for o in v.obligations if o.type in TRANSFORMS and o.id != but]
        if not all(obligations.is_supported(obligation, "response") for obligation in obliged):
            raise PolicyUnavailableError("policy requires a transform of the reply that replies do not support")
        if not all(obligation.entities for obligation in obliged):
            return self.types.every
        return frozenset(name for obligation in obliged for name in obligation.entities)
