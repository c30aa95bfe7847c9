"""The decision on one request and what may leave by it; for a batch, the decision on each of its lines too.

A batch goes only to a target that may receive all of it together and each line alone. The obligations of every line are
carried out for the whole. Where a line is denied, its decision is the one that denies the batch, and is recorded.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from proxy.core.decision import facts as canonical
from proxy.core.decision import lines
from proxy.core.decision.causes import causes
from proxy.core.decision.enforce import Enforcement, enforce, is_known, refusal, refused
from proxy.core.decision.matters import SUMMARY
from proxy.core.findings import UNAVAILABLE, Cause
from proxy.core.records import Decision, Denial, Facts, Inspection, Obligation, Outbound
from proxy.core.routing import offers
from proxy.core.routing.routing import Candidate, Sender
from proxy.core.targets.capabilities import TRANSLATED
from proxy.core.targets.registered import Catalog
from proxy.errors import PayloadTooLargeError, PolicyUnavailableError
from proxy.exchange.deadline import DECIDE, TRANSFORM, stage
from proxy.exchange.outside import Ports
from proxy.exchange.request import AddressedRequest
from proxy.runtime.offload import PATTERNS, run_in_thread_if_large

#: Codes where policy permits targets: all of them are down, none has an address, none offers what is asked for.
_DOWN, _UNCONFIGURED, _UNSUPPORTED = "targets_down", "targets_unconfigured", "OPERATION_UNSUPPORTED"
#: Most questions about the lines of one batch: lines of which policy sees the same are one.
_MOST_QUESTIONS = 2_000
#: What replacing a finding costs that was replaced before, in characters.
_FINDING_COST = 300
#: Seconds until a target that is down may be tried, where its circuit does not say.
_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Ruling:
    """What may leave or the denial, with the decision and its facts: those of one line where it alone is denied."""

    result: Outbound | Denial
    decision: Decision
    inspection: Inspection
    facts: Facts


@dataclass(frozen=True, slots=True)
class RequestTrial:
    """What would become of a request: its content, the decision, and by permitted target what may leave or why not."""

    inspection: Inspection
    decision: Decision
    results: Mapping[str, Outbound | Denial]


@dataclass(slots=True)
class _Lines:
    """What the lines of a batch permit together, and their obligations."""

    usable: frozenset[str]
    obligations: dict[str, list[Obligation]] = field(default_factory=dict)  # by target

    def add(self, decision: Decision) -> None:
        self.usable &= permitted(decision)
        for verdict in decision.targets:
            obligations = self.obligations.setdefault(verdict.target, [])
            obligations += _missing(verdict.obligations, obligations)

    def extend(self, decision: Decision) -> Decision:
        """Return the decision on the whole with the obligations of single lines."""
        targets = tuple(
            replace(verdict, obligations=(*verdict.obligations, *missing))
            if (missing := _missing(self.obligations.get(verdict.target, ()), verdict.obligations))
            else verdict
            for verdict in decision.targets
        )
        return decision if targets == decision.targets else decision._replace(targets=targets, original=None)


@dataclass(frozen=True, slots=True)
class Decider:
    """Asks policy about requests against one catalog."""

    outside: Ports
    catalog: Catalog

    def facts(
        self,
        request: AddressedRequest,
        inspection: Inspection,
        ranked: Sequence[Candidate],
        misplaced: frozenset[str],
    ) -> Facts:
        """Return what policy sees of a request, or of one line of a batch, and of these candidates for it.

        ``misplaced`` are the targets in quarantine.
        """
        targets = [self.catalog.targets[candidate.target] for candidate in ranked]
        needs = offers.requirements(
            inspection.payload,
            targets,
            request.exchange.dialect,
            spoken=request.plan.available,
            credential=bool(request.exchange.declared.target_credential),
            misplaced=misplaced,
        )
        # Policy takes the first of equal rank: prefer targets that speak the caller's own dialect.
        speaks = needs.speaks
        first = tuple(sorted(ranked, key=lambda candidate: speaks(candidate.target) == TRANSLATED))
        return canonical.request_facts(request.exchange, inspection, first, needs)

    async def decide(
        self, request: AddressedRequest, inspection: Inspection, facts: Facts, enforcement: Enforcement
    ) -> Ruling:
        """Return what may leave.

        Raises:
            PolicyUnavailableError: policy gave no usable answer.
            PayloadTooLargeError: the lines of a batch would be too many questions.

        """
        batch: _Lines | None = None
        with stage(DECIDE, phase=facts.phase):
            if inspection.payload.parts:
                allowed = await self._lines(request, inspection, facts)
                if isinstance(allowed, Ruling):
                    return allowed
                batch, facts = allowed, canonical.among(facts, allowed.usable)
            decision = await self._ask(request.exchange.id, facts)
        usable = {name for name, _, available in facts.candidates if available}
        if decision.permit and decision.selected not in usable:
            raise PolicyUnavailableError("the policy engine selected a target that is not a candidate")
        result: Outbound | Denial
        if decision.permit and offers.unfit(facts.requirements, decision.selected or ""):
            why = causes((_UNSUPPORTED,), inspection, self.catalog, facts.requirements)
            result = replace(refused(_UNSUPPORTED, (_UNSUPPORTED,), decision.id), causes=why)
        elif (down := self._down(request.sender, decision, usable)) is not None:
            result = down
        else:
            whole = decision if batch is None else batch.extend(decision)
            is_settled = await run_in_thread_if_large(
                request.size, lambda: is_known(inspection, whole, self.catalog, enforcement)
            )
            size = request.size + _FINDING_COST * sum(entity.count for entity in inspection.entities)
            size += 0 if is_settled else PATTERNS * sum(len(span.text) for span in inspection.payload.spans)
            with stage(TRANSFORM):
                result = await run_in_thread_if_large(
                    size, lambda: enforce(inspection, whole, self.catalog, enforcement, facts.requirements)
                )
        return Ruling(result if batch is None else _for_batch(result), decision, inspection, facts)

    async def each(
        self, request: AddressedRequest, inspection: Inspection, facts: Facts, enforcement: Enforcement
    ) -> RequestTrial:
        """Return what every permitted target would receive, as if it were the only one.

        Raises:
            PolicyUnavailableError: policy gave no usable answer.

        """
        decision = await self._ask(request.exchange.id, facts)
        permits = permitted(decision)

        def result(target: str) -> Outbound | Denial:
            if offers.unfit(facts.requirements, target):
                return refused(_UNSUPPORTED, (_UNSUPPORTED,), decision.id)
            chosen = decision._replace(permit=True, selected=target, block_codes=())
            return enforce(inspection, chosen, self.catalog, enforcement, facts.requirements)

        results: dict[str, Outbound | Denial] = {}
        for target in [verdict.target for verdict in decision.targets if verdict.target in permits]:
            results[target] = await run_in_thread_if_large(PATTERNS * request.size, partial(result, target))
        return RequestTrial(inspection, decision, results)

    async def _ask(self, exchange: str, facts: Facts) -> Decision:
        return await self.outside.pdp.decide(facts, exchange, self.outside.clock.now())

    async def _lines(self, request: AddressedRequest, inspection: Inspection, facts: Facts) -> Ruling | _Lines:
        """Return what all lines permit, or the denial of the first that leaves no target for all so far."""
        batch = _Lines(frozenset(name for name, _, _ in facts.candidates))
        ranked, misplaced = [Candidate(*candidate) for candidate in facts.candidates], self.outside.quarantined()

        def different() -> dict[Facts, Inspection]:
            """Return the first line of each kind that policy sees."""
            first: dict[Facts, Inspection] = {}
            for line in lines.inspections(inspection, self.catalog.entity_categories):
                first.setdefault(canonical.of_line(facts, self.facts(request, line, ranked, misplaced)), line)
            return first

        first = await run_in_thread_if_large(request.size, different)
        if len(first) > _MOST_QUESTIONS:
            raise PayloadTooLargeError(f"the lines differ in more than {_MOST_QUESTIONS} ways: send fewer at once")
        for line_facts, line in first.items():
            decision = await self._ask(request.exchange.id, line_facts)
            if not batch.usable & permitted(decision):
                return Ruling(_line_denial(decision, line.payload.line), decision, line, line_facts)
            batch.add(decision)
        return batch

    def _down(self, sender: Sender, decision: Decision, usable: Iterable[str]) -> Denial | None:
        """Return the denial where every permitted target is down or has no address; it is not a denial by policy."""
        if decision.permit:
            return None
        permits = permitted(decision)
        allowed = [verdict.target for verdict in decision.targets if verdict.target in permits]
        if not allowed or not permits.isdisjoint(usable):
            return None
        reached = [name for name in allowed if self.catalog.targets[name].base_url]
        if not reached:
            return _without_address(allowed, decision.id)
        allowed = reached
        wait = min(self.outside.upstreams.wait(name, sender) for name in allowed)
        message = f"target {allowed[0]} is down" if len(allowed) == 1 else "targets are down: " + ", ".join(allowed)
        wait = wait or _AGAIN_S
        message += f"; retry after {math.ceil(wait)} s"
        why = tuple(Cause(name, "", (UNAVAILABLE,)) for name in allowed)
        return Denial(503, _DOWN, (_DOWN,), message, decision.id, retry_after_s=wait, causes=why)


def _without_address(allowed: Sequence[str], decision_id: str) -> Denial:
    """Return the denial where no permitted target was given an address: no retry mends it."""
    names = ", ".join(allowed)
    message = f"no target that may receive this request has an address: {names}; whoever runs this proxy sets one"
    why = tuple(Cause(name, "", (UNAVAILABLE,)) for name in allowed)
    return Denial(503, _UNCONFIGURED, (_UNCONFIGURED,), message, decision_id, final=True, causes=why)


def permitted(decision: Decision) -> frozenset[str]:
    """Return the permitted targets, available or not; none where policy denies the request whatever the target."""
    if not decision.permit and decision.block_codes[:1] not in {(), (SUMMARY,)}:
        return frozenset()
    return frozenset(verdict.target for verdict in decision.targets if verdict.permit)


def _for_batch(result: Outbound | Denial) -> Outbound | Denial:
    """Mark a denial as one of all lines together."""
    return replace(result, message=f"the lines together: {result.message}") if isinstance(result, Denial) else result


def _line_denial(decision: Decision, number: int) -> Denial:
    """Return the denial of a line: by its own decision, or because it leaves no target for all lines so far."""
    if permitted(decision):
        message = f"line {number}: refused by policy: none of its targets may receive the lines before it"
        return Denial(403, SUMMARY, (SUMMARY,), message, decision.id)
    denial = refusal(decision)
    return replace(denial, message=f"line {number}: {denial.message}")


def _missing(obligations: Iterable[Obligation], supported: Collection[Obligation]) -> list[Obligation]:
    return [obligation for obligation in obligations if obligation not in supported]
