"""Everything the pattern tier looks for, one module per field."""

from __future__ import annotations

from proxy.core.entities import ENTITIES
from proxy.detection.patterns.pattern import Pattern
from proxy.detection.patterns.recognizers import (
    accounts,
    armoured,
    contact,
    dates,
    dictated,
    documents,
    grouped,
    health,
    identity_eu,
    identity_world,
    money,
    places,
    secrets,
)

PATTERNS: tuple[Pattern, ...] = (
    *contact.PATTERNS,
    *money.PATTERNS,
    *grouped.PATTERNS,
    *accounts.PATTERNS,
    *armoured.PATTERNS,
    *dictated.PATTERNS,
    *identity_eu.PATTERNS,
    *identity_world.PATTERNS,
    *health.PATTERNS,
    *documents.PATTERNS,
    *secrets.PATTERNS,
    *dates.PATTERNS,
    *places.PATTERNS,
)
#: Recognizer -> the country its identifiers belong to.
COUNTRIES: dict[str, str] = {pattern.name: pattern.country for pattern in PATTERNS if pattern.country}

for _one in PATTERNS:
    if _one.entity_type not in ENTITIES:
        raise ValueError(f"pattern {_one.name}: {_one.entity_type} is no entity type of entities.toml")
