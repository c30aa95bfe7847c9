"""Policy's word on one request and what may leave by it; of a body with many requests, on each of these too.

What holds many requests goes only to a target that may get all of it together and each of them alone. Whatever a line
obliges to is done for all. Where a line is refused, the decision on that line is the one that refuses, and is recorded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from proxy.core.decision import facts as canonical
from proxy.core.decision import lines
from proxy.core.decision.enforce import Tools, enforce, refusal
from proxy.core.records import Decision, Denial, Facts, Inspection, Obligation, Outbound
from proxy.core.routing import offers
from proxy.core.routing.sender import sender_of
from proxy.core.targets.registered import Catalog
from proxy.errors import PolicyUnavailableError
from proxy.exchange.request import ClientRequest
from proxy.ports import Clock, PolicyDecisionPoint, Upstreams
from proxy.runtime.offload import run_in_thread_if_large
from proxy.runtime.steps import pause
from proxy.runtime.trace import span

#: What policy says when no candidate is both permitted and available, and what a caller is told of the latter.
_NO_TARGET, _DOWN = "NO_COMPLIANT_TARGET", "targets_down"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What may leave or why nothing may, by which decision on which facts: those of a line, where it alone refuses."""

    result: Outbound | Denial
    decision: Decision
    inspection: Inspection
    facts: Facts


@dataclass(slots=True)
class _Lines:
    """What the lines of a body allow and oblige to together."""

    usable: frozenset[str]
    obligations: dict[str, list[Obligation]] = field(default_factory=dict)  # by target

    def take(self, decision: Decision) -> None:
        self.usable &= permitted(decision)
        for verdict in decision.targets:
            known = self.obligations.setdefault(verdict.target, [])
            known += [one for one in verdict.obligations if one not in known]

    def bound(self, decision: Decision) -> Decision:
        """Return the decision on all together with what single lines oblige to beside."""
        targets = tuple(
            replace(one, obligations=(*one.obligations, *more))
            if (more := _missing(self.obligations.get(one.target, ()), one.obligations))
            else one
            for one in decision.targets
        )
        return decision if targets == decision.targets else replace(decision, targets=targets)


@dataclass(frozen=True, slots=True)
class Decider:
    """Asks policy on requests against one catalog."""

    pdp: PolicyDecisionPoint
    upstreams: Upstreams
    clock: Clock
    catalog: Catalog

    async def decide(
        self,
        request: ClientRequest,
        inspection: Inspection,
        facts: Facts,
        tools: Tools,
        facts_of: Callable[[Inspection], Facts],
    ) -> Ruling:
        """Return what may leave by policy; ``facts_of`` are those of one line alone.

        Raises:
            PolicyUnavailableError: policy cannot be asked, or its answer is no answer.

        """
        held: _Lines | None = None
        with span("decide", phase=facts.phase):
            if inspection.payload.parts:
                allowed = await self._lines(request, inspection, facts, facts_of)
                if isinstance(allowed, Ruling):
                    return allowed
                held, facts = allowed, canonical.among(facts, allowed.usable)
            decision = await self._ask(request, facts)
        usable = {name for name, _, available in facts.candidates if available}
        if decision.permit and decision.selected not in usable:
            raise PolicyUnavailableError("the policy engine selected a target that is no candidate")
        result: Outbound | Denial
        if decision.permit and offers.unfit(facts.asked, decision.selected or ""):
            code = "OPERATION_UNSUPPORTED"
            result = Denial(403, code, (code,), f"refused by policy: {code}", decision.id)
        elif (down := self._down(request, inspection, decision, usable)) is not None:
            result = down
        else:
            bound = decision if held is None else held.bound(decision)
            result = await run_in_thread_if_large(request.size, lambda: enforce(inspection, bound, self.catalog, tools))
        return Ruling(result if held is None else _of_all(result), decision, inspection, facts)

    async def _ask(self, request: ClientRequest, facts: Facts) -> Decision:
        return await self.pdp.decide(facts, request.exchange.id, self.clock.now())

    async def _lines(
        self, request: ClientRequest, inspection: Inspection, facts: Facts, facts_of: Callable[[Inspection], Facts]
    ) -> Ruling | _Lines:
        """Return what all lines allow, or the refusal of the first that may not go where those before it may."""
        held = _Lines(frozenset(name for name, _, _ in facts.candidates))
        known: dict[Facts, Decision] = {}
        alone = await run_in_thread_if_large(
            request.size, lambda: lines.inspections(inspection, self.catalog.entity_categories)
        )
        for line in alone:
            await pause()
            own = canonical.of_line(facts, facts_of(line))
            decision = known.get(own)
            if decision is None:
                decision = known[own] = await self._ask(request, own)
            if not held.usable & permitted(decision):
                return Ruling(_refused(decision, line.payload.line), decision, line, own)
            held.take(decision)
        return held

    def _down(
        self, request: ClientRequest, inspection: Inspection, decision: Decision, usable: Iterable[str]
    ) -> Denial | None:
        """Return the refusal where every target that policy permits is down: that is no refusal by policy."""
        allowed = [verdict.target for verdict in decision.targets if verdict.target in permitted(decision)]
        if decision.permit or not allowed or not set(usable).isdisjoint(allowed):
            return None
        sender = sender_of(request.exchange, inspection.payload)
        wait = min(self.upstreams.wait(name, sender) for name in allowed)
        message = f"target {allowed[0]} is down" if len(allowed) == 1 else "targets are down: " + ", ".join(allowed)
        message += f"; retry after {math.ceil(wait)} s" if wait > 0 else ""
        return Denial(503, _DOWN, (_DOWN,), message, decision.id, retry_after_s=wait)


def permitted(decision: Decision) -> frozenset[str]:
    """Return the targets that policy permits, up or down; none where it refuses whatever the target."""
    if not decision.permit and decision.block_codes[:1] not in {(), (_NO_TARGET,)}:
        return frozenset()
    return frozenset(verdict.target for verdict in decision.targets if verdict.permit)


def _of_all(result: Outbound | Denial) -> Outbound | Denial:
    """Return a refusal as one of all lines together."""
    return replace(result, message=f"the lines together: {result.message}") if isinstance(result, Denial) else result


def _refused(decision: Decision, number: int) -> Denial:
    """Return the refusal of a line: by its own decision, or since no target is left that all may go to."""
    if permitted(decision):
        message = f"line {number}: refused by policy: it may go to no target that the lines before it may go to"
        return Denial(403, _NO_TARGET, (_NO_TARGET,), message, decision.id)
    denial = refusal(decision)
    return replace(denial, message=f"line {number}: {denial.message}")


def _missing(wanted: Iterable[Obligation], had: Iterable[Obligation]) -> tuple[Obligation, ...]:
    known = tuple(had)
    return tuple(one for one in wanted if one not in known)
