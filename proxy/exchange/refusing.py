"""A refusal in words: policy is asked about each way on, and only what it permits is advised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from proxy.codecs.translation import spoken
from proxy.core import obligations, response_headers
from proxy.core.decision import facts as canonical
from proxy.core.decision.enforce import Enforcement
from proxy.core.decision.reasons import UNAVAILABLE, reason
from proxy.core.decision.refusals import explained
from proxy.core.decision.ways import Way, ways
from proxy.core.records import Decision, Denial, Facts, TargetVerdict
from proxy.core.routing import offers
from proxy.core.statuses import OK
from proxy.core.targets.registered import Catalog
from proxy.errors import PolicyUnavailableError, ProxyError
from proxy.exchange.deciding import Ruling
from proxy.exchange.outside import Ports
from proxy.exchange.request import AddressedRequest
from proxy.runtime.offload import run_in_thread_if_large

#: The role of a key whose callers read a refusal as a message of the assistant.
ROLE = "refusals-as-messages"


async def answered(request: AddressedRequest, denial: Denial) -> bool:
    """Answer a refusal by policy with a message of the assistant, and return True, where the key asks for that.

    False, and nothing is sent, where it does not, where the API has no conversation, and for what a retry may mend.

    Raises:
        ClientGoneError: the caller has disconnected.

    """
    api, client = request.api, request.client
    if ROLE not in request.exchange.principal.roles or api.conversation is None or not _lasts(denial):
        return False
    identity = request.exchange.id
    try:
        body, media = await run_in_thread_if_large(
            request.size, lambda: spoken(api, api.decode(request.incoming), denial.message, identity)
        )
    except ProxyError:
        return False
    headers = {**response_headers.refusal(denial), **response_headers.of_code(OK, denial.code)}
    if not media:
        await client.answer(OK, body, headers)
        return True
    await client.begin(media, headers)
    await client.write(body)
    await client.end()
    return True


def _lasts(denial: Denial) -> bool:
    """Whether the contract of policy refuses the request, and no part that may be back for a retry."""
    return not denial.code.islower() and reason(denial.code).responsibility not in UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Refuser:
    """Says what a refusal is about, in the words of the contract's codes."""

    outside: Ports
    catalog: Catalog

    async def with_message(
        self, denial: Denial, request: AddressedRequest, ruling: Ruling, enforcement: Enforcement
    ) -> Denial:
        """Return a denial of a ruling with its message and the caller's status."""
        permitted = [
            way for way in self._ways(denial, request, ruling) if await self._permits(way, request, ruling, enforcement)
        ]
        targets = [self.catalog.targets[candidate.target] for candidate in request.ranked]
        reached = {target.id for target in targets if target.base_url}
        needs = ruling.facts.requirements
        needs = replace(needs, lacking=tuple(each for each in needs.lacking if each[0] in reached))
        result = explained(denial, ruling.inspection, ruling.decision, needs, request.exchange, permitted)
        message = "; ".join((result.message, *offers.untranslatable(targets, request.plan.available)))
        return replace(result, status=request.dialect.refusal_status(result.status), message=message)

    def _ways(self, denial: Denial, request: AddressedRequest, ruling: Ruling) -> Iterator[Way]:
        if denial.code.isupper() and not ruling.inspection.payload.parts:
            yield from ways(denial, ruling.inspection, ruling.facts, request.exchange, self.catalog)

    async def _permits(self, way: Way, request: AddressedRequest, ruling: Ruling, enforcement: Enforcement) -> bool:
        """Whether policy permits a way on and an ordinary reply to it, and what it obliges to can be done."""
        try:
            decision = await self._ask(way.facts, request)
            reply = canonical.response_facts(way.facts, decision.selected or "", ())
            if decision.permit and not (await self._ask(reply, request)).permit:
                return False
        except PolicyUnavailableError:
            return False
        usable = {name for name, _, available in way.facts.candidates if available}
        verdict = next((each for each in decision.targets if each.target == decision.selected), None)
        if not decision.permit or verdict is None or verdict.target not in usable:
            return False
        return not offers.unfit(way.facts.requirements, verdict.target) and self._is_done(
            verdict, way, ruling, enforcement
        )

    async def _ask(self, facts: Facts, request: AddressedRequest) -> Decision:
        return await self.outside.pdp.decide(facts, request.exchange.id, self.outside.clock.now())

    def _is_done(self, verdict: TargetVerdict, way: Way, ruling: Ruling, enforcement: Enforcement) -> bool:
        """Whether the verdict's obligations can be carried out for the request."""
        plan = enforcement.plans.of(verdict, self.catalog, enforcement.terms)
        if plan.transform is None or (plan.unstored and ruling.inspection.payload.must_store):
            return False
        if obligations.obliged(verdict, "account_disclosure") and not way.facts.subject_refs:
            return False
        if obligations.obliged(verdict, "require_approval") and way.facts.grant is None:
            return False
        return self.outside.obligations is not None or not obligations.alongside(verdict)
