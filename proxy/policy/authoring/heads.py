"""What an overlay's rules answer, as far as their heads write it out: codes of the law, duties that nothing performs.

Such an answer would be carried out as it is (a house rule cited as law), or would deny every target at run time.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple

from proxy.core import nearest, obligations
from proxy.core.deidentification.profiles import PROFILES
from proxy.core.records import Obligation
from proxy.policy.engine.syntax import Module, Rule

#: Parameters that a handler checks by itself: an operator of one's own.
_OPERATOR: Final = "operator"
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")


class Fault(NamedTuple):
    """A fault of a rule: its code, what is wrong and what to write, and the word to find its line by."""

    code: str
    message: str
    word: str


def answer(rule: Rule) -> Mapping[str, Any]:
    """Return the members of the object that a rule adds to its set; those that are not written out are left out."""
    return _written(rule.tree["head"].get("key")) or {}


def _written(term: Any) -> Any:
    """Return the value of a term, None if it is not written out."""
    if not isinstance(term, dict):
        return None
    kind: str = term.get("type", "")
    value: Any = term.get("value")
    if kind in {"string", "number", "boolean"}:
        return value
    if kind == "array":
        items = [_written(item) for item in value]
        return None if None in items else items
    if kind == "object":
        members = {_written(key): _written(member) for key, member in value}
        return {key: member for key, member in members.items() if key is not None and member is not None}
    return None


def faults(module: Module, law: Collection[str], ids: Collection[str]) -> Iterator[tuple[Rule, Fault]]:
    """Yield the faults of an overlay module. ``law``: the contract's reason codes; ``ids``: the library's rule ids."""
    for rule in module.rules:
        members = answer(rule)
        if rule.name == "deny":
            yield from ((rule, fault) for fault in _denial(members, law, ids))
        elif rule.name == "oblige":
            yield from ((rule, fault) for fault in _duty(members))


def _denial(members: Mapping[str, Any], law: Collection[str], ids: Collection[str]) -> Iterator[Fault]:
    code, identity = str(members.get("code", "")), str(members.get("rule_id", ""))
    if code in law:
        yield Fault("code_of_law", f"{code} is a code of the law: give this rule one of its own (HOUSE_...)", code)
    if identity in ids or identity.startswith("compliance."):
        yield Fault("rule_id", f"{identity} is the id of a rule of the library: choose another", identity)


def _duty(members: Mapping[str, Any]) -> Iterator[Fault]:
    kind = obligations.KINDS.get(members.get("type", ""))
    if kind is None:
        return  # not written out, or an odd answer, which the trial names
    method, params = members.get("method", ""), members.get("params", {})
    methods = f"; known are {', '.join(kind.methods)}" if kind.methods else "; it has none"
    if method not in {"", *kind.methods}:
        meant = nearest.hint(method, kind.methods)
        yield Fault("unsupported_obligation", f"nothing performs {kind.type} by {method}{meant or methods}", method)
    if kind.params is not None and _OPERATOR not in params:
        yield from _parameters(kind.type, params, kind.params)
    yield from _profile(kind, members)


def _parameters(kind: str, params: Mapping[str, Any], checks: Mapping[str, obligations.Check]) -> Iterator[Fault]:
    listed = f"; known are {', '.join(sorted(checks))}" if checks else "; it has none"
    for name, value in params.items():
        if name not in checks:
            message = f"{kind} has no parameter {name}{nearest.hint(name, checks) or listed}"
            yield Fault("unsupported_obligation", message, name)
        elif not checks[name](value):
            message = f"{kind} does not take {name} {value!r}: see the reference of obligations"
            yield Fault("unsupported_obligation", message, name)


def _profile(kind: obligations.Kind, members: Mapping[str, Any]) -> Iterator[Fault]:
    profile = members.get("profile", "")
    duty = Obligation("", kind.type, profile=profile)
    if profile and not kind.supports(duty):
        yield Fault("unsupported_obligation", f"{kind.type} has no profile", profile)
    elif profile and profile not in PROFILES:
        near = nearest.hint(profile, PROFILES) or f"; known are {', '.join(sorted(PROFILES))}"
        yield Fault("unsupported_obligation", f"there is no profile {profile}{near}", profile)


def foreign_letters(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and letter of each letter outside ASCII in the code of a module, comments left out."""
    for row, line in enumerate(source.splitlines(), 1):
        code = line.partition("#")[0]
        for match in _NOT_ASCII.finditer(re.sub(r'"[^"]*"', "", code)):
            yield row, match[0]
