"""A grid of synthetic input documents: phases x origins x kinds of data, over all tenants, activities and targets.

Every tenant, activity, target, operation and entity type of the data document occurs. Equal data documents give equal
grids.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from proxy.core import obligations
from proxy.policy.decision.document import NO_CANDIDATE, SCHEMA_VERSION

#: Phases combined with every origin and kind of data; the others decide as a request does, and get every kind.
_PHASES = ("request", "response", "cache_lookup")
_LIKE_REQUEST = ("post_transform", "fallback", "tool_call")
#: One place per regime of the library, one without a regime, and none; those of the data come from their scopes.
_ORIGINS = ("DE", "GB", "CH", "BR", "CA-QC", "CN", "RU", "SA", "US", "")
_CANDIDATES = 4  # of one document
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
    world = _World(data)
    contents = list(_contents(data))
    cells = [*itertools.product(_PHASES, _ORIGINS, contents)]
    origins = itertools.cycle(_ORIGINS)
    cells += [(phase, next(origins), content) for phase, content in itertools.product(_LIKE_REQUEST, contents)]
    cells += [("request", next(origins), contents[n % len(contents)]) for n in range(world.size)]
    of_data = sorted({regime["scope"][0] for regime in (data.get("regimes") or {}).values()})
    cells += [("request", origin, contents[n % len(contents)]) for n, origin in enumerate(of_data)]
    for number, (phase, origin, content) in enumerate(cells):
        yield {**_document(number, phase, origin, content), **world.parties(number), "time": time}


class _World:
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
        round_, place = divmod(number, len(self._tenants))
        return {
            "tenant": {"id": self._tenants[place]},
            "activity": {"id": self._activities[(round_ + place) % len(self._activities)]},
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
        chosen = dict.fromkeys(self._targets[(first + n) % len(self._targets)] for n in range(_CANDIDATES))
        return [{"target": name, "rank": rank, "available": True} for rank, name in enumerate(chosen)]


def _contents(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    entity_map = data.get("entity_map") or {}
    kinds: dict[str, str] = {}
    for name, entry in sorted(entity_map.items()):
        kinds.setdefault(str(entry.get("kind")) if isinstance(entry, Mapping) else "", name)
    yield dict(_COMPLETE)
    for name in kinds.values():
        yield _found([name], entity_map)
    yield _found(sorted(entity_map), entity_map)
    special = list((data.get("config") or {}).get("special") or ())
    yield {**_found(["PERSON"], entity_map), "categories": ["personal", *special]}
    yield {**_found(["PERSON"], entity_map), "categories": ["personal", "health"]}
    yield {**_COMPLETE, "status": "failed", "coverage": 0.0}
    yield {**_COMPLETE, "opaque_parts": [{"path": "messages[0]", "media": "image/png"}]}
    yield {**_found(["PERSON"], entity_map), "residual_entities": 1}


def _found(types: list[str], entity_map: Mapping[str, Any]) -> dict[str, Any]:
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
