"""Everything policy can see of one request, in canonical form: equal facts, equal decision."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from proxy.core.findings import REGISTERED
from proxy.core.records import EntitySummary, Exchange, Facts, Inspection, OpaquePart, Payload
from proxy.core.replies.position import IN_PLACE, Placed
from proxy.core.routing.routing import Candidate
from proxy.core.targets.capabilities import NO_REQUIREMENTS, Requirements

#: Least confidence at which a region hint in content counts as a subject region (a checksummed national identifier,
#: an IBAN); it can add a regime, never remove one.
REGION_CONFIDENCE = 0.8
#: The path of everything in a reply.
REPLY = "reply"
_AGE = "AGE"
_OLDEST_TOLD = 89


def request_facts(
    exchange: Exchange,
    inspection: Inspection,
    candidates: tuple[Candidate, ...],
    requirements: Requirements = NO_REQUIREMENTS,
) -> Facts:
    """Return the facts of the request phase."""
    principal, declared, payload = exchange.principal, exchange.declared, inspection.payload
    regions = _regions(exchange, inspection)
    listless = not inspection.detectors or inspection.detectors[-1].id != REGISTERED
    facts = Facts(
        phase="request",
        tenant=principal.tenant,
        actor=(
            principal.actor_type,
            principal.service,
            principal.actor_country,
            principal.roles,
            principal.authn_method,
            principal.mfa,
        ),
        activity=declared.activity,
        consent_withdrawn=declared.consent_withdrawn,
        regions=regions,
        region_status=_region_status(regions),
        minor="yes" if inspection.minor else declared.minor,
        restricted=declared.restricted,
        subject_refs=declared.subject_refs,
        operation=_operation(payload),
        status=inspection.status.value,
        coverage=inspection.coverage,
        opaque=tuple(dict.fromkeys(part.summary for part in payload.opaque)),
        language=inspection.language,
        detectors=tuple((d.id, d.version, d.ruleset_sha256) for d in inspection.detectors),
        entities=inspection.entities,
        categories=inspection.categories,
        labels=declared.labels,
        residual_entities=0,
        ingress_region=principal.ingress_region,
        candidates=tuple((c.target, c.rank, c.available) for c in candidates),
        grant=exchange.grant,
        age_over_89=_age_over_89(inspection),
        requirements=requirements,
        surrogates=declared.surrogates,
        registered=() if listless else _registered(inspection),
    )
    return _same(facts)


def after_transform(facts: Facts, residual: int) -> Facts:
    """Return the facts for a new decision after the residual scan still found something."""
    return dataclasses.replace(facts, phase="post_transform", residual_entities=residual)


def fallback(facts: Facts, failed: str, only: Collection[str] | None = None) -> Facts:
    """Return the facts for a new decision after a target failed: available are those that may follow it."""
    usable = {name for name, _, up in facts.candidates if up and name != failed and (only is None or name in only)}
    candidates = tuple((name, rank, name in usable) for name, rank, _ in facts.candidates)
    return dataclasses.replace(facts, phase="fallback", candidates=candidates)


def retry(facts: Facts, target: str) -> Facts:
    """Return the facts for a new decision on retrying the target that failed, with no other available."""
    candidates = tuple((name, rank, name == target) for name, rank, _ in facts.candidates)
    return dataclasses.replace(facts, phase="fallback", candidates=candidates)


def among(facts: Facts, usable: Collection[str]) -> Facts:
    """Return the facts with only these targets available."""
    return dataclasses.replace(
        facts, candidates=tuple((name, at, up and name in usable) for name, at, up in facts.candidates)
    )


def of_line(facts: Facts, line: Facts) -> Facts:
    """Return the facts of one line of a batch; phase, candidates and what holds for all lines come from ``facts``."""
    return dataclasses.replace(
        line,
        phase=facts.phase,
        candidates=facts.candidates,
        residual_entities=facts.residual_entities,
        us_bulk=facts.us_bulk,
    )


@lru_cache(maxsize=1024)
def response_facts(
    facts: Facts,
    target: str,
    entities: tuple[EntitySummary, ...],
    echoed: frozenset[str] = frozenset(),
    foreign: frozenset[str] = frozenset(),
    placed: Placed = IN_PLACE,
) -> Facts:
    """Return the facts of the response phase: the entities of the reply and those of the request.

    ``echoed`` are the types with values that stood in the request, ``foreign`` those with other values. A foreign value
    takes its type off the request's entities. ``placed`` says where the reply puts stand-ins.
    """
    return dataclasses.replace(
        facts,
        phase="response",
        status="complete",
        coverage=1.0,
        opaque=(),
        entities=entities,
        residual_entities=0,
        candidates=tuple(candidate for candidate in facts.candidates if candidate[0] == target),
        request_entities=tuple(sorted(({entity.type for entity in facts.entities} | echoed) - foreign)),
        placed=placed,
    )


@lru_cache(maxsize=1024)
def with_unread(facts: Facts, parts: Iterable[OpaquePart]) -> Facts:
    """Return the facts of a reply with unread parts."""
    unread = tuple(part.summary for part in parts)
    return dataclasses.replace(facts, opaque=unread) if unread else facts


@lru_cache(maxsize=1024)
def any_response_facts(facts: Facts, target: str, kinds: frozenset[str], placed: Placed = IN_PLACE) -> Facts:
    """Return the facts of a reply that is not read yet: it could hold any of these entity types."""
    entities = tuple(EntitySummary(name, 1, 1.0, (REPLY,)) for name in sorted(kinds))
    anything = response_facts(facts, target, entities, foreign=kinds, placed=placed)
    return _same(dataclasses.replace(anything, hypothetical=True))


@lru_cache(maxsize=1024)
def _same(facts: Facts) -> Facts:
    """Return the first of equal facts: identical objects are looked up without a comparison."""
    return facts


def _operation(payload: Payload) -> tuple[str, str, bool, bool, bool]:
    return (payload.operation.value, payload.model, payload.stream, payload.stateful, payload.tools)


def _age_over_89(inspection: Inspection) -> bool:
    """Whether an age of ninety or more was found; one without readable digits counts."""
    if all(entity.type != _AGE for entity in inspection.entities):
        return False
    for span, segment in zip(inspection.payload.spans, inspection.segments, strict=True):
        if any(finding.entity_type == _AGE for finding in segment.inside):
            return True
        ages = (span.text[f.start : f.end] for f in segment.findings if f.entity_type == _AGE)
        if any(_old(age) for age in ages):
            return True
    return False


def _registered(inspection: Inspection) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the lists of registered people in a request, each with the types of what stands in it."""
    types: dict[str, set[str]] = {}
    for segment in inspection.segments:
        for finding in (*segment.findings, *segment.inside):
            if name := finding.registered:
                types.setdefault(name, set()).add(finding.entity_type)
    return tuple((name, tuple(sorted(types[name]))) for name in sorted(types))


def _old(age: str) -> bool:
    numbers = re.findall(r"\d+", age)
    return not numbers or any(int(number) > _OLDEST_TOLD for number in numbers)


def _region_status(regions: tuple[tuple[str, str, float], ...]) -> str:
    """Return known, mixed or unknown: known if key or caller declare every region, mixed if detection adds others."""
    declared = {_country(code) for code, source, _ in regions if source != "detected"}
    if not declared:
        return "unknown"
    return "known" if declared.issuperset(_country(code) for code, _, _ in regions) else "mixed"


def _country(code: str) -> str:
    return code.partition("-")[0]


def _regions(exchange: Exchange, inspection: Inspection) -> tuple[tuple[str, str, float], ...]:
    regions: dict[str, tuple[str, float]] = {}
    for code, confidence in inspection.regions:
        if confidence >= REGION_CONFIDENCE:
            regions[code] = ("detected", round(confidence, 2))
    if exchange.principal.default_subject_region:
        regions[exchange.principal.default_subject_region] = ("profile", 1.0)
    for code in exchange.declared.subject_regions:
        regions[code] = ("declared", 1.0)
    return tuple(sorted((code, source, confidence) for code, (source, confidence) in regions.items()))
