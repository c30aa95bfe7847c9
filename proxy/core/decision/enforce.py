"""The only maker of ``Outbound``: a decision and an inspection become a request that may leave, or a denial.

An obligation this build does not know, or one that could not be carried out, turns the permit into a denial
(XACML 3.0 section 7.18, AuthZEN obligations profile).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from proxy.core import documents, obligations
from proxy.core.decision import redisclosure
from proxy.core.deidentification.again import Made, Memory
from proxy.core.deidentification.installed import OperatorFailedError, UnknownOperatorError
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.deidentification.residual import left_of_values, residual
from proxy.core.deidentification.transform import TransformPlan, TransformTerms
from proxy.core.findings import Finding
from proxy.core.obligations import Phase
from proxy.core.records import Decision, Denial, Inspection, Outbound, Payload, TargetVerdict, Transformed
from proxy.core.routing.routing import addressed, own_name
from proxy.core.targets.registered import Catalog, Target
from proxy.core.wire import Wire

_BY_EGRESS = (Phase.BEFORE, Phase.ALONGSIDE, Phase.RECORD)
_SUPPORTED = frozenset(obligations.supported("request"))
_NO_TARGET, _UNSUPPORTED = "NO_COMPLIANT_TARGET", "OBLIGATION_UNSUPPORTED"


_REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class Orders:
    """One verdict's obligations, read once. ``plan`` is None where one cannot be carried out: ``lacking``, its type."""

    verdict: TargetVerdict
    catalog: Catalog
    terms: TransformTerms
    plan: TransformPlan | None
    lacking: str
    scans: bool
    restores: bool
    guards: bool
    unstored: bool
    noticed: bool
    recipient: str
    fulfilled: tuple[str, ...]


@dataclass(slots=True)
class OrderBook:
    """The orders of the verdicts seen lately: a cached decision shares its verdicts, so they are read once."""

    memory: Memory = field(default_factory=Memory)
    _read: dict[int, Orders] = field(default_factory=dict)

    def of(self, verdict: TargetVerdict, catalog: Catalog, terms: TransformTerms) -> Orders:
        """Return the verdict's orders."""
        known = self._read.get(id(verdict))
        if known is not None and known.verdict is verdict and known.catalog is catalog and known.terms == terms:
            return known
        if len(self._read) >= _REMEMBERED:
            self._read.clear()
        made = self._read[id(verdict)] = _orders(verdict, catalog, terms)
        return made


def _orders(verdict: TargetVerdict, catalog: Catalog, terms: TransformTerms) -> Orders:
    kinds = {obligation.type for obligation in verdict.obligations if obligation.on != "deny"}
    plan, lacking = None, _lacking(verdict, catalog)
    if not lacking:
        try:
            plan = TransformPlan(verdict.obligations, catalog.entity_kinds, terms)
        except UnknownOperatorError as fault:
            lacking = f"operator {fault.name}"
        except ValueError:  # a profile this build does not know
            lacking = "deidentify"
    return Orders(
        verdict=verdict,
        catalog=catalog,
        terms=terms,
        plan=plan,
        lacking=lacking,
        scans="residual_scan" in kinds,
        restores="reidentify_response" in kinds,
        guards=not kinds.isdisjoint({"response_scan", "stream_guard"}),
        unstored="no_store" in kinds,
        noticed="redisclosure_notice" in kinds,
        recipient=_recipient(verdict.target, catalog),
        fulfilled=tuple(o.id for o in verdict.obligations if obligations.is_for(o, *_BY_EGRESS)),
    )


def _lacking(verdict: TargetVerdict, catalog: Catalog) -> str:
    """Return the type of the first obligation that cannot be carried out for the target, "" where all can."""
    for one in verdict.obligations:
        trains = one.type == "no_train" and one.on != "deny" and _may_train(verdict.target, catalog)
        if trains or not obligations.can(one, _SUPPORTED):
            return one.type or "unnamed"
    return ""


def _may_train(target: str, catalog: Catalog) -> bool:
    """Whether nothing in the registry rules out that the target trains on what it is sent."""
    said = _registered("targets", target, catalog).get("training_use")
    own = target in catalog.targets and catalog.targets[target].self_hosted
    return said is not False and not (own and said is None)


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

    def written(self, wire: Wire) -> Sequence[str]:
        """Return every text, key and number of what was written."""
        ...

    def accompanied(self, wire: Wire, statement: str) -> Wire | None:
        """Return what was written with a statement to its recipient."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What enforcing needs beside the decision: the dialect's writer, the domain's minter, the pattern scan."""

    exchange_id: str
    encode: Callable[[Payload, Mapping[int, str], str], Wire]
    minter: Minter
    scan: Callable[[str], tuple[Finding, ...]]
    terms: TransformTerms
    written: Callable[[Wire], Sequence[str]]  # every text, key and number of an encoded request
    orders: OrderBook = field(default_factory=OrderBook)
    accompany: Callable[[Wire, str], Wire | None] = lambda _wire, _statement: None
    dialect: str = ""
    translations: Mapping[str, RequestDialect] = field(default_factory=dict)  # by target that speaks another dialect

    def for_target(self, target: str) -> Tools:
        """Return the tools for one target: the writer of the dialect that it speaks."""
        way = self.translations.get(target)
        if way is None:
            return self
        return replace(self, encode=way.encode, written=way.written, accompany=way.accompanied, dialect=way.name)


def enforce(inspection: Inspection, decision: Decision, catalog: Catalog, tools: Tools) -> Outbound | Denial:
    """Return the request for the decision's selected target, transformed as obliged, or why nothing may leave."""
    verdict = next((v for v in decision.targets if v.permit and v.target == decision.selected), None)
    if not decision.permit or verdict is None:
        return refusal(decision)
    target = catalog.targets.get(verdict.target)
    if target is None:
        return _denied(decision, "TARGET_UNREGISTERED")
    orders = tools.orders.of(verdict, catalog, tools.terms)
    model = own_name(target, inspection.payload.model)
    transformed = _transformed(inspection, orders, tools)
    if isinstance(transformed, str):
        return cannot(decision, transformed)
    if model is None:
        return _denied(decision, "OPERATION_UNSUPPORTED")
    left = _residual(inspection, transformed[0], tools) if orders.scans else 0
    if left:
        return _denied(decision, "RESIDUAL_PII", residual=left)
    spoken = tools.for_target(target.id)
    return _outbound(inspection, decision, orders, transformed, spoken, (addressed(target, model), model))


def _transformed(inspection: Inspection, orders: Orders, tools: Tools) -> tuple[Transformed, Made | None] | str:
    """Return what the obligations make of the request, or what of them cannot be carried out."""
    if orders.plan is None:
        return orders.lacking
    try:
        return tools.orders.memory.transformed(orders.plan, inspection, tools.minter, tools.terms.entropy)
    except OperatorFailedError as fault:
        return f"operator {fault.name}"


def _outbound(
    inspection: Inspection, decision: Decision, orders: Orders, transformed: tuple[Transformed, Made | None],
    tools: Tools, address: tuple[Target, str],
) -> Outbound | Denial:  # fmt: skip
    payload, (changed, made), (target, model) = inspection.payload, transformed, address
    if orders.unstored and payload.lasting:
        return cannot(decision, "no_store", "send the content itself, or let the activity keep it")
    texts = documents.sent(payload, changed.texts, target)
    wire = tools.encode(_kept_nowhere(payload) if orders.unstored else payload, texts, model)
    left = _left(wire, changed, made, tools) if orders.scans and changed.removed else 0
    if left:
        return _denied(decision, "RESIDUAL_PII", residual=left)
    accompanied = tools.accompany(wire, redisclosure.STATEMENT) if orders.noticed else wire
    if accompanied is None:
        return cannot(decision, "redisclosure_notice")
    return Outbound(
        exchange_id=tools.exchange_id,
        target=target,
        verdict=orders.verdict,
        wire=accompanied,
        stream=payload.stream,
        pseudonyms=changed.pseudonyms if orders.restores else {},
        placeholders=changed.placeholders,
        remarks=(*changed.remarks, *documents.remarks(payload, texts)),
        fulfilled=_done(orders, payload),
        guarded=orders.guards,
        decision_id=decision.id,
        notice=redisclosure.PLACE if orders.noticed else "",
        recipient=orders.recipient,
        dialect=tools.dialect,
        pinned=target.expected.models.get(model, ""),
        translated=target.id in tools.translations,
    )


def _left(wire: Wire, changed: Transformed, made: Made | None, tools: Tools) -> int:
    """Return how many removed values stand in the encoded request."""

    def look() -> int:
        return left_of_values(tools.written(wire), changed)

    return look() if made is None else made.passed(wire, tools.dialect, tools.minter.domain, look)


def _done(orders: Orders, payload: Payload) -> tuple[str, ...]:
    """Return the ids of what is carried out when this leaves; what the target keeps by a feature is kept."""
    if not (orders.unstored and payload.keeping):
        return orders.fulfilled
    kept = {one.id for one in orders.verdict.obligations if one.type == "no_store"}
    return tuple(identity for identity in orders.fulfilled if identity not in kept)


def _kept_nowhere(payload: Payload) -> Payload:
    """Return the payload without what asks the target to keep it, and with what refuses that."""
    if not payload.storing:
        return payload
    document = {key: value for key, value in payload.document.items() if key not in payload.storing}
    return replace(payload, document={**document, **payload.refusals})


def refusal(decision: Decision) -> Denial:
    """Return the denial a decision amounts to when it selects no target."""
    codes = decision.block_codes or tuple(dict.fromkeys(c for v in decision.targets for c in v.denials))
    code = codes[0] if codes else _NO_TARGET
    return Denial(
        status=decision.http_status if decision.http_status >= 400 else 403,  # noqa: PLR2004 - a denial is no success
        code=code,
        codes=codes or (_NO_TARGET,),
        message="refused by policy: " + ", ".join(codes or (_NO_TARGET,)),
        decision_id=decision.id,
    )


def cannot(decision: Decision, type_: str, remedy: str = "") -> Denial:
    """Return the denial of a permit whose obligation of this type cannot be carried out."""
    denial = _denied(decision, _UNSUPPORTED)
    return replace(denial, message=f"{denial.message} ({type_}{remedy and ': '}{remedy})")


def _denied(decision: Decision, code: str, residual: int = 0) -> Denial:
    return Denial(403, code, (code,), f"refused by policy: {code}", decision.id, residual)


def _residual(inspection: Inspection, changed: Transformed, tools: Tools) -> int:
    spans = inspection.payload.outgoing
    outgoing = [changed.texts.get(index, span.text) for index, span in enumerate(spans)]
    return residual(outgoing, changed, tools.scan)
