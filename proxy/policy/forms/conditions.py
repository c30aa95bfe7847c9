"""The conditions of rules: how each reads in Rego, and worlds in which it holds and fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def term(value: Any) -> str:
    """Return a term of Rego; sets and objects are sorted."""
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(term(item) for item in value)) + "}" if value else "set()"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(key)}: {term(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(term(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


#: What no rule names.
OTHER: Final = "none of these"


@dataclass(frozen=True, slots=True)
class Condition:
    """How a condition reads in Rego, and its part of two worlds: one in which it holds, one in which it does not.

    ``lines`` call the candidate ``id``, and its registry entry ``target``, if the condition is about one.
    ``path`` is where the worlds' terms go.
    """

    lines: Callable[[Any], Sequence[str]]
    path: str
    holds: Callable[[Any], Any]
    fails: Callable[[Any], Any]

    @property
    def of_target(self) -> bool:
        """Whether it is about a candidate."""
        return self.path.startswith("target.")


def _is_one_of(reference: str, path: str = "") -> Condition:
    return Condition(
        lambda names: [f"{reference} in {term(set(names))}"],
        path or reference,
        lambda names: names[0],
        lambda _: OTHER,
    )


def _overlaps(word: str, reference: str, kind: Callable[[list[str]], Any]) -> Condition:
    return Condition(
        lambda names: [f"some {word} in {reference}", f"{word} in {term(set(names))}"],
        reference,
        lambda names: kind(names[:1]),
        lambda _: kind([OTHER]),
    )


def _flag(reference: str, path: str = "") -> Condition:
    return Condition(
        lambda wanted: [reference if wanted else f"not {reference}"],
        path or reference,
        lambda wanted: wanted,
        lambda wanted: not wanted,
    )


def _counted(member: str) -> Condition:
    return Condition(
        lambda _: [f"input.ext.{member} > 0"],
        f"input.ext.{member}",
        lambda _: 1,
        lambda _: 0,
    )


def _models(names: list[str]) -> list[str]:
    return [f"some pattern in {term(set(names))}", "glob.match(pattern, [], input.operation.model)"]


def _types(names: list[str]) -> list[str]:
    return ["some type, _ in entities.kinds", f"type in {term(set(names))}"]


def _registered(names: list[str]) -> list[str]:
    return ["some people, _ in input.ext.registered", f"people in {term(set(names))}"]


def _outside(codes: list[str]) -> list[str]:
    """Return lines that hold for a target with a place outside, or without a place that is certain."""
    countries = set(codes) - {"EEA"}
    tests = ["not regions.eea(place)"] if "EEA" in codes else []
    tests += [f"not regions.country(place) in {term(countries)}"] if countries else []
    return ['some place in object.get(facts.places, id, [""])', *tests]


def _without(names: list[str]) -> list[str]:
    return [f"{{word | some word in target.attestations; word in {term(set(names))}}} == set()"]


CONDITIONS: Final[Mapping[str, Condition]] = {
    "tenants": _is_one_of("input.tenant.id"),
    "sectors": _is_one_of("facts.tenant.sector"),
    "activities": _is_one_of("input.activity.id"),
    "purposes": _is_one_of("facts.activity.purpose"),
    "groups": _overlaps("group", "input.actor.roles", list),
    "callers": _is_one_of("input.actor.id"),
    "countries": _is_one_of("input.actor.country"),
    "operations": _is_one_of("input.operation.name"),
    "models": Condition(_models, "input.operation.model", lambda names: names[0].replace("*", "x"), lambda _: OTHER),
    "features": _overlaps("feature", "input.operation.features", list),
    "streamed": _flag("input.operation.stream"),
    "personal": _flag("facts.personal"),
    "special": _flag("facts.special"),
    "health": _flag("facts.health"),
    "categories": _overlaps("category", "facts.categories", set),
    "labels": _overlaps("label", "input.classification.labels", list),
    "entities": Condition(_types, "entities.kinds", lambda names: {names[0]: "direct"}, lambda _: {OTHER: "direct"}),
    "registered": Condition(
        _registered, "input.ext.registered", lambda names: {names[0]: ["PERSON"]}, lambda _: {OTHER: ["PERSON"]}
    ),
    "regimes": _overlaps("regime", "facts.regimes", set),
    "origins": _overlaps("origin", "facts.origins", set),
    "undeclared_calls": _counted("undeclared_calls"),
    "foreign_addresses": _counted("foreign_addresses"),
    "targets": _is_one_of("id", "target.id"),
    "providers": _is_one_of("target.provider"),
    "third_party": _flag("id in facts.third_parties", "target.third_party"),
    "outside": Condition(
        _outside, "target.places", lambda _: ["QQ"], lambda codes: [{"EEA": "DE"}.get(codes[0], codes[0])]
    ),
    "without": Condition(_without, "target.attestations", lambda _: [], lambda names: names[:1]),
}
#: The paths of what only a reply has.
OF_REPLIES: Final = frozenset(CONDITIONS[name].path for name in ("undeclared_calls", "foreign_addresses"))
NOT_PINNED: Final = Condition(
    lambda names: [f"not id in {term(set(names))}"], "target.id", lambda _: OTHER, lambda names: names[0]
)
#: A refusal is about what is sent, unless a condition is about the reply.
SENT: Final = Condition(
    lambda _: ['not input.phase == "response"'], "input.phase", lambda _: "request", lambda _: "response"
)
REGIONS: Final = {"EEA": {"members": ["DE"], "territories": {}}, "SUBDIVISIONS": {"territories": {}}}
