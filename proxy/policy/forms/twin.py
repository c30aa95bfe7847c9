"""Writes the twin test of a module: each rule in worlds in which it applies, and in which it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from proxy.policy.forms.conditions import OF_REPLIES, OTHER, REGIONS, term
from proxy.policy.forms.module import CompiledRule

#: The candidate in the worlds of a rule that names none.
_TARGET: Final = "vendor/us"


def twin(name: str, written: Sequence[CompiledRule]) -> str:
    lines = [f"package org.{name}_test", "", "import rego.v1"]
    for rule in written:
        lines += ["", *_tests(name, rule)]
    return "\n".join([*lines, ""])


def _tests(name: str, rule: CompiledRule) -> Iterator[str]:
    _, form = rule.form.effect
    target = form.targets[0] if rule.verb == "prefer" else _TARGET
    worlds = {title: _documents(world, rule.of_target, target) for title, world in rule.worlds().items()}
    paths = sorted({path for world in worlds.values() for path in world if path != "input"})
    member, wanted = ("target", target) if rule.verb == "prefer" else ("rule_id", rule.rule_id)
    sets = dict.fromkeys([rule.answers, rule.verb])  # what a preference adds to is another set
    yield f"{rule.form.id}_applies(world) if {{"
    for number, answers in enumerate(sets):
        yield f"\tanswers_{number} := data.org.{name}.{answers} with input as world.input"
        yield from (f'\t\twith {path} as world["{path}"]' for path in paths)
    yield f"\tsome answer in answers_0\n\tanswer.{member} == {term(wanted)}"
    yield from (f"\tanswer in answers_{number}" for number in range(1, len(sets)))
    yield "}"
    for title, world in worlds.items():
        test = f"test_{rule.form.id}_" + re.sub(r"\W+", "_", title)
        call = f"{rule.form.id}_applies({term(world)})"
        yield ""
        yield f"{test} if {call if title == 'applies' else f'not {call}'}"
    if getattr(form, "waivable", False):
        yield ""
        yield f"test_{rule.form.id}_is_waivable if {term(rule.code)} in data.org.{name}.waivable"


def _documents(world: Mapping[str, Any], of_target: bool, target: str) -> dict[str, Any]:
    """Return the documents of a world by path: ``input``, the library's facts, and the regions."""
    documents: dict[str, Any] = {"input": {}}
    entry: dict[str, Any] = {"id": target, "provider": OTHER, "third_party": True, "places": ["DE"], "attestations": []}
    for path, value in world.items():
        head, *steps = path.split(".")
        if head == "target":
            entry[steps[0]] = value
        elif head == "input":
            _put(documents["input"], steps, value)
        elif len(steps) == 1:
            documents[f"data.compliance.lib.{path}"] = value
        else:
            documents.setdefault(f"data.compliance.lib.{head}.{steps[0]}", {})[steps[1]] = value
    if not OF_REPLIES.isdisjoint(world):
        documents["input"]["phase"] = "response"
    if of_target:
        members = {member: entry[member] for member in ("provider", "attestations")}
        facts = {
            "registered": {entry["id"]: members},
            "third_parties": {entry["id"]} if entry["third_party"] else set(),
            "places": {entry["id"]: entry["places"]},
        }
        documents |= {f"data.compliance.lib.facts.{fact}": value for fact, value in facts.items()}
        documents["data.regions"] = REGIONS
    return documents


def _put(document: dict[str, Any], steps: Sequence[str], value: Any) -> None:
    for step in steps[:-1]:
        document = document.setdefault(step, {})
    document[steps[-1]] = value
