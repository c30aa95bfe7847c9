"""A grid of synthetic input documents: phases x origins x kinds of data, over all tenants, activities and targets.

Every tenant, activity, target, operation and entity type of the data document occurs. Equal data documents give equal
grids.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from proxy.core import obligations
from proxy.policy.decision.document import NO_CANDIDATE, SCHEMA_VERSION

#: Phases combined with every origin and kind of data; the others decide as a request does, and get every kind.
_PHASES = ("request", "response", "cache_lookup")
_LIKE_REQUEST = ("post_transform", "fallback", "tool_call")
#: Origins without a law: one that is known to have none, and none at all.
_LAWLESS = ("US", "")
#: A code that is not a country's (ISO 3166 leaves it to its users), so that no law of it is known.
_UNKNOWN = "ZZ"
#: Origins that are combined with every phase and kind of data: those of the laws that ask for most.
_WIDE = 6
_CANDIDATES, _MANY = 4, 50  # of one document
_SCORE = 0.9
_COMPLETE: Mapping[str, Any] = {
    "status": "complete",
    "coverage": 1.0,
    "entities": [],
    "categories": [],
    "labels": [],
    "opaque_parts": [],
    "residual_entities": 0,
}


def questions(data: Mapping[str, Any], time: str) -> Iterator[dict[str, Any]]:
    """Yield input documents for a data document; ``time`` is RFC 3339."""
    axes = _Axes(data)
    contents = list(_contents(data))
    of_data = _origins(data)
    wide = [*of_data[:_WIDE], *_LAWLESS]
    cells = [*itertools.product(_PHASES, wide, contents)]
    origins = itertools.cycle(wide)
    cells += [(phase, next(origins), content) for phase, content in itertools.product(_LIKE_REQUEST, contents)]
    cells += [("request", next(origins), contents[n % len(contents)]) for n in range(axes.size)]
    people = [content for content in contents if content["entities"]][-3:]
    unlawed = [*(review["country"] for review in data.get("reviewed_origins") or ()), _UNKNOWN]
    narrow = itertools.product([*of_data[_WIDE:], *unlawed], (*_PHASES, *_LIKE_REQUEST))
    cells += [(phase, origin, people[n % len(people)]) for n, (origin, phase) in enumerate(narrow)]
    for number, (phase, origin, content) in enumerate(cells):
        yield {**_document(number, phase, origin, content), **axes.parties(number), "time": time}


def _origins(data: Mapping[str, Any]) -> list[str]:
    """Return one origin for each regime, those of the laws with most gates first."""
    regimes = data.get("regimes") or {}
    ordered = sorted(regimes, key=lambda name: (-len(regimes[name].get("gates") or ()), name))
    return [*dict.fromkeys(origin(regimes[name]["scope"][0], data) for name in ordered)]


def origin(country: str, data: Mapping[str, Any]) -> str:
    """Return a country of a place in the scope of a regime."""
    members = ((data.get("regions") or {}).get("EEA") or {}).get("members") or ("DE",)
    return members[0] if country == "EEA" else country


def extremes(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a request and a reply that hold all there is, with every switch on and off, and a request without anything.

    All targets are candidates; there is no time.
    """
    axes, empty = _Axes(data), dict(_COMPLETE)
    entity_map = data.get("entity_map") or {}
    special = (data.get("config") or {}).get("special") or ()
    everything = _summary(sorted(entity_map), entity_map)
    everything["categories"] = sorted({*everything["categories"], "personal", *special})
    for number, (phase, content) in enumerate(
        itertools.product(("request", "response"), (everything, everything, empty))
    ):
        document = {**_document(number, phase, next(iter(_origins(data)), ""), content), **axes.parties(number)}
        switch = number % 3 == 0
        document["operation"] |= {"stream": switch, "stateful": switch, "tools": switch}
        document["actor"] |= {"country": document["ingress"]["region"]} if switch else {}
        document["data_subjects"] |= {"restricted": switch, "minor": "yes" if switch else "no"}
        document["ext"] |= {"undeclared_calls": int(switch), "foreign_addresses": int(switch)}
        yield {**document, "candidates": axes.everybody()}


class _Axes:
    """The tenants, activities and targets of a data document, each used in turn."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._tenants = sorted(data.get("tenants") or ()) or ["nobody"]
        self._activities = sorted(data.get("activities") or ()) or ["nothing"]
        self._targets = sorted(data.get("targets") or ())
        entries = (data.get("targets") or {}).values()
        named = {name for entry in entries if isinstance(entry, Mapping) for name in entry.get("operations") or ()}
        self._operations = sorted(named) or ["chat"]
        self.size = max(map(len, (self._tenants, self._activities, self._targets)))

    def parties(self, number: int) -> dict[str, Any]:
        """Return tenant, activity, operation and candidates of a document."""
        round_, index = divmod(number, len(self._tenants))
        return {
            "tenant": {"id": self._tenants[index]},
            "activity": {"id": self._activities[(round_ + index) % len(self._activities)]},
            "operation": {
                "name": self._operations[number % len(self._operations)],
                "stream": number % 2 == 0,
                "stateful": number % 3 == 0,
                "tools": False,
            },
            "candidates": self._candidates(number),
        }

    def _candidates(self, number: int) -> list[dict[str, Any]]:
        if not self._targets:
            return [dict(NO_CANDIDATE)]
        first = number * _CANDIDATES
        return _ranked(dict.fromkeys(self._targets[(first + n) % len(self._targets)] for n in range(_CANDIDATES)))

    def everybody(self) -> list[dict[str, Any]]:
        """Return all targets as candidates, up to ``_MANY``."""
        return _ranked(self._targets[:_MANY]) or [dict(NO_CANDIDATE)]


def _ranked(names: Iterable[str]) -> list[dict[str, Any]]:
    return [{"target": name, "rank": rank, "available": True} for rank, name in enumerate(names)]


def _contents(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    entity_map = data.get("entity_map") or {}
    kinds: dict[str, str] = {}
    for name, entry in sorted(entity_map.items()):
        kinds.setdefault(str(entry.get("kind")) if isinstance(entry, Mapping) else "", name)
    yield dict(_COMPLETE)
    for name in kinds.values():
        yield _summary([name], entity_map)
    yield _summary(sorted(entity_map), entity_map)
    special = list((data.get("config") or {}).get("special") or ())
    yield {**_summary(["PERSON"], entity_map), "categories": ["personal", *special]}
    yield {**_summary(["PERSON"], entity_map), "categories": ["personal", "health"]}
    yield {**_COMPLETE, "status": "failed", "coverage": 0.0}
    yield {**_COMPLETE, "opaque_parts": [{"path": "messages[0]", "media": "image/png"}]}
    yield {**_summary(["PERSON"], entity_map), "residual_entities": 1}


def about_people(origin: str, category: str = "") -> dict[str, Any]:
    """Return a request about a person of an origin, without tenant, activity, operation, candidates and time."""
    categories = ["personal", *([category] if category else ())]
    content = {**_summary(["PERSON"], {}), "categories": categories}
    document = _document(0, "request", origin, content)
    document["data_subjects"]["minor"] = "no"
    return document


def _summary(types: list[str], entity_map: Mapping[str, Any]) -> dict[str, Any]:
    entities = [
        {"type": name, "count": 1, "max_confidence": _SCORE, "paths": ["messages[0]"], "subject_role": "unknown"}
        for name in types
    ]
    entries = [entity_map.get(name) for name in types]
    categories = {c for entry in entries if isinstance(entry, Mapping) for c in entry.get("categories") or ()}
    return {**_COMPLETE, "entities": entities, "categories": sorted(categories)}


def _document(number: int, phase: str, origin: str, content: Mapping[str, Any]) -> dict[str, Any]:
    regions = [{"code": origin, "source": "declared", "confidence": 1.0}] if origin else []
    return {
        "schema_version": SCHEMA_VERSION,
        "request_id": f"grid-{number}",
        "phase": phase,
        "actor": {"type": "service", "id": "grid", "authn": {"method": "api_key", "mfa": False}},
        "data_subjects": {
            "regions": regions,
            "region_status": "known" if origin else "unknown",
            "minor": ("no", "yes", "unknown")[number % 3],
            "restricted": False,
        },
        "classification": dict(content),
        "ingress": {"region": origin or "DE"},
        "pep": {"version": "grid", "obligations_supported": list(obligations.supported(phase))},
        "ext": {"request_entities": []},
    }
