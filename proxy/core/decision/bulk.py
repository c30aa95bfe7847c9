"""Bulk sensitive data of US persons (28 CFR 202): possible recipients, categories and the persons to count.

The policy library decides; this module selects the exchanges to count. Counts err upwards: an exchange whose persons
cannot be distinguished counts as one more person, and a refused one stays counted.
"""

from __future__ import annotations

import hmac
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from proxy.core.findings import Status
from proxy.core.records import Exchange, Facts, Inspection

#: Categories of this product -> those of 28 CFR 202.205 and 202.206; unreadable content may be any of them.
_COVERED: Mapping[str, tuple[str, ...]] = {
    "biometric": ("biometric",),
    "credentials": ("covered_identifiers",),
    "financial": ("personal_financial",),
    "genetic": ("human_genomic", "other_omic"),
    "health": ("personal_health",),
    "location_precise": ("precise_geolocation",),
    "national_id": ("covered_identifiers",),
    "pan": ("personal_financial",),
    "personal": ("covered_identifiers",),
    "sad": ("personal_financial",),
}
#: Kinds of entity that distinguish one person from another.
_IDENTIFYING = frozenset({"direct", "govid", "fin", "pan"})
_PLACED = frozenset({"regional", "datazone", "local"})
_PLACES = ("processing_regions", "storage_regions", "support_access_regions")
_REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Watch:
    """One catalog's view of the rule; an exchange outside it is not counted and costs nothing."""

    tenants: frozenset[str]  # US persons
    recipients: Mapping[
        bool, Mapping[str, str]
    ]  # stateful? -> target within reach of a country of concern -> recipient
    thresholds: Mapping[str, int]  # category -> bulk above this number of US persons

    def recipients_of(self, facts: Facts) -> tuple[str, ...]:
        """Return, sorted, the candidates' recipients to which the rule applies."""
        if facts.tenant not in self.tenants:
            return ()
        watched = self.recipients[facts.operation[3]]
        return tuple(sorted({watched[name] for name, _, _ in facts.candidates if name in watched}))


@dataclass(frozen=True, slots=True)
class Sighting:
    """The persons in one exchange and its possible recipients. ``persons`` are keyed digests of 32 bytes."""

    tenant: str
    recipients: tuple[str, ...]
    categories: tuple[str, ...]
    thresholds: tuple[int, ...]  # aligned with the categories
    persons: frozenset[bytes]


def watch(document: Mapping[str, Any]) -> Watch:
    """Return the watch for a policy data document; missing data counts as a concern."""
    doj, tenants = document.get("doj", {}), document.get("tenants", {})
    return Watch(
        tenants=frozenset(name for name, tenant in tenants.items() if tenant.get("us_person") is not False),
        recipients={stateful: _recipients(document, stateful=stateful) for stateful in (False, True)},
        thresholds=dict(doj.get("thresholds_more_than", {})),
    )


def _recipients(document: Mapping[str, Any], *, stateful: bool) -> Mapping[str, str]:
    return {
        name: str(entry.get("provider") or name)
        for name, entry in document.get("targets", {}).items()
        if not _free_of_concern(entry, document, stateful=stateful)
    }


def _free_of_concern(entry: Mapping[str, Any], document: Mapping[str, Any], *, stateful: bool) -> bool:
    provider = document.get("providers", {}).get(entry.get("provider"), {})
    stored = bool(entry.get("storage_regions")) or (entry.get("retention_days") == 0 and not stateful)
    places = [country for field in _PLACES for country in entry.get(field) or ()]
    countries = document.get("doj", {}).get("countries")
    return (
        countries is not None
        and provider.get("doj_covered_person") is False
        and entry.get("deployment") in _PLACED
        and bool(entry.get("processing_regions"))
        and stored
        and all(_elsewhere(country, document, countries) for country in (*places, provider.get("parent_country")))
    )


def _elsewhere(country: Any, document: Mapping[str, Any], countries: Iterable[str]) -> bool:
    if not isinstance(country, str) or not _REGION.fullmatch(country):
        return False
    territories = document.get("regions", {}).get("SUBDIVISIONS", {}).get("territories", {})
    return territories.get(country, country[:2]) not in countries


def sighting(
    exchange: Exchange, inspection: Inspection, facts: Facts, watched: Watch, kinds: Mapping[str, str], key: bytes
) -> Sighting | None:
    """Return whom to count for which recipients, None if no recipient or no category is covered."""
    recipients = watched.recipients_of(facts)
    unreadable = inspection.status is not Status.COMPLETE or any(not sealed_by for _, _, *sealed_by in facts.opaque)
    categories = _categories(facts, watched.thresholds, unreadable=unreadable) if recipients else ()
    if not categories:
        return None
    persons = _persons(exchange, inspection, kinds)
    if unreadable or not persons:
        persons = persons | {f"exchange\0{exchange.id}"}
    return Sighting(
        facts.tenant,
        recipients,
        categories,
        tuple(watched.thresholds.get(category, 0) for category in categories),
        frozenset(hmac.digest(key, person.encode("utf-8", "surrogatepass"), "sha256") for person in persons),
    )


def _categories(facts: Facts, thresholds: Mapping[str, int], *, unreadable: bool) -> tuple[str, ...]:
    if unreadable:
        return tuple(sorted(thresholds)) or ("covered_identifiers",)
    categories = {category for name in (*facts.categories, *facts.labels) for category in _COVERED.get(name, ())}
    return tuple(sorted(categories))


def _persons(exchange: Exchange, inspection: Inspection, kinds: Mapping[str, str]) -> frozenset[str]:
    """Return names of the persons: the caller's references, or the identifier type with the most distinct values."""
    persons: defaultdict[str, set[str]] = defaultdict(set)
    for span, segment in zip(inspection.payload.spans, inspection.segments, strict=True):
        for finding in segment.findings:
            if kinds.get(finding.entity_type) in _IDENTIFYING:
                value = " ".join(span.text[finding.start : finding.end].casefold().split())
                persons[finding.entity_type].add(f"{finding.entity_type}\0{value}")
    most = max(persons.items(), key=lambda each: (len(each[1]), each[0] == "PERSON"), default=("", set[str]()))[1]
    declared = frozenset(f"subject\0{reference}" for reference in exchange.declared.subject_refs)
    return declared if len(most) <= len(declared) else declared | most


def nearest(counts: Mapping[str, int], thresholds: Mapping[str, int]) -> tuple[str, int]:
    """Return the category nearest to its threshold, or furthest beyond it, with its rounded count."""
    category = max(sorted(counts), key=lambda name: counts[name] / max(1, thresholds.get(name, 0)))
    return category, rounded(counts[category], thresholds.get(category, 0))


def rounded(persons: int, threshold: int) -> int:
    """Return the count rounded up to two significant digits, but never across the threshold.

    The facts are the decision cache's key: with exact counts no two requests would share a decision.
    """
    step: int = 10 ** max(0, len(str(persons)) - 2)
    up = -(-persons // step) * step
    return min(up, threshold) if persons <= threshold else up
