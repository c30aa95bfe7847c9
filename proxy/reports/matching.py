"""Which exchanges match a filter, as a query with the conditions that are asked for alone: each costs planning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_CONDITIONS: Mapping[str, str] = {
    "tenants": "list_contains({tenants}, e.tenant)", "since": "e.at >= {since}", "until": "e.at < {until}",
    "activity": "e.activity = {activity}", "service": "e.service = {service}",
    "target": "(e.target = {target} OR list_contains(e.attempt_targets, {target}))",
    "region": "(e.region = {region} OR list_contains(e.attempt_regions, {region}))",
    "category": "list_contains(e.categories, {category})", "entity": "list_contains(e.entity_types, {entity})",
    "action": "e.action = {action}", "code": "list_contains(e.codes, {code})",
    "subject": "e.subjects && {subject}", "outcome": "e.ended = {outcome}",
    "responsibility": "e.responsibility = {responsibility}",
}  # fmt: skip
#: What exchanges are filtered by.
FILTERS = tuple(_CONDITIONS)
#: The place of a row in a list, behind which a page begins.
_BEHIND = {"at": "(e.at < {at} OR e.at = {at} AND e.exchange < {exchange})"}


def matching(values: Mapping[str, Any], columns: str = "e.*", end: str = "") -> tuple[str, tuple[str, ...]]:
    """Return the query of exchanges by values of ``FILTERS`` and of a row's place, and its parameters in order.

    ``end`` is what follows its conditions, with parameters in braces.
    """
    names = tuple(name for name, value in values.items() if value is not None)
    conditions = [condition for name, condition in {**_CONDITIONS, **_BEHIND}.items() if name in names]
    query = " ".join(("SELECT", columns, "FROM evidence.exchange e WHERE", " AND ".join(conditions or ["true"]), end))
    return query.format(**{name: f"${number}" for number, name in enumerate(names, 1)}), names
