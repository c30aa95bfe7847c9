"""What a caller could do about a refusal, each with the facts by which policy is asked whether it would help. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import NamedTuple

from proxy.core.decision.matters import FINAL
from proxy.core.findings import PUBLIC
from proxy.core.records import Denial, Exchange, Facts, Grant, Inspection
from proxy.core.targets import regions
from proxy.core.targets.capabilities import INPUTS, shown
from proxy.core.targets.registered import Catalog

#: Other activities that policy is asked about.
_MOST = 8
_ANY, _CHAT, _BREAK_GLASS = "*", "chat", "break-glass"
_STORED, _UNSUPPORTED, _UNREAD, _MINOR = "stored", "unsupported", "unread", "minor"
_OTHER_WORDS = frozenset({_STORED, _UNSUPPORTED, _UNREAD, _MINOR})
_ACTIVITY = "name an activity that covers it in x-compliance-activity"
_GRANT_S = 3600


class Way(NamedTuple):
    """A way on: its words, the activity that it names, if any, and what policy would see."""

    words: str
    name: str
    facts: Facts


def ways(denial: Denial, inspection: Inspection, facts: Facts, exchange: Exchange, catalog: Catalog) -> Iterator[Way]:
    """Yield what could help; policy has to permit it before anybody is told."""
    if FINAL.intersection(denial.codes) or inspection.payload.line:
        return  # no way on, or one that concerns the other lines of the batch too
    if (less := _without(denial, inspection, facts, exchange, catalog)) != facts:
        yield Way(_leaving_out(denial, inspection), "", less)
    principal, declared = exchange.principal, exchange.declared
    at = facts.ingress_region
    if facts.region_status == "unknown" and regions.covered(at, principal.declarable_regions):
        stated = (*(each for each in facts.regions if each[0] != at), (at, "declared", 1.0))
        words = "name the regions of the people concerned in x-compliance-subject-regions"
        yield Way(words, "", replace(facts, regions=tuple(sorted(stated)), region_status="known"))
    if facts.minor == "unknown" and principal.may_declare_adult:
        words = "declare x-compliance-minor: no, if it concerns no minor"
        yield Way(words, "", replace(facts, minor="no"))
    others = sorted({*principal.activities} - {declared.activity, _ANY})
    yield from (Way(_ACTIVITY, name, replace(facts, activity=name)) for name in others[:_MOST])
    if exchange.grant is None and _BREAK_GLASS in principal.roles:
        grant = Grant("", "ticket", "approver", True, True, int(exchange.received_at) + _GRANT_S)
        words = "name a break-glass grant for it in x-compliance-break-glass"
        yield Way(words, "", replace(facts, grant=grant))


def _without(denial: Denial, inspection: Inspection, facts: Facts, exchange: Exchange, catalog: Catalog) -> Facts:
    """Return the facts of the same request without what the denial names."""
    named = {name for cause in denial.causes for name in cause.types}
    less = _without_content(facts, named, catalog)
    if less is not facts:
        less = replace(less, phase="request", residual_entities=0)
    if _MINOR in named and inspection.minor:
        less = replace(less, minor=exchange.declared.minor)
    if _UNREAD in named:
        less = replace(less, status="complete", coverage=1.0)
    unread = named - catalog.entity_categories.keys() - _OTHER_WORDS
    if inspection.payload.opaque and unread.intersection(part.media for part in inspection.payload.opaque):
        less = _lacking_less(replace(less, opaque=()), INPUTS)
    if _STORED in named and not inspection.payload.must_store:
        name, model, stream, _, tools = less.operation
        less = replace(less, operation=(name, model, stream, False, tools))
    return _lacking_less(less, inspection.payload.features) if _UNSUPPORTED in named else less


def _without_content(facts: Facts, named: Collection[str], catalog: Catalog) -> Facts:
    """Return the facts without the entities of these types, and without the categories that only those have."""
    kept = tuple(entity for entity in facts.entities if entity.type not in named)
    if kept == facts.entities:
        return facts
    of = catalog.entity_categories
    gone = {category for entity in facts.entities if entity not in kept for category in of.get(entity.type, ())}
    gone -= {category for entity in kept if entity.subject_role != PUBLIC for category in of.get(entity.type, ())}
    return replace(
        facts,
        entities=kept,
        categories=tuple(name for name in facts.categories if name not in gone),
        age_over_89=facts.age_over_89 and "AGE" not in named,
        us_bulk=facts.us_bulk if kept else None,
    )


def _lacking_less(facts: Facts, names: Collection[str]) -> Facts:
    """Return the facts of the request without these features or kinds of content, which its targets may lack."""
    needs = facts.requirements
    lacking = ((target, tuple(name for name in lacks if name not in names)) for target, lacks in needs.lacking)
    return replace(
        facts,
        requirements=replace(
            needs,
            features=tuple(name for name in needs.features if name not in names),
            inputs=tuple(name for name in needs.inputs if name not in names),
            lacking=tuple((target, lacks) for target, lacks in lacking if lacks),
        ),
    )


def _leaving_out(denial: Denial, inspection: Inspection) -> str:
    """Return how to send the request without what the denial names."""
    members = [cause.position for cause in denial.causes if cause.types in {(_STORED,), (_UNSUPPORTED,)}]
    refusing = {shown(name): value for name, value in inspection.payload.refusals.items() if value is False}
    words = [f"send {name}: false" if name in refusing else f"leave out {name}" for name in members]
    if len(members) < len(denial.causes):
        is_chat = inspection.payload.operation.value == _CHAT
        words.insert(0, "start a new chat without it" if is_chat else "send it without that")
    return " and ".join(words)
