"""The only maker of ``Outbound``: a decision and an inspection become a request that may leave, or a denial.

An obligation this build does not know, or one that could not be carried out, turns the permit into a denial
(XACML 3.0 section 7.18, AuthZEN obligations profile).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from proxy.core import documents
from proxy.core.pseudonyms import Minter
from proxy.core.records import (
    OBLIGATIONS_SUPPORTED,
    Catalog,
    Decision,
    Denial,
    Finding,
    Inspection,
    Outbound,
    Payload,
    TargetVerdict,
    Transformed,
)
from proxy.core.residual import residual
from proxy.core.routing import own_name
from proxy.core.transform import Plan, Terms, carry_out

#: Obligations that are carried out after the reply has come, or by writing the record itself.
_AFTER_EGRESS = frozenset({"response_scan", "reidentify_response", "stream_guard"})
_NO_TARGET = "NO_COMPLIANT_TARGET"


_REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class Orders:
    """One verdict's obligations, read once. ``plan`` is None where one cannot be carried out."""

    verdict: TargetVerdict
    catalog: Catalog
    terms: Terms
    plan: Plan | None
    scans: bool
    restores: bool
    guards: bool
    unstored: bool
    fulfilled: tuple[str, ...]


@dataclass(slots=True)
class OrderBook:
    """The orders of the verdicts seen lately: a cached decision shares its verdicts, so they are read once."""

    _read: dict[int, Orders] = field(default_factory=dict)

    def of(self, verdict: TargetVerdict, catalog: Catalog, terms: Terms) -> Orders:
        """Return the verdict's orders."""
        known = self._read.get(id(verdict))
        if known is not None and known.verdict is verdict and known.catalog is catalog and known.terms == terms:
            return known
        if len(self._read) >= _REMEMBERED:
            self._read.clear()
        made = self._read[id(verdict)] = _orders(verdict, catalog, terms)
        return made


def _orders(verdict: TargetVerdict, catalog: Catalog, terms: Terms) -> Orders:
    kinds = {obligation.type for obligation in verdict.obligations}
    plan = None
    if kinds.issubset(OBLIGATIONS_SUPPORTED):
        with contextlib.suppress(ValueError):  # a profile this build does not know
            plan = Plan(verdict.obligations, catalog.entity_kinds, terms)
    return Orders(
        verdict=verdict,
        catalog=catalog,
        terms=terms,
        plan=plan,
        scans="residual_scan" in kinds,
        restores="reidentify_response" in kinds,
        guards=not kinds.isdisjoint({"response_scan", "stream_guard"}),
        unstored="no_store" in kinds,
        fulfilled=tuple(o.id for o in verdict.obligations if o.type not in _AFTER_EGRESS),
    )


@dataclass(frozen=True, slots=True)
class Tools:
    """What enforcing needs beside the decision: the dialect's writer, the domain's minter, the pattern scan."""

    exchange_id: str
    encode: Callable[[Payload, Mapping[int, str], str], bytes]
    path: str
    minter: Minter
    scan: Callable[[str], tuple[Finding, ...]]
    terms: Terms
    orders: OrderBook = field(default_factory=OrderBook)


def enforce(inspection: Inspection, decision: Decision, catalog: Catalog, tools: Tools) -> Outbound | Denial:
    """Return the request for the decision's selected target, transformed as obliged, or why nothing may leave."""
    verdict = next((v for v in decision.targets if v.permit and v.target == decision.selected), None)
    if not decision.permit or verdict is None:
        return refusal(decision)
    target = catalog.targets.get(verdict.target)
    if target is None:
        return _denied(decision, "TARGET_UNREGISTERED")
    orders = tools.orders.of(verdict, catalog, tools.terms)
    if orders.plan is None:
        return _denied(decision, "OBLIGATION_UNSUPPORTED")
    model = own_name(target, inspection.payload.model)
    if model is None:
        return _denied(decision, "OPERATION_UNSUPPORTED")
    changed = carry_out(orders.plan, inspection.payload, inspection.segments, tools.minter, tools.terms.entropy)
    left = _residual(inspection, changed, tools) if orders.scans else 0
    if left:
        return _denied(decision, "RESIDUAL_PII", residual=left)
    texts = documents.sent(inspection.payload, changed.texts, target)
    return Outbound(
        exchange_id=tools.exchange_id,
        target=target,
        verdict=verdict,
        body=tools.encode(_kept_nowhere(inspection.payload) if orders.unstored else inspection.payload, texts, model),
        path=tools.path,
        stream=inspection.payload.stream,
        pseudonyms=changed.pseudonyms if orders.restores else {},
        placeholders=changed.placeholders,
        remarks=(*changed.remarks, *documents.remarks(inspection.payload, texts)),
        fulfilled=orders.fulfilled,
        guarded=orders.guards,
        decision_id=decision.id,
    )


def _kept_nowhere(payload: Payload) -> Payload:
    """Return the payload without the keys that ask the target to keep it."""
    if not payload.storing:
        return payload
    document = {key: value for key, value in payload.document.items() if key not in payload.storing}
    return replace(payload, document=document)


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


def _denied(decision: Decision, code: str, residual: int = 0) -> Denial:
    return Denial(403, code, (code,), f"refused by policy: {code}", decision.id, residual)


def _residual(inspection: Inspection, changed: Transformed, tools: Tools) -> int:
    spans = inspection.payload.outgoing
    outgoing = [changed.texts.get(index, span.text) for index, span in enumerate(spans)]
    return residual(outgoing, changed, tools.scan)
