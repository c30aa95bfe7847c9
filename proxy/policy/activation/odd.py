"""Odd answers: what an organisation's package answers instead of denials, obligations, preferences or codes.

Such an answer refuses every request, so a bundle that gives one in a trial decision is not put in force.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from proxy.policy.engine.evaluator import Evaluator

_MARK: Final = "answer:"
_EXPECTED: Final = {
    "deny": 'objects such as {"code": "ORG_RULE", "target": id}',
    "oblige": 'objects such as {"type": "redact", "entities": ["PERSON"]}',
    "prefer": 'objects such as {"target": id, "rank": 0}',
    "waivable": 'codes such as "ORG_RULE"',
}
_MEMBERS: Final[Mapping[str, Mapping[str, type]]] = {
    "deny": {"code": str, "rule_id": str, "target": str, "message": str, "citation": list, "evidence": list},
    "oblige": {
        "type": str, "rule_id": str, "target": str, "entities": list, "params": dict, "profile": str, "method": str,
        "when": str,
    },
    "prefer": {"target": str, "rank": int},
}  # fmt: skip
_REQUIRED: Final = {"deny": ("code",), "oblige": ("type",), "prefer": ("target", "rank")}
_KINDS: Final = {str: "text", list: "a list", dict: "an object", int: "a number", bool: "a boolean", type(None): "null"}


def answers(decision: Any) -> Iterator[tuple[str, str]]:
    """Yield package and verb of each odd answer among the reasons of a decision document."""
    reasons = decision.get("reasons") if isinstance(decision, dict) else None
    for reason in reasons if isinstance(reasons, list) else ():
        if isinstance(reason, dict) and str(reason.get("rule_id")).startswith("org."):
            for name in reason.get("evidence") or ():
                if isinstance(name, str) and name.startswith(_MARK):
                    yield reason["rule_id"], name.removeprefix(_MARK)


def described(evaluator: Evaluator, package: str, verb: str, document: Mapping[str, Any]) -> str:
    """Describe an odd answer to a document, by file, kinds and members, without values."""
    where, others = _location(evaluator.modules, package, verb)
    if verb not in _EXPECTED:
        return f"{where}: {package} answers nothing: it needs deny, oblige, prefer or waivable"
    query = f"answer := data.{package}.{verb}; set := is_set(data.{package}.{verb})"
    bindings = evaluator.query(query, document)
    answer: Any = bindings[0]["answer"] if bindings else None
    if not (bindings and bindings[0]["set"]):
        return f"{where}: {verb} is {_kind(answer)}: it must be a set ({verb} contains ...) of {_EXPECTED[verb]}"
    faults = sorted({fault for element in answer for fault in _faults(verb, element)})
    return (
        f"{where}: {verb} must contain {_EXPECTED[verb]}: {'; '.join(faults) or 'a member has another shape'}{others}"
    )


def _location(modules: Mapping[str, str], package: str, verb: str) -> tuple[str, str]:
    """Return file and line of a package's first rule of a verb (of any, if it has none), and a word on its others."""
    header = re.compile(rf"^package {re.escape(package)}\s*$", re.MULTILINE)
    verbs = verb if verb in _EXPECTED else "|".join(_EXPECTED)
    rule = re.compile(rf"^(?:default )?(?:{verbs})\b", re.MULTILINE)
    sources = {name: source for name, source in modules.items() if header.search(source)}
    lines = {
        name: [source.count("\n", 0, match.start()) + 1 for match in rule.finditer(source)]
        for name, source in sources.items()
    }
    first = next((name for name, rows in lines.items() if rows), None)
    if first is None:
        return next(iter(sources), package), ""
    others = [f"{name}:{line}" for name, rows in lines.items() for line in rows][1:]
    return f"{first}:{lines[first][0]}", f" (the rule is this one or {', '.join(others)})" if others else ""


def _faults(verb: str, element: Any) -> Iterator[str]:
    members = _MEMBERS.get(verb)
    if members is None:
        if not isinstance(element, str):
            yield f"an element is {_kind(element)}"
        return
    if not isinstance(element, dict):
        yield f"an element is {_kind(element)}"
        return
    yield from (f"{name} is missing" for name in _REQUIRED[verb] if name not in element)
    yield from (f"unknown member {name}" for name in element.keys() - members.keys())
    for name in element.keys() & members.keys():
        if not isinstance(element[name], members[name]):
            yield f"{name} is {_kind(element[name])} instead of {_KINDS[members[name]]}"
    code = element.get("code")
    if isinstance(code, str) and not re.fullmatch(r"[A-Z][A-Z0-9_]*", code):
        yield "code is not in capitals, digits and underscores"


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a number")
