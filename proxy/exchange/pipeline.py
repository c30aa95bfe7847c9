"""The request path, the policy enforcement point: the one place where its order is written.

decode -> detect -> decide -> enforce (transform, residual scan) -> vault -> cache -> record the intent -> send ->
judge, scan and restore the reply -> settle. A fault raises, a denial returns; neither forwards a byte. No adapter is
imported here: whatever comes from outside is a port.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from proxy.codecs.base import Dialect
from proxy.core import obligations, response_headers
from proxy.core.decision import bulk
from proxy.core.decision import facts as canonical
from proxy.core.decision.enforce import Enforcement, EnforcementPlans, unmet
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.transform_plan import TransformTerms
from proxy.core.explanation import Explanation, explain
from proxy.core.findings import Status
from proxy.core.keyring import Keyring
from proxy.core.records import Denial, Exchange, Facts, Inspection, Outbound, Payload
from proxy.core.replies.guard import Types
from proxy.core.routing.routing import Candidate, mirror, registered
from proxy.core.state import kept
from proxy.core.statuses import DRY_RUN, OK, Outcome
from proxy.core.targets.attempts import Waits
from proxy.core.targets.registered import Catalog
from proxy.errors import (
    CounterUnavailableError,
    OverloadedError,
    ProxyError,
    UnknownHandleError,
    UnknownModelError,
    UpstreamError,
)
from proxy.exchange.caching import CacheStep, KeptReply
from proxy.exchange.deadline import COUNT, Deadline, stage
from proxy.exchange.deciding import Decider, RequestTrial, Ruling
from proxy.exchange.delivery import Delivery
from proxy.exchange.inspecting import Inspector
from proxy.exchange.mirroring import copied
from proxy.exchange.outside import Ports
from proxy.exchange.refusing import Refuser, answered
from proxy.exchange.request import AddressedRequest, Client, ClientGoneError, ClientRequest
from proxy.exchange.spending import Spending
from proxy.exchange.storing import Storing
from proxy.ports import AuditEntry
from proxy.runtime.background import to_completion
from proxy.runtime.offload import run_in_thread_if_large
from proxy.runtime.trace import client, span

#: The end of an exchange whose caller disconnected before its reply (nginx's status; never sent).
_GONE = Outcome(status=499, ended="client_gone")
#: Statuses of texts that went unread for lack of time or of a worker.
_UNREAD = frozenset({Status.FAILED, Status.TIMEOUT})


@dataclass(frozen=True, slots=True)
class _Failed:
    """An attempt that failed before anything reached the caller, and how long its request has waited so far."""

    outbound: Outbound
    fault: UpstreamError
    waits: Waits


class Pipeline:
    """Handles exchanges against one catalog; a reload builds a new pipeline."""

    def __init__(self, ports: Ports, keyring: Keyring, catalog: Catalog) -> None:
        self._ports = ports
        self._keyring = keyring
        self._plans = EnforcementPlans()
        self._types = Types.of(catalog.entity_kinds)
        self._watch = bulk.watch(catalog.data_document)
        self._storing = Storing(ports.vault, keyring)
        self._draws = keyring.derive("draws")
        self._inspector = Inspector(ports, catalog, self._draws)
        self._decider = Decider(ports, catalog)
        self._refuser = Refuser(ports, catalog)
        self.catalog = catalog
        self.models = registered(catalog)

    async def handle(self, request: ClientRequest) -> None:
        """Serve one request. Writes exactly one evidence entry, whatever happens."""
        exchange, addressed = request.exchange, AddressedRequest.of(request, self.catalog, self._keyring)
        if self._ports.allowances is None or not self.catalog.limits or exchange.mirror_of:
            return await self._handle(addressed)
        spending = Spending(self._ports.allowances, self.catalog.limits, exchange)
        try:
            return await self._handle(replace(addressed, spending=spending))
        finally:
            spending.settle()

    async def tried(self, request: ClientRequest) -> RequestTrial:
        """Return what would become of a dry run, for each target; it is not recorded, and no transform is remembered.

        Raises:
            ProxyError: it cannot be read, searched or decided.

        """
        addressed = AddressedRequest.of(request, self.catalog, self._keyring)
        async with Deadline(self._ports.seconds(request.incoming)) as deadline:
            addressed, inspection = await self._inspector.inspect(addressed, deadline)
            facts = await self._counted(addressed, inspection)
            enforcement = replace(
                self._enforcement(addressed, await self._storing.minting(addressed.domain)), plans=EnforcementPlans()
            )
            trial = await self._decider.each(addressed, inspection, facts, enforcement)
        results = dict(trial.results)
        for name, result in results.items():
            if isinstance(result, Outbound):
                denial = unmet(request.exchange, result.verdict, trial.decision, handled=self._ports.carries_out)
                results[name] = denial or result
        return replace(trial, results=results)

    async def _handle(self, request: AddressedRequest) -> None:
        async with self._ports.audit.entry(request.exchange) as entry:
            try:
                with contextlib.ExitStack() as stack:
                    answer = await self._serve(request, entry, stack)
                if isinstance(answer, Denial):
                    answer = _in_dialect(answer, request.dialect)
                    entry.deny(answer)
            except ProxyError as fault:
                answer = _in_dialect(_as_denial(fault), request.dialect)
                if request.client.head is None:
                    entry.fault(fault.code, answer.status)
                elif not await _deny(request.exchange, request.dialect, request.client, answer):
                    entry.settle(_GONE)
                answer = answer if request.client.head is None else None
            except ClientGoneError:
                entry.settle(_GONE)
                return
        if isinstance(answer, Denial):
            await _refuse(request, answer)
        elif answer is not None:
            with contextlib.suppress(ClientGoneError):
                await request.client.answer(OK, answer.body, answer.headers)

    async def reject(self, exchange: Exchange, dialect: Dialect, client: Client, fault: ProxyError) -> None:
        """Record and answer a request that never gets to policy: unknown path, body too large or unreadable."""
        async with self._ports.audit.entry(exchange) as entry:
            denial = _in_dialect(_as_denial(fault), dialect)
            entry.fault(fault.code, denial.status)
        await _deny(exchange, dialect, client, denial)

    async def _serve(
        self, request: AddressedRequest, entry: AuditEntry, stack: contextlib.ExitStack
    ) -> Denial | Explanation | None:
        """Return what is still to be answered; None where the target's reply was delivered."""
        async with Deadline(self._ports.seconds(request.incoming)) as deadline:
            request, inspection = await self._inspector.inspect(request, deadline)
            request.client.model, entry.exchange = inspection.payload.model, request.exchange
            if inspection.status in _UNREAD:
                stack.enter_context(self._admitted(request.exchange))
            facts = await self._counted(request, inspection)
            enforcement = self._enforcement(request, await self._storing.minting(request.domain))
            ruling = await self._decider.decide(request, inspection, facts, enforcement)
            ruling = await self._record_ruling(request, entry, ruling, inspection, enforcement)
        if isinstance(ruling.result, Denial):
            ruling = replace(
                ruling, result=await self._refuser.with_message(ruling.result, request, ruling, enforcement)
            )
        if request.exchange.declared.dry_run:
            return await self._explain(request, entry, ruling, enforcement)
        if isinstance(ruling.result, Denial) and self._ports.obligations is not None:
            await self._ports.obligations.refused(request.exchange, ruling.decision)
        return await self._send(request, entry, inspection, ruling, enforcement)

    async def _send(
        self,
        request: AddressedRequest,
        entry: AuditEntry,
        inspection: Inspection,
        ruling: Ruling,
        enforcement: Enforcement,
    ) -> Denial | None:
        """Send what may leave, to one target after the other; return the denial, None where a reply was delivered."""
        number, waits, sent_to = 0, Waits(), ""
        while isinstance(ruling.result, Outbound):
            number += 1
            try:
                try:
                    return await self._attempt(request, entry, inspection, ruling, enforcement, number)
                except UpstreamError as fault:
                    sent_to, failed = fault.sent_to or sent_to, _Failed(ruling.result, fault, waits)
                    ruling = await self._next_attempt(failed, request, inspection, ruling.facts, enforcement)
                    entry.note(inspection, ruling.facts, ruling.decision)
            except ProxyError as fault:
                fault.sent_to = fault.sent_to or sent_to
                raise
        return ruling.result

    async def _attempt(
        self,
        request: AddressedRequest,
        entry: AuditEntry,
        inspection: Inspection,
        ruling: Ruling,
        enforcement: Enforcement,
        number: int,
    ) -> Denial | None:
        """Send what may leave to its target, and deliver the reply; a denial where an obligation cannot be met.

        Raises:
            NotCachedError: the caller wants a kept reply alone, and there is none.
            ProxyError, ClientGoneError: as ``Delivery.run``.

        """
        assert isinstance(ruling.result, Outbound)  # noqa: S101
        denial = unmet(request.exchange, ruling.result.verdict, ruling.decision, handled=self._ports.carries_out)
        if denial is not None:
            return await self._refuser.with_message(denial, request, ruling, enforcement)
        if self._ports.obligations is not None and obligations.alongside(ruling.result.verdict):
            await self._ports.obligations.carry_out(request.exchange, ruling.decision, ruling.result.target.id)
        outbound = await self._storing.keep_pseudonyms(request, inspection, ruling.result)
        shared = (self._ports, self.catalog, self._storing, self._types)
        delivery = partial(Delivery, *shared, request, inspection, entry, outbound, ruling.facts)
        step = None
        if outbound.caching is not None and number == 1 and self._ports.cache is not None:
            step = await self._ports.cache.look_up(request, inspection, outbound)
        if step is not None and step.hit is not None:
            if await _reuse(delivery(0, step), step.hit):
                return None
            step = None
        with span("intend"):
            await entry.intend(outbound, number)
        recipient = outbound.recipient or "self"
        with _calling(outbound.target.id, recipient, inspection.payload, number, self.models):
            await delivery(number, step).run()
        if step is not None or self._ports.mirrors is not None:
            await to_completion(self._repeat(request, inspection, outbound, step))  # a caller that has it all may leave
        return None

    def _admitted(self, exchange: Exchange) -> contextlib.AbstractContextManager[None]:
        """Return the slot of a request whose texts were not read in time; mirrored copies get none."""
        if exchange.mirror_of:
            raise OverloadedError
        return self._ports.overload.slot(exchange.principal.tenant)

    async def _repeat(
        self, request: AddressedRequest, inspection: Inspection, outbound: Outbound, step: CacheStep | None
    ) -> None:
        """Keep what was delivered for equal requests, and send a copy of this one to the mirror."""
        if step is not None and self._ports.cache is not None:
            await self._ports.cache.keep(request, inspection, outbound, step)
        self._mirror(request, inspection.payload, outbound.target.id)

    def _mirror(self, request: AddressedRequest, payload: Payload, sent: str) -> None:
        """Send a copy of a delivered request to the mirror of its route, if there is one.

        Never copied: a request under a break-glass grant, one that acts or keeps state, one bound to a single target.
        """
        exchange = request.exchange
        unrepeatable = payload.stateful or kept.effect(payload) or exchange.grant is not None
        if self._ports.mirrors is None or exchange.only or unrepeatable:
            return
        target = mirror(self.catalog, exchange, payload, self._draws)
        if target not in {"", sent}:
            tenant = exchange.principal.tenant
            copy = copied(request, target, self._ports.clock.now())
            self._ports.mirrors.start(tenant, target, lambda: self.handle(copy))

    async def _record_ruling(
        self,
        request: AddressedRequest,
        entry: AuditEntry,
        ruling: Ruling,
        inspection: Inspection,
        enforcement: Enforcement,
    ) -> Ruling:
        """Note a ruling for the record, and the next one where something was left in the transformed request."""
        entry.note(ruling.inspection, ruling.facts, ruling.decision)
        if not isinstance(ruling.result, Denial) or not ruling.result.residual:
            return ruling
        again = canonical.after_transform(ruling.facts, ruling.result.residual)
        ruling = await self._decider.decide(request, inspection, again, enforcement)
        entry.note(ruling.inspection, ruling.facts, ruling.decision)
        return ruling

    async def _explain(
        self, request: AddressedRequest, entry: AuditEntry, ruling: Ruling, enforcement: Enforcement
    ) -> Explanation:
        """Settle a dry run: nothing is sent or stored, and no obligation is carried out."""
        exchange, inspection, decision, result = request.exchange, ruling.inspection, ruling.decision, ruling.result
        denial = None
        if isinstance(result, Outbound):
            denial = unmet(exchange, result.verdict, decision, handled=self._ports.carries_out)
        if denial is not None:
            denial = await self._refuser.with_message(denial, request, ruling, enforcement)
        document = self._ports.audit.document(ruling.facts, exchange.id, exchange.received_at)
        handles, answer = request.handles, denial or result
        explanation = await run_in_thread_if_large(
            request.size, lambda: explain(exchange, inspection, decision, answer, document, handles)
        )
        entry.settle(Outcome(status=OK, ended=DRY_RUN, code=explanation.code))
        return explanation

    async def _next_attempt(
        self, failed: _Failed, request: AddressedRequest, inspection: Inspection, facts: Facts, enforcement: Enforcement
    ) -> Ruling:
        """Return the ruling of the next attempt: on another permitted target, else on the same one after a wait.

        Raises:
            UpstreamError: neither is possible, or the target may have done what is done once: the attempt's fault.

        """
        if request.client.head is not None or (failed.outbound.effect and not failed.fault.untried):
            raise failed.fault
        target = failed.outbound.target
        wait = failed.waits.next(target.id, target.access.retry, failed.fault)
        facts = canonical.fallback(facts, target.id, obligations.fallback_targets(failed.outbound.verdict))
        async with Deadline(self._ports.seconds(request.incoming)):
            ruling = await self._decider.decide(request, inspection, facts, enforcement)
        if isinstance(ruling.result, Denial) and wait is not None:
            with span("wait", target=target.id):
                await self._ports.pause(wait)
            failed.waits.seconds += wait
            if self._ports.upstreams.available(target.id, request.sender):
                async with Deadline(self._ports.seconds(request.incoming)):
                    ruling = await self._decider.decide(
                        request, inspection, canonical.retry(facts, target.id), enforcement
                    )
        if isinstance(ruling.result, Denial):
            raise failed.fault
        return ruling

    async def _counted(self, request: AddressedRequest, inspection: Inspection) -> Facts:
        """Return the facts, with how many US persons a country of concern would have received (28 CFR 202)."""
        if not request.ranked:
            raise UnknownHandleError if inspection.payload.incoming.references else UnknownModelError
        available = partial(self._ports.upstreams.available, sender=request.sender)
        ranked = [candidate._replace(available=available(candidate.target)) for candidate in request.ranked]
        misplaced = self._ports.quarantined()
        facts, sighting = await run_in_thread_if_large(
            request.size, lambda: self._observed(request, inspection, ranked, misplaced)
        )
        if sighting is None:
            return facts
        counts = None
        if self._ports.bulk is not None:
            with stage(COUNT), contextlib.suppress(CounterUnavailableError):
                counts = await self._ports.bulk.count(sighting, keep=not request.exchange.declared.dry_run)
        us_bulk = (sighting.categories[0], None) if counts is None else bulk.nearest(counts, self._watch.thresholds)
        return replace(facts, us_bulk=us_bulk)

    def _observed(
        self,
        request: AddressedRequest,
        inspection: Inspection,
        ranked: Sequence[Candidate],
        misplaced: frozenset[str],
    ) -> tuple[Facts, bulk.Sighting | None]:
        """Return the facts, and the US persons in the request where a candidate is of concern."""
        facts = self._decider.facts(request, inspection, ranked, misplaced)
        if not self._watch.recipients_of(facts):
            return facts, None
        key, kinds = self._keyring.derive("us-person", facts.tenant), self.catalog.entity_kinds
        return facts, bulk.sighting(request.exchange, inspection, facts, self._watch, kinds, key)

    def _enforcement(self, request: AddressedRequest, keys: Keyring) -> Enforcement:
        subject, mark = None, request.exchange.declared.subject_mark
        if mark:  # dates of one subject move alike in all conversations of an activity's service
            subject = partial(keys.derive, "date-shift", request.domain.rpartition("\x1f")[0], mark.hex())
        return Enforcement(
            exchange_id=request.exchange.id,
            encode=request.api.encode,
            minter=Minter(keys.derive("pseudonym", request.domain), subject=subject),
            scan=partial(self._ports.detector.scan, tenant=request.exchange.principal.tenant),
            terms=TransformTerms(
                year=datetime.fromtimestamp(request.exchange.received_at, UTC).year,
                operators=self._ports.operators,
            ),
            plans=self._plans.seen_by(request.exchange.principal.tenant),
            outgoing_texts=request.api.outgoing_texts,
            add_statement=request.api.with_statement,
            dialect=request.api.name,
            translations=request.plan.translations,
        )


async def _reuse(delivery: Delivery, hit: KeptReply) -> bool:
    """Deliver a kept reply in the place of the target's; return False where this release cannot read it."""
    await delivery.entry.reuse(delivery.outbound, hit.source)
    try:
        with span("reuse", target=delivery.outbound.target.id):
            await delivery.run()
    except UpstreamError:
        if delivery.request.client.head is not None:
            raise
        return False
    return True


def _calling(
    target: str, provider: str, payload: Payload, number: int, registered_models: frozenset[str]
) -> contextlib.AbstractContextManager[None]:
    """Return the span of a call to a target, by the conventions for GenAI; only a registered model has a name."""
    operation, model = payload.operation.value, payload.model if payload.model in registered_models else ""
    return client(
        f"{operation} {model}" if model else operation,
        gen_ai__operation__name=operation,
        gen_ai__request__model=model,
        gen_ai__provider__name=provider,
        target=target,
        attempt=number,
    )


def _in_dialect(denial: Denial, dialect: Dialect) -> Denial:
    return replace(denial, status=dialect.refusal_status(denial.status))


def _as_denial(fault: ProxyError) -> Denial:
    return Denial(
        fault.status, fault.code, (fault.code,), fault.message, retry_after_s=fault.retry_after_s, final=fault.final
    )


async def _refuse(request: AddressedRequest, denial: Denial) -> None:
    """Answer with a denial: with a message of the assistant, where the key asks for that."""
    with contextlib.suppress(ClientGoneError):
        if not await answered(request, denial):
            await _deny(request.exchange, request.dialect, request.client, denial)


async def _deny(exchange: Exchange, dialect: Dialect, client: Client, denial: Denial) -> bool:
    """Answer with a denial, or cut the stream that has begun; return whether the caller was still there."""
    body = dialect.error(denial.status, denial.code, denial.message, exchange.id)
    retry = response_headers.of_code(denial.status, denial.code, denial.retry_after_s, final=denial.final)
    more = {**dialect.headers(denial.status, denial.code), **retry}

    def event(media: str) -> bytes:
        return dialect.error_event(media, denial.code, denial.message, exchange.id)

    try:
        await client.fail(denial.status, body, {**response_headers.refusal(denial), **more}, event)
    except ClientGoneError:
        return False
    return True
