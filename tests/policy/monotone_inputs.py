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
#: What identifies, what tells somebody apart, and what is special: where most rules meet.
_FOCUS = (
    "PERSON", "HEALTH_CONDITION", "HEALTH_CONDITION", "RELIGION", "AGE", "ZIP_CODE", "DATE", "PROFESSION", "US_SSN",
)  # fmt: skip
_OFTEN, _SELDOM = 0.7, 0.2
_ROLES = ("data_subject", "patient", "provider", "third_party", "public", "unknown")
_OBLIGATIONS = [
    "pseudonymize", "redact", "mask", "generalize", "deidentify", "residual_scan", "response_scan", "reidentify_response",
    "stream_guard", "no_store", "record_transfer", "redisclosure_notice", "account_disclosure", "notify", "post_review", "log", "retain",
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
    found = _types(chance, data, chance.choice((0, 1, 1, 2, 3)))
    known = chance.random() < 0.8
    regions = [{"code": code, "source": "declared"} for code in chance.sample(_PLACES, chance.choice((1, 1, 1, 2)))]
    targets = sorted(data["targets"])
    return {
        "schema_version": "1",
        "request_id": "m",
        "time": "2026-11-24T10:00:00Z",
        "phase": "request",
        "tenant": {"id": _some(chance, data["tenants"], ("hospital-", "mercy", "shop", "maple"))},
        "actor": {"type": "service", "id": "svc"},
        "activity": {"id": _some(chance, data["activities"], ("made-",))},
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


def _some(chance: random.Random, names: Document, often: tuple[str, ...]) -> str:
    """Return any of the names, and more often one whose combination of facts turns many rules on and off."""
    chosen = [name for name in sorted(names) if name.startswith(often) or chance.random() < _SELDOM]
    return chance.choice(chosen)


def _types(chance: random.Random, data: Document, count: int) -> list[str]:
    known = sorted(data["entity_map"])
    return sorted({chance.choice(_FOCUS if chance.random() < _OFTEN else known) for _ in range(count)})


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
    (name,) = _types(chance, data, 1)
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
    "tokens": _set("ext", "surrogates", value="tokens"),
    "a bulk": _set("data_subjects", "us_bulk", value={"category": "personal_health", "us_persons": 20000}),
}


#: Every set of up to three of these is asked about, so that no pair of facts is left to chance.
FACTORS: dict[str, Callable[[Document], None]] = {}


def _factor(name: str, change: Callable[[Document], None]) -> None:
    FACTORS[name] = change


def _typed(name: str, category: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        found = document["classification"]
        found["entities"].append({"type": name, "count": 1, "max_confidence": 0.9})
        found["categories"] = sorted({*found["categories"], *([category] if category else [])})

    return change


def _labelled(label: str) -> Callable[[Document], None]:
    return lambda document: document["classification"]["labels"].append(label)


def _from(code: str) -> Callable[[Document], None]:
    return lambda document: document["data_subjects"]["regions"].append({"code": code, "source": "detected"})


for _name, _category in (
    ("PERSON", "personal"), ("HEALTH_CONDITION", "health"), ("RELIGION", "religious"), ("ZIP_CODE", ""), ("DATE", ""),
    ("PROFESSION", ""), ("AGE", ""),
):  # fmt: skip
    _factor(_name, _typed(_name, _category))
_factor("label personal", _labelled("personal"))
_factor("label health", _labelled("health"))
_factor("detected DE", _from("DE"))
_factor("unread", lambda document: document["classification"].update(status="partial"))


def contexts(data: Document) -> list[tuple[str, str, str]]:
    """Return (tenant, activity, declared place) of every context in which the factors may mean something else."""
    tenants = ("mercy-us", "hospital-open", "hospital-CH", "hospital-DE", "shop-us", "acme-eu", "maple2-qc")
    made = [name for name in sorted(data["activities"]) if name.startswith("made-")]
    return list(itertools.product(tenants, made, ("US", "CH", "DE", "BR")))


def lattice(context: tuple[str, str, str], data: Document) -> dict[frozenset[str], Document]:
    """Return the input of every set of up to three factors in a context."""
    tenant, activity, place = context
    empty = base(random.Random(0), data)
    empty["tenant"], empty["activity"] = {"id": tenant}, {"id": activity}
    empty["data_subjects"] |= {
        "regions": [{"code": place, "source": "declared"}],
        "region_status": "known",
        "minor": "no",
    }
    empty["classification"] |= {"status": "complete", "entities": [], "categories": [], "labels": []}
    made = {}
    for size in range(4):
        for chosen in itertools.combinations(FACTORS, size):
            document = copy.deepcopy(empty)
            for name in chosen:
                FACTORS[name](document)
            made[frozenset(chosen)] = document
    return made
