"""Warnings for policy authors: names in the organisation's rules that do not exist.

A rule about an unknown entity type, an unregistered target or a legal code that can never be waived has no effect,
silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from proxy.policy.authoring.check import Problem, vocabulary
from proxy.policy.bundles.tree import OVERLAY, Tree
from proxy.policy.decision import parties
from proxy.policy.engine.syntax import Module, ModuleError, RegoParser, Rule

#: The codes of the vocabulary that the library allows exceptions to lift.
_LIFTABLE = frozenset({"MINOR_LOCAL_ONLY", "SPECIAL_CATEGORY_LOCAL_ONLY", "STATEFUL_STORAGE"})
_TYPE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_TARGET = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def advice(tree: Tree, data: Mapping[str, Any]) -> list[Problem]:
    """Return warnings about the overlay's rules and the registry's contracts, given a policy data document."""
    parser = RegoParser()
    found: list[Problem] = []
    try:
        for name, source in sorted(tree.modules.items()):
            if name.startswith(f"{OVERLAY}/"):
                found += _module(parser, name, source, data)
    except ModuleError:
        return []
    finally:
        parser.close()
    return [*found, *(Problem("", 0, "unnamed_parties", message) for message in parties.warnings(data))]


def _module(parser: RegoParser, name: str, source: str, data: Mapping[str, Any]) -> Iterator[Problem]:
    module: Module = parser.parse(name, source)
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
