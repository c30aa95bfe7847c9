"""Kinds of exchanges, drawn once: what they have in common per tenant and activity, and how often each occurs."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

TENANTS = [f"tenant-{number:02}" for number in range(22)]
ACTIVITIES = ("support", "hiring", "triage", "billing", "research", "marketing", "legal", "coding")
SERVICES = ("crm", "ehr", "portal", "ide")
#: target -> provider, operator, region
TARGETS: Mapping[str, tuple[str, str, str]] = {
    "local/eu": ("house", "self", "DE"), "local/us": ("house", "self", "US"), "alpha/eu": ("Alpha AI", "third_party", "DE"),
    "alpha/us": ("Alpha AI", "third_party", "US"), "beta/us": ("Beta Inc.", "third_party", "US"),
    "beta/uk": ("Beta Inc.", "third_party", "GB"), "gamma/fr": ("Gamma SA", "third_party", "FR"),
    "gamma/in": ("Gamma SA", "third_party", "IN"), "delta/jp": ("Delta KK", "third_party", "JP"),
}  # fmt: skip
_MECHANISMS = {"US": "dpf", "GB": "adequacy", "IN": "scc", "JP": "adequacy"}
_CATEGORIES = (
    ["personal"],
    ["personal"],
    ["health", "personal"],
    ["financial", "personal"],
    ["personal", "special"],
    [],
)
_TYPES = (
    "PERSON",
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "US_SSN",
    "IBAN_CODE",
    "DATE_OF_BIRTH",
    "MEDICAL_CONDITION",
    "LOCATION",
)
_CODES = ("GDPR_NO_TRANSFER", "NO_BAA", "ART9_NO_CONDITION", "MINOR", "REGISTRY_STALE")
_KINDS = 420  # distinct exchanges a day
_SEED = 5


def drawn() -> Iterator[dict[str, Any]]:
    """Yield kinds of exchanges, the commonest first; a column that is not named has its default."""
    own = random.Random(_SEED)
    places = list(product(TENANTS, ACTIVITIES, SERVICES))
    own.shuffle(places)
    for number in range(_KINDS):
        tenant, activity, service = places[number % len(places)]
        yield _kind(own, tenant, activity, service)


def _kind(own: random.Random, tenant: str, activity: str, service: str) -> dict[str, Any]:
    categories = own.choice(_CATEGORIES)
    refused = own.random() < 0.12
    target = "" if refused else own.choice([*TARGETS, "local/eu", "local/eu"])
    made = {
        "tenant": tenant, "activity": activity, "service": service, "key_id": f"{tenant}-{service}", "actor_type": "service",
        "ingress_region": "DE", "operation": "chat", "dialect": "openai_chat", "model": "m", "class_status": "complete",
        "language": own.choice(("de", "en", "en", "fr", "pl")), "categories": categories, "labels": [], "detectors": ["patterns:7", "models:3"],
        "legal_basis": "A6-1-b", "art9_condition": "A9-2-h" if "health" in categories else "", "controller": tenant,
        "hipaa_basis": "treatment" if "health" in categories else "", "regimes": ["GDPR"], "revision": "twin", "data_revision": "data-1",
        "action": "block" if refused else own.choice(("redact_and_forward", "redact_and_forward", "forward", "pin_local")),
        "requested": target or "alpha/eu", "selected": target, "minor": "yes" if own.random() < 0.02 else "no",
        "status": 403 if refused else 200, "ended": "denied" if refused else "delivered", "bytes_in": 900, "bytes_out": 2400, "duration_ms": 900,
        "restored": 0 if refused or own.random() < 0.5 else own.randint(1, 6), "subjects": ["s"] if own.random() < 0.35 else [],
        "subject_regions": ["DE"], "obligations_fulfilled": ["o-log", "o-pseudonymize"],
    }  # fmt: skip
    made |= (
        {"codes": [own.choice(_CODES)], "denial_codes": ["NO_DPA"], "denial_rules": ["r-1"]}
        if refused
        else _sent(own, target, categories)
    )
    return made | _rare(own, target)


def _sent(own: random.Random, target: str, categories: list[str]) -> dict[str, Any]:
    provider, operator, region = TARGETS[target]
    first = own.choice(list(TARGETS)) if own.random() < 0.03 else ""  # a failover
    called = [one for one in (first, target) if one]
    types = own.sample(_TYPES, own.randint(1, 4)) if categories else []
    made = {
        "target": target, "recipient": provider, "operator": operator, "region": region, "requested": called[0],
        "attempt_targets": called, "attempt_recipients": [TARGETS[one][0] for one in called],
        "attempt_operators": [TARGETS[one][1] for one in called], "attempt_regions": [TARGETS[one][2] for one in called],
        "attempt_accounted": ["health" in categories and own.random() < 0.3] * len(called),
        "attempt_endings": ["failed"] * (len(called) - 1) + ["complete"],
        "entity_types": types, "entity_targets": [target] * len(types), "entity_operators": [own.choice(("", "pseudonymize")) for _ in types],
        "entity_confidences": [own.choice((0.5, 0.7, 0.85, 0.99)) for _ in types], "entity_found": [own.randint(1, 4) for _ in types],
        "entity_sent": [own.randint(0, 2) for _ in types],
    }  # fmt: skip
    if region not in {"DE", "FR"} and operator != "self":
        made |= {
            "transfer_targets": [target], "transfer_recipients": [provider], "transfer_regimes": ["GDPR"],
            "transfer_mechanisms": [_MECHANISMS[region]], "transfer_origins": ["DE"], "transfer_destinations": [region],
            "transfer_instruments": [f"{_MECHANISMS[region].upper()}-7"], "transfer_evidence": ["e-1"],
        }  # fmt: skip
    return made


def _rare(own: random.Random, target: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if own.random() < 0.03:
        made |= {"class_status": own.choice(("partial", "failed")), "media": ["image"]}
    if own.random() < 0.01:
        made |= {"waived": ["GDPR_NO_TRANSFER"], "grant_id": "bg-1", "ticket": "INC-1"}
    if own.random() < 0.01 and target:
        made |= {"obligations_unfulfilled": ["o-notify"], "code": "upstream_error"}
    if own.random() < 0.01 and target:
        made |= {"reported_region": "westus"}
    if own.random() < 0.02:
        made |= {"notice": "42 CFR 2.32", "notice_version": "1", "consent_ref": "c-1", "regimes": ["42CFR2"]}
    if own.random() < 0.05 and target:
        made |= {"us_category": "personal_health", "us_persons": 3}
    return made
