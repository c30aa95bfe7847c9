"""The policy's input document from the facts of a request (``urn:compliance-proxy:input:1``).

It holds entity types, counts, scores and ids, never text. An absent fact is an absent key, never null.
"""

from __future__ import annotations

from typing import Any

from proxy import __version__
from proxy.core import obligations
from proxy.core.records import EntitySummary, Facts, Grant
from proxy.runtime.clock import timestamp

SCHEMA_VERSION = "1"
_PLACED = ("undeclared_calls", "foreign_addresses")
_OPAQUE = ("path", "media", "sealed_by")
#: The candidate of a phase without candidates (a reply, a cache look-up).
NO_CANDIDATE = {"target": "none", "available": False}


def input_document(facts: Facts, exchange: str, now: float) -> dict[str, Any]:
    """Return the input document; ``now`` is Unix seconds."""
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "request_id": exchange,
        "time": timestamp(now),
        "phase": facts.phase,
        "tenant": {"id": facts.tenant},
        "actor": _actor(facts),
        "activity": _activity(facts),
        "data_subjects": _data_subjects(facts),
        "operation": _operation(facts),
        "classification": _classification(facts),
        "ingress": {"region": facts.ingress_region},
        "candidates": _candidates(facts) or [dict(NO_CANDIDATE)],
        "pep": {"version": __version__, "obligations_supported": list(obligations.supported(facts.phase))},
    }
    if facts.grant is not None:
        document["break_glass"] = _break_glass(facts.grant)
    if extension := _extension(facts):
        document["ext"] = extension
    return document


def _extension(facts: Facts) -> dict[str, Any]:
    """Return the facts beyond the contract's own fields (``input.ext``)."""
    extension: dict[str, Any] = {}
    if facts.request_entities:
        extension["request_entities"] = list(facts.request_entities)
    extension |= {name: count for name, count in zip(_PLACED, facts.placed, strict=True) if count}
    if facts.age_over_89:
        extension["age_over_89"] = True
    if facts.registered:
        extension["registered"] = {name: list(types) for name, types in facts.registered}
    if facts.surrogates:
        extension["surrogates"] = facts.surrogates
    return extension


def _actor(facts: Facts) -> dict[str, Any]:
    kind, identity, country, roles, method, mfa = facts.actor
    actor: dict[str, Any] = {"type": kind, "id": identity, "authn": {"method": method, "mfa": mfa}}
    if country:
        actor["country"] = country
    if roles:
        actor["roles"] = list(roles)
    return actor


def _activity(facts: Facts) -> dict[str, Any]:
    activity: dict[str, Any] = {"id": facts.activity}
    if facts.consent_withdrawn:
        activity["consent"] = {"status": "withdrawn"}
    return activity


def _data_subjects(facts: Facts) -> dict[str, Any]:
    subjects: dict[str, Any] = {
        "regions": [
            {"code": code, "source": source, "confidence": confidence} for code, source, confidence in facts.regions
        ],
        "region_status": facts.region_status,
        "minor": facts.minor,
        "restricted": facts.restricted,
    }
    if facts.subject_refs:
        subjects["refs"] = list(facts.subject_refs)
    if facts.us_bulk is not None:
        category, persons = facts.us_bulk
        subjects["us_bulk"] = {"category": category} | ({} if persons is None else {"us_persons": persons})
    return subjects


def _break_glass(grant: Grant) -> dict[str, Any]:
    """Return the grant without its reason, which may name people."""
    return {
        "ticket": grant.ticket,
        "approver": grant.approver,
        "mfa": grant.mfa,
        "role_ok": grant.role_ok,
        "expires_at": timestamp(grant.expires),
    }


def _operation(facts: Facts) -> dict[str, Any]:
    name, model, stream, stateful, tools = facts.operation
    operation: dict[str, Any] = {"name": name, "stream": stream, "stateful": stateful, "tools": tools}
    if model:
        operation["model"] = model
    required = {name: list(getattr(facts.requirements, name)) for name in ("features", "remote_hosts", "inputs")}
    return operation | {name: value for name, value in required.items() if value}


def _candidates(facts: Facts) -> list[dict[str, Any]]:
    lacks, speaks = dict(facts.requirements.lacking), facts.requirements.speaks
    misplaced = frozenset(facts.requirements.misplaced)
    return [
        {"target": target, "rank": rank, "available": available, "speaks": speaks(target)}
        | ({"misplaced": True} if target in misplaced else {})
        | ({"lacks": list(lacks[target])} if target in lacks else {})
        for target, rank, available in facts.candidates
    ]


def _classification(facts: Facts) -> dict[str, Any]:
    return {
        "status": facts.status,
        "coverage": facts.coverage,
        "opaque_parts": [dict(zip(_OPAQUE, part, strict=False)) for part in facts.opaque],
        "language": facts.language,
        "detectors": [_detector(*detector) for detector in facts.detectors],
        "entities": [_entity(entity) for entity in facts.entities],
        "categories": list(facts.categories),
        "labels": list(facts.labels),
        "residual_entities": facts.residual_entities,
        "caller_pseudonymised": False,
    }


def _detector(identity: str, version: str, ruleset: str) -> dict[str, str]:
    detector = {"id": identity, "version": version}
    if ruleset:
        detector["ruleset_sha256"] = ruleset
    return detector


def _entity(entity: EntitySummary) -> dict[str, Any]:
    return {
        "type": entity.type,
        "count": entity.count,
        "max_confidence": entity.max_confidence,
        "paths": list(entity.paths),
        "subject_role": entity.subject_role,
    }
