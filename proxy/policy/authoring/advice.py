"""Warnings for policy authors: names in the organisation's rules that do not exist.

A rule about an unknown entity type, category, phase, tenant or activity, an unregistered target or a legal code that
can never be waived has no effect, silently.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple

import orjson

from proxy.core import nearest
from proxy.core.decision import lawbook
from proxy.policy.authoring import heads, typed
from proxy.policy.authoring.check import Problem, row_of, vocabulary
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
    ("data", "targets", "*", "provider"): "providers",
    ("regimes", "*"): "regimes",
}
#: Members that are one of the texts that the registry has there.
_FEATURES: Final = ("input", "operation", "features", "*")
_REGISTERED: Final = {
    ("data", "tenants", "*", "sector"),
    ("data", "activities", "*", "purpose"),
    ("data", "targets", "*", "attestations", "*"),
}
#: Builtins that put a text together.
_COMPOSED: Final = frozenset({"concat", "sprintf", "upper", "replace", "format_int"})
_TARGET = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
#: How the schemas of the contract write places.
_PLACE: Final = "^[A-Z]{2}(-[A-Z0-9]{1,3})?$"
_CONTRACTS: Final = frozenset({*parties.CONTRACTS, "dpf"})
_DATES: Final = {
    "day": dt.date.fromisoformat,
    # An instant is compared with the beginning of one as well.
    "date-time": lambda text: dt.datetime.fromisoformat(text + "2000-01-01T00:00:00Z"[len(text) :]),
}


#: A check of a country's code, which raises ``ValueError`` with a remedy.
Place = Callable[[str], object]


class RuleWords(NamedTuple):
    """What words of rules are held against beside the policy data: places, and the features that requests can have."""

    place_of: Place
    features: Collection[str]


#: The rule, the text in it that is wrong, code and message.
_Warning = tuple[Rule, str, str, str]


def advice(
    tree: Tree, data: Mapping[str, Any], locate: Place = str, features: Collection[str] = frozenset()
) -> list[Problem]:
    """Return warnings about the overlay's rules and the registry's contracts, given a policy data document.

    ``features`` are those that some target takes, which requests can have; empty where they are unwords.
    """
    data = lawbook.completed(data, tree.law)
    problems: list[Problem] = []
    modules = parsed(tree)
    defined = typed.packages(modules)
    overlay = [module for name, module in modules.items() if name.startswith(f"{OVERLAY}/")]
    for module in overlay:
        for rule, text, code, message in chain(
            _module(module, data, _codes(overlay)), _values(module, defined, data, RuleWords(locate, features))
        ):
            row = row_of(tree.modules[module.name], rule.row, text, quoted=True)
            problems.append(Problem(module.name, row, code, message))
    problems += [Problem("", 0, "unnamed_parties", message) for message in parties.warnings(data)]
    return problems + [Problem("", 0, "no_regime", message) for message in parties.lawless(data)]


def parsed(tree: Tree) -> dict[str, Module]:
    """Return the parsed modules by name, empty if one does not parse."""
    parser = RegoParser()
    try:
        return {name: parser.parse(name, source) for name, source in sorted(tree.modules.items())}
    except ModuleError:
        return {}
    finally:
        parser.close()


def _values(module: Module, defined: typed.Packages, data: Mapping[str, Any], words: RuleWords) -> Iterator[_Warning]:
    """Yield comparisons with texts that the compared member never is, and texts that a function does not know."""
    references = typed.References(module, defined)
    for rule in module.rules:
        for comparison in references.compared(rule):
            what = ".".join(part for part in comparison.typed.path if part != "*")
            for text in comparison.texts:
                fault = _fault(comparison.typed, text, data, words)
                if fault is not None:
                    yield rule, text, "unknown_value", f"{what} is never {orjson.dumps(text).decode()}{fault}"


def _fault(compared: typed.Typed, text: str, data: Mapping[str, Any], words: RuleWords) -> str | None:
    """Return a remedy, maybe "", where a member is never a text; None where it may be."""
    schema = compared.schema or {}
    if compared.path == _FEATURES and words.features:  # too many to list
        return None if text in words.features else f": no target takes it{nearest.hint(text, words.features)}"
    values = _possible(compared, data)
    if values:
        return None if text in values else nearest.remedy(text, values)
    is_place = schema.get("format") == "country" or schema.get("pattern") == _PLACE
    check: Place = words.place_of if is_place else _DATES.get(schema.get("format", ""), str)
    try:
        check(text)
    except ValueError as error:
        return f": {error}"
    return None


def _possible(compared: typed.Typed, data: Mapping[str, Any]) -> Collection[str]:
    """Return the texts that a member can be, empty if anything."""
    listed = (compared.schema or {}).get("enum") or ()
    if listed:
        return frozenset(map(str, listed))
    if (compared.schema or {}).get("format") == "contract":
        return _CONTRACTS
    section = _SECTIONS.get(compared.path)
    if section is not None:
        return (data.get(section) or {}).keys()
    return frozenset(_registered(data, compared.path)) if compared.path in _REGISTERED else ()


def _registered(data: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Yield the texts that entries of a section have under a member, as a text or in a list."""
    for entry in (data.get(path[1]) or {}).values():
        member = entry.get(path[3])
        yield from member if isinstance(member, list) else filter(None, [member])


def _module(module: Module, data: Mapping[str, Any], codes: Collection[str]) -> Iterator[_Warning]:
    for rule in module.rules:
        if rule.name == "oblige":
            yield from _types(rule, data)
        if rule.name == "waivable":
            yield from _waivables(rule, codes)
        if rule.name in {"deny", "oblige", "prefer"}:
            yield from _targets(rule, data)


def _types(rule: Rule, data: Mapping[str, Any]) -> Iterator[_Warning]:
    types = data.get("entity_map") or {}
    for text in heads.answer(rule).get("entities", ()):
        if isinstance(text, str) and _TYPE.fullmatch(text) and text not in types:
            yield rule, text, "unknown_entity_type", f"{text} is not in the entity map{nearest.remedy(text, types)}"


def _waivables(rule: Rule, codes: Collection[str]) -> Iterator[_Warning]:
    """Yield codes declared waivable that cannot be, or that no rule of the organisation gives (None: not known)."""
    law = vocabulary()["reason_codes"].keys() - _LIFTABLE
    for text in sorted(rule.strings & law):
        yield rule, text, "never_waivable", f"{text} is a legal code, which cannot be waived"
    text = rule.tree["head"].get("key", {}).get("value")
    if isinstance(text, str) and codes and text not in codes and text not in vocabulary()["reason_codes"]:
        yield rule, text, "unused_waiver", f"no rule gives the code {text}{nearest.remedy(text, codes)}"


def _codes(modules: Iterable[Module]) -> frozenset[str]:
    """Return the codes that the overlay's denials may give: any text of a module whose denials do not write theirs out.

    Empty where one of them may put its code together.
    """
    codes: set[str] = set()
    for module in modules:
        stated = {str(heads.answer(rule).get("code", "")) for rule in module.rules if rule.name == "deny"}
        codes |= stated - {""}
        if "" in stated:
            if module.references & _COMPOSED:
                return frozenset()
            codes |= {text for rule in module.rules if rule.name != "waivable" for text in rule.strings}
    return frozenset(codes)


def _targets(rule: Rule, data: Mapping[str, Any]) -> Iterator[_Warning]:
    targets = data.get("targets") or {}
    for text in sorted(rule.strings):
        if _TARGET.fullmatch(text) and text not in targets:
            yield rule, text, "unknown_target", f"{text} is not a registered target{nearest.remedy(text, targets)}"
