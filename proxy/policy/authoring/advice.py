"""Warnings for policy authors: names in the organisation's rules that do not exist.

A rule about an unknown entity type, category, phase, tenant or activity, an unregistered target or a legal code that
can never be waived has no effect, silently.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import orjson

from proxy.core.decision import lawbook
from proxy.policy.authoring import typed
from proxy.policy.authoring.check import Problem, vocabulary
from proxy.policy.bundles.tree import OVERLAY, Tree
from proxy.policy.decision import parties
from proxy.policy.engine.syntax import Module, ModuleError, RegoParser, Rule

#: The codes of the vocabulary that the library allows exceptions to lift.
_LIFTABLE = frozenset({"MINOR_LOCAL_ONLY", "SPECIAL_CATEGORY_LOCAL_ONLY", "STATEFUL_STORAGE"})
_TYPE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
#: Members whose texts are the names of a section of the data document.
_SECTIONS: Final = {
    ("input", "tenant", "id"): "tenants",
    ("input", "activity", "id"): "activities",
    ("data", "tenants", "*", "id"): "tenants",
    ("data", "activities", "*", "id"): "activities",
    ("input", "candidates", "*", "target"): "targets",
    ("input", "classification", "entities", "*", "type"): "entity_map",
    ("regimes", "*"): "regimes",
}
_TARGET = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def advice(tree: Tree, data: Mapping[str, Any]) -> list[Problem]:
    """Return warnings about the overlay's rules and the registry's contracts, given a policy data document."""
    data = lawbook.completed(data, tree.law)
    problems: list[Problem] = []
    modules = _parsed(tree)
    defined = typed.packages(modules)
    for name, module in modules.items():
        if name.startswith(f"{OVERLAY}/"):
            problems += _module(name, module, data)
            problems += _values(module, defined, data)
    problems += [Problem("", 0, "unnamed_parties", message) for message in parties.warnings(data)]
    return problems + [Problem("", 0, "no_regime", message) for message in parties.lawless(data)]


class Denied(NamedTuple):
    """Trial inputs, those with third parties as candidates, and by rule: those with a denial, those with all denied."""

    asked: int
    by_rule: Mapping[str, int]
    abroad: int = 0
    barred: Mapping[str, int] = MappingProxyType({})


def effects(tree: Tree, trial: Denied) -> list[Problem]:
    """Return warnings about denials of the overlay that no trial input met, or every one, or its third parties."""
    problems: list[Problem] = []
    for module in _parsed(tree).values() if trial.asked else ():
        rules = [rule for rule in module.rules if rule.name == "deny" and module.name.startswith(f"{OVERLAY}/")]
        for name, rule in {_rule_id(module, rule): rule for rule in reversed(rules)}.items():
            for code, message in _effect(name, trial):
                problems.append(Problem(module.name, rule.row, code, message))
    return problems


def _effect(rule: str, trial: Denied) -> Iterator[tuple[str, str]]:
    count = trial.by_rule.get(rule, 0)
    if count == trial.asked:
        yield "total_rule", f"it denies all {trial.asked} trial inputs"
    elif not count:
        yield "inert_rule", f"it denies none of {trial.asked} trial inputs"
    elif trial.abroad and trial.barred.get(rule, 0) == trial.abroad:
        yield "total_rule", f"it denies all third parties of all {trial.abroad} trial inputs, whatever they hold"


def _rule_id(module: Module, rule: Rule) -> str:
    """Return the id that a rule's denials carry: what its metadata says if it states it, else its package."""
    custom = rule.metadata.get("custom")
    stated = str(custom.get("rule_id") or "") if isinstance(custom, dict) else ""
    return stated if stated in rule.strings else module.package


def _parsed(tree: Tree) -> dict[str, Module]:
    """Return the parsed modules by name, empty if one does not parse."""
    parser = RegoParser()
    try:
        return {name: parser.parse(name, source) for name, source in sorted(tree.modules.items())}
    except ModuleError:
        return {}
    finally:
        parser.close()


def _values(module: Module, defined: typed.Packages, data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield comparisons with texts that the compared member never is."""
    references = typed.References(module, defined)
    for rule in module.rules:
        for comparison in references.compared(rule):
            values = _possible(comparison.typed, data)
            for text in comparison.texts if values else ():
                if text not in values:
                    what = ".".join(part for part in comparison.typed.path if part != "*")
                    message = f"{what} is never {orjson.dumps(text).decode()}{typed.hint(text, values)}"
                    yield Problem(module.name, rule.row, "unknown_value", message)


def _possible(compared: typed.Typed, data: Mapping[str, Any]) -> Collection[str]:
    """Return the texts that a member can be, empty if anything."""
    listed = (compared.schema or {}).get("enum") or ()
    if listed:
        return frozenset(map(str, listed))
    section = _SECTIONS.get(compared.path)
    if section is not None:
        return (data.get(section) or {}).keys()
    return ()


def _module(name: str, module: Module, data: Mapping[str, Any]) -> Iterator[Problem]:
    for rule in module.rules:
        if rule.name == "oblige":
            yield from _types(name, rule, data)
        if rule.name == "waivable":
            yield from _waivables(name, rule)
        if rule.name in {"deny", "oblige", "prefer"}:
            yield from _targets(name, rule, data)


def _types(name: str, rule: Rule, data: Mapping[str, Any]) -> Iterator[Problem]:
    known = data.get("entity_map") or {}
    for text in sorted(rule.strings):
        if _TYPE.fullmatch(text) and text not in known and text not in vocabulary()["reason_codes"]:
            yield Problem(name, rule.row, "unknown_entity_type", f"{text} is not in the entity map")


def _waivables(name: str, rule: Rule) -> Iterator[Problem]:
    law = vocabulary()["reason_codes"].keys() - _LIFTABLE
    for text in sorted(rule.strings & law):
        yield Problem(name, rule.row, "never_waivable", f"{text} is a legal code, which cannot be waived")


def _targets(name: str, rule: Rule, data: Mapping[str, Any]) -> Iterator[Problem]:
    known = data.get("targets") or {}
    for text in sorted(rule.strings):
        if _TARGET.fullmatch(text) and text not in known:
            yield Problem(name, rule.row, "unknown_target", f"{text} is not a registered target")
