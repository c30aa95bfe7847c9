"""The only maker of ``Outbound``: a decision and an inspection become a request that may leave, or a denial.

An obligation that this build does not know or cannot carry out turns the permit into a denial (XACML 3.0 section 7.18,
AuthZEN obligations profile).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from proxy.core import documents, obligations
from proxy.core.decision.causes import causes, of_pin
from proxy.core.decision.matters import SUMMARY
from proxy.core.decision.reasons import Responsibility, primary, reason
from proxy.core.deidentification.installed import OperatorFailedError, UnknownOperatorError
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.residual import residual
from proxy.core.deidentification.transform import carry_out, carry_out_again
from proxy.core.deidentification.transform_memory import TransformMemory
from proxy.core.deidentification.transform_plan import TransformPlan, TransformTerms
from proxy.core.findings import Finding
from proxy.core.obligations import Phase
from proxy.core.records import (
    CHANGED,
    Decision,
    Denial,
    Exchange,
    Inspection,
    Outbound,
    Payload,
    TargetVerdict,
    Transformed,
    Unchanged,
)
from proxy.core.replies.restore import natural_spellings
from proxy.core.routing import offers
from proxy.core.routing.routing import addressed, own_name
from proxy.core.state import kept
from proxy.core.targets.capabilities import NO_REQUIREMENTS, Requirements
from proxy.core.targets.registered import Catalog, Target
from proxy.core.wire import Wire
from proxy.runtime.recent import BoundedCache

_BEFORE_EGRESS = (Phase.BEFORE, Phase.ALONGSIDE, Phase.RECORD)
_UNSUPPORTED = "OBLIGATION_UNSUPPORTED"
#: How a refusal begins, by whose it is.
_REFUSED = {
    Responsibility.POLICY: "refused by policy",
    Responsibility.CALLER: "not offered by any target that policy permits",
    Responsibility.PROXY: "not decided, as a part of this proxy failed",
}
#: A part that failed: the status of its refusals, and seconds after which a retry may find it back.
_LATER, _AGAIN_S = 503, 2.0
_REMEMBERED = 1024
#: The address of an element of a list at the top of a document, or what is below it.
_ELEMENT = re.compile(r"/[^/]*/\d+").match


@dataclass(frozen=True, slots=True)
class EnforcementPlan:
    """One verdict's obligations, parsed. ``transform`` is None if one of type ``unsupported`` cannot be carried out."""

    verdict: TargetVerdict
    catalog: Catalog
    terms: TransformTerms
    transform: TransformPlan | None
    unsupported: str
    scans: bool  # residual_scan
    restores: bool  # reidentify_response
    guards: bool  # response_scan or stream_guard
    unstored: bool  # no_store
    noticed: bool  # redisclosure_notice
    recipient: str
    fulfilled: tuple[str, ...]
    caching: tuple[int, int] | None  # cache_reply


@dataclass(slots=True)
class EnforcementPlans:
    """Plans of recent verdicts: a cached decision shares its verdicts, so each is parsed once."""

    memory: TransformMemory = field(default_factory=TransformMemory)
    _plans: BoundedCache[int, EnforcementPlan] = field(default_factory=lambda: BoundedCache(_REMEMBERED))

    def seen_by(self, tenant: str) -> EnforcementPlans:
        """Return the same plans with the memory as a tenant sees it."""
        return EnforcementPlans(self.memory.of(tenant), self._plans)

    def of(self, verdict: TargetVerdict, catalog: Catalog, terms: TransformTerms) -> EnforcementPlan:
        """Return the verdict's plan."""
        plan = self._plans.get(id(verdict))
        if plan is not None and plan.verdict is verdict and plan.catalog is catalog and plan.terms == terms:
            return plan
        plan = self._plans[id(verdict)] = _plan(verdict, catalog, terms)
        return plan


def _plan(verdict: TargetVerdict, catalog: Catalog, terms: TransformTerms) -> EnforcementPlan:
    kinds = {obligation.type for obligation in verdict.obligations if obligation.on != "deny"}
    transform, unsupported = None, _unsupported(verdict, catalog)
    if not unsupported:
        try:
            transform = TransformPlan(verdict.obligations, catalog.entity_kinds, terms)
        except UnknownOperatorError as fault:
            unsupported = f"operator {fault.name}"
        except ValueError:  # an unknown profile
            unsupported = "deidentify"
    return EnforcementPlan(
        verdict=verdict,
        catalog=catalog,
        terms=terms,
        transform=transform,
        unsupported=unsupported,
        scans="residual_scan" in kinds,
        restores="reidentify_response" in kinds,
        guards=not kinds.isdisjoint({"response_scan", "stream_guard"}),
        unstored="no_store" in kinds,
        noticed="redisclosure_notice" in kinds,
        recipient=_recipient(verdict.target, catalog),
        fulfilled=tuple(o.id for o in verdict.obligations if obligations.is_for(o, *_BEFORE_EGRESS)),
        caching=obligations.caching(verdict) if "cache_reply" in kinds and not unsupported else None,
    )


def _unsupported(verdict: TargetVerdict, catalog: Catalog) -> str:
    """Return the type of the first obligation that cannot be carried out for the target, "" if all can."""
    for obligation in verdict.obligations:
        trains = obligation.type == "no_train" and obligation.on != "deny" and _may_train(verdict.target, catalog)
        if trains or not obligations.is_supported(obligation, "request"):
            return obligation.type or "unnamed"
    return ""


def _may_train(target: str, catalog: Catalog) -> bool:
    """Whether the registry does not rule out that the target trains on requests."""
    training = _registered("targets", target, catalog).get("training_use")
    self_hosted = target in catalog.targets and catalog.targets[target].self_hosted
    return training is not False and not (self_hosted and training is None)


def _recipient(target: str, catalog: Catalog) -> str:
    provider = str(_registered("targets", target, catalog).get("provider", ""))
    return str(_registered("providers", provider, catalog).get("legal_name", provider))


def _registered(section: str, name: str, catalog: Catalog) -> Mapping[str, Any]:
    entry = catalog.data_document.get(section, {}).get(name)
    return entry if isinstance(entry, Mapping) else {}


class RequestDialect(Protocol):
    """Writes a caller's requests in another dialect."""

    @property
    def name(self) -> str:
        """The codec of that dialect."""
        ...

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        """Write a request with new text for some spans."""
        ...

    def outgoing_texts(self, wire: Wire, unchanged: Unchanged = CHANGED) -> Sequence[str]:
        """Return every text, key and number of a written request; what is ``unchanged`` may be left out."""
        ...

    def with_statement(self, wire: Wire, statement: str) -> Wire | None:
        """Return the request with a statement to its recipient, None if the dialect has no place for it."""
        ...


@dataclass(frozen=True, slots=True)
class Enforcement:
    """What enforcement needs besides the decision: the dialect's writer, the domain's minter, the pattern scan."""

    exchange_id: str
    encode: Callable[[Payload, Mapping[int, str], str], Wire]
    minter: Minter
    scan: Callable[[str], tuple[Finding, ...]]
    terms: TransformTerms
    outgoing_texts: Callable[[Wire, Unchanged], Sequence[str]]  # see ``RequestDialect.outgoing_texts``
    plans: EnforcementPlans = field(default_factory=EnforcementPlans)
    add_statement: Callable[[Wire, str], Wire | None] = lambda _wire, _statement: None
    dialect: str = ""
    translations: Mapping[str, RequestDialect] = field(default_factory=dict)  # by target of another dialect

    def for_target(self, target: str) -> Enforcement:
        """Return the enforcement with the writer of the target's dialect."""
        way = self.translations.get(target)
        if way is None:
            return self
        return replace(
            self,
            encode=way.encode,
            outgoing_texts=way.outgoing_texts,
            add_statement=way.with_statement,
            dialect=way.name,
        )


def is_known(inspection: Inspection, decision: Decision, catalog: Catalog, enforcement: Enforcement) -> bool:
    """Whether what becomes of every text is remembered, so that ``enforce`` costs little."""
    verdict = _selected(decision)
    if verdict is None:
        return True
    transform = enforcement.plans.of(verdict, catalog, enforcement.terms).transform
    if transform is not None and transform.natural:
        return False
    return transform is None or enforcement.plans.memory.holds(transform, enforcement.minter, inspection.names)


def _selected(decision: Decision) -> TargetVerdict | None:
    """Return the verdict by which the request may leave."""
    verdicts = decision.targets if decision.permit else ()
    return next((verdict for verdict in verdicts if verdict.permit and verdict.target == decision.selected), None)


def enforce(
    inspection: Inspection,
    decision: Decision,
    catalog: Catalog,
    enforcement: Enforcement,
    needs: Requirements = NO_REQUIREMENTS,
) -> Outbound | Denial:
    """Return the request for the selected target, transformed as its obligations say, or the denial; each with why."""
    result = _enforced(inspection, decision, catalog, enforcement)
    if isinstance(result, Denial):
        return replace(result, causes=causes(result.codes, inspection, catalog, needs))
    why = of_pin(decision, inspection, catalog, needs) if result.target.self_hosted else ()
    return replace(result, causes=why) if why else result


def _enforced(
    inspection: Inspection, decision: Decision, catalog: Catalog, enforcement: Enforcement
) -> Outbound | Denial:
    verdict = _selected(decision)
    if verdict is None:
        return refusal(decision)
    target = catalog.targets.get(verdict.target)
    if target is None:
        return _denied(decision, "TARGET_UNREGISTERED")
    plan = enforcement.plans.of(verdict, catalog, enforcement.terms)
    model = own_name(target, inspection.payload.model)
    transformed = _transformed(inspection, plan, enforcement)
    if isinstance(transformed, str):
        return unfulfillable(decision, transformed)
    if model is None:
        return _denied(decision, "OPERATION_UNSUPPORTED")
    left = _residual(inspection, transformed, enforcement) if plan.scans else 0
    if left:
        return _denied(decision, "RESIDUAL_PII", residual=left)
    spoken = enforcement.for_target(target.id)
    return _outbound(inspection, decision, plan, transformed, spoken, (addressed(target, model), model))


def _transformed(inspection: Inspection, plan: EnforcementPlan, enforcement: Enforcement) -> Transformed | str:
    """Return the transformed request, or the type of the obligation that cannot be carried out."""
    if plan.transform is None:
        return plan.unsupported
    arguments = (plan.transform, inspection.payload, inspection.segments, enforcement.minter)
    try:
        if plan.transform.random or len(inspection.names) != len(inspection.segments):
            return carry_out(*arguments, enforcement.terms.entropy)
        return carry_out_again(*arguments, enforcement.plans.memory, inspection.names)
    except OperatorFailedError as fault:
        return f"operator {fault.name}"


def _outbound(
    inspection: Inspection, decision: Decision, plan: EnforcementPlan, changed: Transformed, enforcement: Enforcement,
    address: tuple[Target, str],
) -> Outbound | Denial:  # fmt: skip
    (target, model), translated = address, address[0].id in enforcement.translations
    less = offers.dropped(inspection.payload, target.accepts, translated=translated)
    payload = replace(inspection.payload, dropped=less) if less else inspection.payload
    if plan.unstored and payload.must_store:
        return unfulfillable(decision, "no_store", "send the content itself, or let the activity keep it")
    texts = documents.sent(payload, changed.texts, target)
    wire = enforcement.encode(_declining_storage(payload) if plan.unstored else payload, texts, model)
    left = 0
    if plan.scans and changed.removed:
        unchanged = _unchanged(payload, changed, own_dialect=not translated)
        left = _left(wire, unchanged, changed, enforcement)
    if left:
        return _denied(decision, "RESIDUAL_PII", residual=left)
    accompanied = enforcement.add_statement(wire, obligations.REDISCLOSURE) if plan.noticed else wire
    if accompanied is None:
        return unfulfillable(decision, "redisclosure_notice")
    return Outbound(
        exchange_id=enforcement.exchange_id,
        target=target,
        verdict=plan.verdict,
        wire=accompanied,
        stream=payload.stream,
        pseudonyms=changed.pseudonyms if plan.restores else {},
        placeholders=changed.placeholders,
        natural=natural_spellings(changed.pseudonyms, changed.natural) if plan.restores and changed.natural else {},
        assigned=changed.assigned,
        remarks=(*changed.remarks, *documents.remarks(payload, texts)),
        fulfilled=_fulfilled(plan, payload),
        guarded=plan.guards,
        decision_id=decision.id,
        notice=obligations.REDISCLOSURE_CITATION if plan.noticed else "",
        recipient=plan.recipient,
        dialect=enforcement.dialect,
        pinned=target.expected.models.get(model, ""),
        translated=translated,
        dropped=tuple(sorted(less)),
        effect=kept.effect(payload, unstored=plan.unstored),
        caching=plan.caching,
    )


def _left(wire: Wire, unchanged: Unchanged, changed: Transformed, enforcement: Enforcement) -> int:
    """Return the number of removed values left in the encoded request."""
    return enforcement.plans.memory.left(
        enforcement.outgoing_texts(wire, unchanged), changed, enforcement.minter.domain
    )


def _unchanged(payload: Payload, changed: Transformed, *, own_dialect: bool) -> Unchanged:
    """Return what the transform left as it was; ``own``: the request is written in its own dialect."""
    if not own_dialect or payload.parts:
        return Unchanged(changed.free)
    spans = payload.outgoing
    edited = (_ELEMENT(spans[index].pointer) for index in changed.texts)
    return Unchanged(changed.free, payload.document, frozenset([edit[0] for edit in edited if edit is not None]))


def _fulfilled(plan: EnforcementPlan, payload: Payload) -> tuple[str, ...]:
    """Return the ids of the obligations that egress fulfils; no_store is not if a feature keeps state."""
    if not (plan.unstored and payload.keeps_state):
        return plan.fulfilled
    unfulfilled = {obligation.id for obligation in plan.verdict.obligations if obligation.type == "no_store"}
    return tuple(identity for identity in plan.fulfilled if identity not in unfulfilled)


def _declining_storage(payload: Payload) -> Payload:
    """Return the payload without the keys that request storage, and with those that decline it."""
    if not payload.storage_keys:
        return payload
    document = {key: value for key, value in payload.document.items() if key not in payload.storage_keys}
    return replace(payload, document={**document, **payload.refusals})


def refusal(decision: Decision) -> Denial:
    """Return the denial of a decision that selects no target."""
    codes = decision.block_codes or tuple(dict.fromkeys(c for v in decision.targets for c in v.denials)) or (SUMMARY,)
    code = primary(codes, [verdict.denials for verdict in decision.targets])
    status = decision.http_status if decision.http_status >= 400 else 403  # noqa: PLR2004 - a denial is not a success
    return refused(code, codes, decision.id, status)


def refused(code: str, codes: tuple[str, ...], decision_id: str, status: int = 403) -> Denial:
    """Return the denial with a code, and a status, a beginning and a time to retry as befit whose it is."""
    whose = reason(code).responsibility
    failed = whose is Responsibility.PROXY
    message = f"{_REFUSED[whose]}: {', '.join(codes)}"
    return Denial(
        _LATER if failed else status, code, codes, message, decision_id, retry_after_s=_AGAIN_S if failed else 0.0
    )


def unfulfillable(decision: Decision, type_: str, remedy: str = "") -> Denial:
    """Return the denial of a permit whose obligation of this type cannot be carried out."""
    denial = _denied(decision, _UNSUPPORTED)
    return replace(denial, message=f"{denial.message} ({type_}{remedy and ': '}{remedy})", obligation=type_)


def unmet(exchange: Exchange, verdict: TargetVerdict, decision: Decision, *, handled: bool) -> Denial | None:
    """Return the denial where what a permit obliges to alongside the request cannot be done.

    ``handled`` says whether this process has a handler of such obligations.
    """
    if obligations.obliged(verdict, "account_disclosure") and not exchange.declared.subject_refs:
        return unfulfillable(decision, "account_disclosure", "name the data subject in x-compliance-subject")
    if obligations.obliged(verdict, "require_approval") and exchange.grant is None:
        return unfulfillable(decision, "require_approval", "present an approved grant in x-compliance-break-glass")
    due = () if handled else obligations.alongside(verdict)
    return unfulfillable(decision, due[0].type) if due else None


def _denied(decision: Decision, code: str, residual: int = 0) -> Denial:
    return Denial(403, code, (code,), f"refused by policy: {code}", decision.id, residual)


def _residual(inspection: Inspection, changed: Transformed, enforcement: Enforcement) -> int:
    spans, segments = inspection.payload.outgoing, inspection.segments

    def is_nothing(index: int, value: str) -> bool:
        """Whether detection took a value for none: in code, on an allow-list, as a word that nobody is meant by."""
        text = spans[index].text
        if index >= len(segments) or value not in text:
            return False
        findings = [text[finding.start : finding.end] for finding in segments[index].findings]
        return not any(value in finding or finding in value for finding in findings)

    outgoing = [changed.texts.get(index, span.text) for index, span in enumerate(spans)]
    return residual(outgoing, changed, enforcement.scan, is_nothing)
