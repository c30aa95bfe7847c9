"""Counterfactual explanations: the single facts that would have to change for a target to be permitted.

Each fact of the input and of a target's evidence is changed alone and decided again with the same policy, so that an
explanation shows what the policy does, not an interpretation of it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from proxy.policy.decision.summary import permitted, summary
from proxy.policy.engine.evaluator import Evaluator

_SIGNED = {"status": "signed", "expires": "9999-12-31"}
_Edit = Callable[[dict[str, Any], dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class FactChange:
    """One fact and its change in (input document, data document)."""

    fact: str
    to: str
    edit: _Edit


@dataclass(frozen=True, slots=True)
class Remedy:
    """The effect of changing one fact for one target: the codes it lifts, and whether it permits the target."""

    fact: str
    to: str
    lifts: tuple[str, ...]
    permits: bool


@dataclass(frozen=True, slots=True)
class DecisionExplanation:
    """A decision, and per target ("" for the gates) the single changes that help."""

    decision: Mapping[str, Any]
    remedies: Mapping[str, tuple[Remedy, ...]]


def explain(document: Mapping[str, Any], evaluator: Evaluator) -> DecisionExplanation:
    """Decide, then decide again with each fact changed alone.

    Raises:
        EngineError: there is no decision to explain.

    """
    answer = evaluator.decide(document)
    before = summary(answer)
    denied = {target for target, _ in before.codes}
    remedies: dict[str, list[Remedy]] = {target: [] for target in sorted(denied)}
    for change in changes(document, evaluator.data):
        changed, data = copy.deepcopy(dict(document)), copy.deepcopy(evaluator.data)
        change.edit(changed, data)
        other = evaluator.decide_over(changed, data)
        after = summary(other)
        open_targets = set(permitted(other))
        blocked = any(target == "" for target, _ in after.codes)
        for target in denied:
            mine = {code for name, code in before.codes if name == target}
            lifted = mine - {code for name, code in after.codes if name == target}
            if lifted and (target == "" or target in open_targets or not blocked):
                permits = not blocked if target == "" else target in open_targets
                remedies[target].append(Remedy(change.fact, change.to, tuple(sorted(lifted)), permits))
    return DecisionExplanation(answer, {target: tuple(facts) for target, facts in remedies.items()})


def changes(document: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[FactChange]:
    """Yield every change to try: request facts, the activity's record, the tenant's, each candidate's evidence."""
    yield from _request_changes(document)
    yield from _group_changes(document)
    yield from _finding_changes(document)
    yield from _activity_changes(document, data)
    yield from _tenant_changes(document, data)
    for candidate in document.get("candidates") or ():
        yield from _target_changes(candidate["target"], data, document["ingress"]["region"])


def _put(*path: str, value: Any, where: int = 0) -> _Edit:
    """Return an edit that sets one key of the input (0) or the data document (1), creating parent objects."""

    def edit(*documents: dict[str, Any]) -> None:
        edited = documents[where]
        for key in path[:-1]:
            edited = edited.setdefault(key, {})
        edited[path[-1]] = value

    return edit


def _drop(*path: str) -> _Edit:
    def edit(document: dict[str, Any], _data: dict[str, Any]) -> None:
        edited: Any = document
        for key in path[:-1]:
            edited = edited.get(key, {})
        edited.pop(path[-1], None)

    return edit


#: (path in the input, the value that never denies, name of the fact, name of the value); tried if it differs.
REQUEST: tuple[tuple[tuple[str, str], Any, str, str], ...] = (
    (("data_subjects", "region_status"), "known", "data subjects' region", "known"),
    (("data_subjects", "minor"), "no", "a minor's data", "no"),
    (("data_subjects", "restricted"), False, "subject's restriction or objection", "lifted"),
    (("classification", "status"), "complete", "reading of the payload", "complete"),
    (("classification", "opaque_parts"), [], "unread parts", "none"),
    (("classification", "residual_entities"), 0, "entities left after the transform", "0"),
    (("operation", "stateful"), False, "state kept at the provider", "no"),
)


def _request_changes(document: Mapping[str, Any]) -> Iterator[FactChange]:
    for path, value, fact, to in REQUEST:
        if document[path[0]].get(path[1], value) != value:
            yield FactChange(fact, to, _put(*path, value=value))
    regions = document["data_subjects"].get("regions") or ()
    for region in regions:
        others = [other for other in regions if other is not region]
        yield FactChange(f"data subjects in {region['code']}", "none", _put("data_subjects", "regions", value=others))
    if (document["activity"].get("consent") or {}).get("status") == "withdrawn":
        yield FactChange("consent", "given", _put("activity", "consent", "status", value="given"))
    if document["actor"].get("country"):
        yield FactChange("actor's country", "not abroad", _drop("actor", "country"))
    candidates = document.get("candidates") or ()
    for candidate in candidates:
        if not candidate.get("available", True):
            up = [{**other, "available": True} if other is candidate else other for other in candidates]
            yield FactChange(f"{candidate['target']} available", "yes", _put("candidates", value=up))


def _group_changes(document: Mapping[str, Any]) -> Iterator[FactChange]:
    roles = document["actor"].get("roles") or ()
    for role in roles:
        others = [other for other in roles if other != role]
        yield FactChange(f"group {role} of the caller", "absent", _put("actor", "roles", value=others))


def _finding_changes(document: Mapping[str, Any]) -> Iterator[FactChange]:
    classification = document["classification"]
    entities = classification.get("entities") or ()
    for name in dict.fromkeys(entity["type"] for entity in entities):  # one row per subject role
        others = [other for other in entities if other["type"] != name]
        yield FactChange(f"{name} in the payload", "absent", _put("classification", "entities", value=others))
    if entities or classification.get("categories") or classification.get("labels"):
        yield FactChange("everything found in the payload", "absent", _find_nothing)
    for key in ("categories", "labels"):
        for category in classification.get(key) or ():
            others = [other for other in classification[key] if other != category]
            label = "label" if key == "labels" else "category"
            yield FactChange(f"{label} {category}", "absent", _put("classification", key, value=others))


def _find_nothing(document: dict[str, Any], _data: dict[str, Any]) -> None:
    document["classification"].update({"entities": [], "categories": [], "labels": []})


def _activity_changes(document: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[FactChange]:
    name = document["activity"]["id"]
    if name not in data.get("activities", {}):
        yield FactChange("activity", "one of the record of processing", _known_activity)
        return
    permissive = {
        "legal_basis": "A6-1-b",
        "art9": "A9-2-a",
        "art10": "national law",
        "ai_act": "minimal",
        "allow_third_party_special": True,
        "minors_third_party_ok": True,
        "allow_stateful": True,
        "allow_training": True,
        "phi_context": False,
        "hr_data": False,
        "part2": False,
        "part2_consent": True,
        "psychotherapy_notes": False,
        "limited_data_set": False,
    }
    activity = data["activities"][name]
    for key, value in permissive.items():
        if activity.get(key) != value and (key in activity or value not in {False, "minimal"}):
            yield FactChange(f"activity {name}: {key}", str(value), _put("activities", name, key, value=value, where=1))


def _known_activity(document: dict[str, Any], data: dict[str, Any]) -> None:
    name = next(iter(data.get("activities", {})), document["activity"]["id"])
    document["activity"] = {"id": name}


def _tenant_changes(document: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[FactChange]:
    name = document["tenant"]["id"]
    tenant = data.get("tenants", {}).get(name)
    if tenant is None:
        return
    for key in ("offshore_phi", "deid_without_baa"):
        if tenant.get(key) is False:
            yield FactChange(f"tenant {name}: {key}", "true", _put("tenants", name, key, value=True, where=1))
    yield from _instrument_changes(name, tenant, document, data)


def _instrument_changes(
    name: str, tenant: Mapping[str, Any], document: Mapping[str, Any], data: Mapping[str, Any]
) -> Iterator[FactChange]:
    """Yield each step of a law's ladder that instruments would take, for all candidates and their places."""
    targets = [candidate["target"] for candidate in document.get("candidates") or ()]
    entries = [data.get("targets", {}).get(target, {}) for target in targets]
    fields = ("processing_regions", "storage_regions", "support_access_regions")
    places = sorted({country[:2] for entry in entries for field in fields for country in entry.get(field) or ()})
    terms = {**_SIGNED, "targets": targets, "places": places, "result": "pass", "filed_on": "1970-01-01"}
    terms |= {"effective_on": "1970-01-01"}
    origins = {*tenant.get("establishments", ()), *(each["code"] for each in document["data_subjects"]["regions"])}
    scopes = data.get("scopes") or {}
    reached = sorted({law for code in origins for law in scopes.get(code) or scopes.get(code[:2]) or ()})
    steps = (step for law in reached for step in data["regimes"][law].get("ladder") or ())
    for kinds in dict.fromkeys(tuple(step["needs"]) for step in steps if "needs" in step):
        instruments = [*tenant.get("instruments", ()), *({**terms, "kind": kind} for kind in kinds)]
        edit = _put("tenants", name, "instruments", value=instruments, where=1)
        yield FactChange(f"tenant {name}: {' and '.join(kinds)}", "signed for the target", edit)


def _attested(data: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    return (entry.get("attestations") or () for entry in data["targets"].values())


def _target_changes(name: str, data: Mapping[str, Any], home: str) -> Iterator[FactChange]:
    target = data.get("targets", {}).get(name)
    if target is None:
        return
    operations = target.get("operations", [])
    flags = {"eu": True, "uk": True, "ch": True, "hr": True}
    evidence: dict[str, Any] = {
        "dpa": _SIGNED,
        "baa": {**_SIGNED, "operations": operations},
        "dua": {**_SIGNED, "activities": sorted(data.get("activities", {}))},
        "scc": {**_SIGNED, "module": "2", "decision": "(EU) 2021/914"},
        "uk_idta": _SIGNED,
        "tia": {"result": "pass", "expires": "9999-12-31"},
        "dpf": {"status": "active", "expires": "9999-12-31", **flags},
        "zero_retention": True,
        "retention_days": 0,
        "training_use": False,
    }
    attestations = target.get("attestations", [])
    for word in sorted({"C5-T2", *chain.from_iterable(_attested(data))} - {*attestations}):
        yield FactChange(
            f"{name}: attestations", word, _put("targets", name, "attestations", value=[*attestations, word], where=1)
        )
    for key, value in evidence.items():
        if target.get(key) != value:
            shown = "in force" if isinstance(value, dict) else str(value)
            yield FactChange(f"{name}: {key}", shown, _put("targets", name, key, value=value, where=1))
    transfer = {"scc": evidence["scc"], "tia": evidence["tia"]}
    yield FactChange(f"{name}: scc and tia", "in force", _put("targets", name, value={**target, **transfer}, where=1))
    here = {"deployment": "regional", "processing_regions": [home], "storage_regions": [home]}
    yield FactChange(
        f"{name}: place",
        f"processed and stored in {home} only",
        _put("targets", name, value={**target, **here}, where=1),
    )
