"""Random policy inputs and random additions to them, over a registry with every combination that a rule could turn on."""

from __future__ import annotations

import copy
import itertools
import random
from collections.abc import Callable
from typing import Any

Document = dict[str, Any]

_PLACES = ("DE", "GB", "CH", "BR", "CA-QC", "CN", "RU", "SA", "US", "IN")
_LABELS = ("personal", "health", "religious", "criminal", "financial", "public")
_STATUSES = ("partial", "failed", "timeout", "skipped")
_ROLES = ("data_subject", "patient", "provider", "third_party", "unknown")
_OBLIGATIONS = [
    "pseudonymize", "redact", "mask", "generalize", "deidentify", "residual_scan", "response_scan", "reidentify_response",
    "stream_guard", "no_store", "record_transfer", "redisclosure_notice", "notify", "post_review", "log", "retain",
    "human_oversight",
]  # fmt: skip


def world(data: Document) -> Document:
    """Return the example document with more kinds of tenants and activities, and with signed contracts everywhere."""
    document = copy.deepcopy(data)
    hospital = document["tenants"]["mercy-us"]
    for place in ("DE", "GB", "CH", "BR"):
        document["tenants"][f"hospital-{place}"] = {**hospital, "establishments": [place], "offshore_phi": True}
    document["tenants"]["hospital-open"] = {**hospital, "offshore_phi": True, "deid_without_baa": True}
    plain = document["activities"]["support-chat"]
    choices = itertools.product(
        (True, "infer", False), ("A6-1-b", "n/a"), ("A9-2-h", None), (True, False), (None, "research_lds")
    )
    for number, (context, basis, condition, special, hipaa) in enumerate(choices):
        made = {**plain, "phi_context": context, "legal_basis": basis, "allow_third_party_special": special}
        made |= {"art9": condition} if condition else {}
        made |= {"hipaa_basis": hipaa} if hipaa else {}
        document["activities"][f"made-{number}"] = made
    for entry in document["targets"].values():
        if entry["operator"] == "third_party" and "dpa" in entry:
            entry["tia"] = {"result": "pass", "expires": "2030-01-01"}
            entry["scc"] = {"status": "signed"}
            entry["uk_idta"] = {"status": "signed"}
            entry["baa"] = {"status": "signed", "operations": ["chat"]}
    return document


def base(chance: random.Random, data: Document) -> Document:
    """Return an input of some tenant and activity, with little in it."""
    found = chance.sample(sorted(data["entity_map"]), chance.choice((0, 1, 1, 2, 3)))
    known = chance.random() < 0.8
    regions = [{"code": code, "source": "declared"} for code in chance.sample(_PLACES, chance.choice((1, 1, 2)))]
    targets = chance.sample(sorted(data["targets"]), 8)
    return {
        "schema_version": "1",
        "request_id": "m",
        "time": "2026-11-24T10:00:00Z",
        "phase": "request",
        "tenant": {"id": chance.choice(sorted(data["tenants"]))},
        "actor": {"type": "service", "id": "svc"},
        "activity": {"id": chance.choice(sorted(data["activities"]))},
        "data_subjects": {
            "regions": regions if known else [],
            "region_status": "known" if known else "unknown",
            "minor": chance.choice(("no", "unknown")),
            "restricted": False,
        },
        "operation": {"name": "chat", "stream": False, "stateful": False},
        "classification": {
            "status": chance.choice(("complete", "complete", "complete", "partial")),
            "entities": [_entity(chance, name) for name in found],
            "categories": _categories(data, found),
            "labels": chance.sample(_LABELS, chance.choice((0, 0, 1))),
            "opaque_parts": [],
            "residual_entities": 0,
        },
        "ingress": {"region": "DE"},
        "candidates": [{"target": name, "rank": rank, "available": True} for rank, name in enumerate(targets)],
        "pep": {"obligations_supported": _OBLIGATIONS},
    }


def grown(chance: random.Random, document: Document, data: Document) -> tuple[Document, tuple[str, ...]]:
    """Return the input with one to three things added, and their names."""
    more = copy.deepcopy(document)
    chosen = chance.sample(sorted(_ADDITIONS), chance.choice((1, 1, 2, 3)))
    for name in chosen:
        _ADDITIONS[name](chance, more, data)
    return more, tuple(chosen)


def _entity(chance: random.Random, name: str) -> Document:
    return {
        "type": name,
        "count": 1,
        "max_confidence": chance.choice((0.3, 0.6, 0.9, 0.9)),
        "subject_role": chance.choice(_ROLES),
    }


def _categories(data: Document, types: list[str]) -> list[str]:
    return sorted({category for name in types for category in data["entity_map"][name].get("categories", ())})


def _add_entity(chance: random.Random, document: Document, data: Document) -> None:
    name = chance.choice(sorted(data["entity_map"]))
    found = document["classification"]
    found["entities"].append(_entity(chance, name))
    found["categories"] = sorted({*found["categories"], *_categories(data, [name])})


def _add_label(chance: random.Random, document: Document, _: Document) -> None:
    labels = document["classification"]["labels"]
    document["classification"]["labels"] = sorted({*labels, chance.choice(_LABELS)})


def _add_region(chance: random.Random, document: Document, _: Document) -> None:
    subjects = document["data_subjects"]
    subjects["regions"] = [
        *subjects["regions"],
        {"code": chance.choice(_PLACES), "source": "detected", "confidence": 0.9},
    ]
    subjects["region_status"] = "mixed" if subjects["region_status"] == "known" else "unknown"


def _add_unread(chance: random.Random, document: Document, _: Document) -> None:
    found = document["classification"]
    if chance.random() < 0.5 or found["status"] != "complete":
        found["opaque_parts"] = [*found["opaque_parts"], {"path": "x", "media": "image/png"}]
    else:
        found["status"] = chance.choice(_STATUSES)


def _set(*path: str, value: Any) -> Callable[[random.Random, Document, Document], None]:
    def change(_chance: random.Random, document: Document, _data: Document) -> None:
        place = document
        for key in path[:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = value

    return change


_ADDITIONS: dict[str, Callable[[random.Random, Document, Document], None]] = {
    "an entity": _add_entity,
    "another entity": _add_entity,
    "a label": _add_label,
    "a detected region": _add_region,
    "something unread": _add_unread,
    "something residual": _set("classification", "residual_entities", value=1),
    "a child": _set("data_subjects", "minor", value="yes"),
    "a restriction": _set("data_subjects", "restricted", value=True),
    "a withdrawal": _set("activity", "consent", value={"status": "withdrawn"}),
    "a reader abroad": _set("actor", "country", value="IN"),
    "state": _set("operation", "stateful", value=True),
    "a stream": _set("operation", "stream", value=True),
    "an old age": _set("ext", value={"age_over_89": True}),
    "a bulk": _set("data_subjects", "us_bulk", value={"category": "personal_health", "us_persons": 20000}),
}
