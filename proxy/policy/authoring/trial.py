"""What the organisation's own rules answer to trial inputs: which never apply, and which refuse whatever is asked.

The inputs are the grid of an activation and, for each rule, some that hold what it compares: its groups, models or
sectors. The rules are asked alone, with the facts of the library, so that no gate hides them.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Final

import orjson

from proxy.policy.authoring import typed
from proxy.policy.authoring.check import VERBS, Problem
from proxy.policy.authoring.spread import spread
from proxy.policy.bundles.tree import OVERLAY, Tree
from proxy.policy.decision import grid
from proxy.policy.engine.engine import LineCoverage
from proxy.policy.engine.evaluator import Evaluator
from proxy.policy.engine.syntax import Module, RegoParser, Rule

_ASK: Final = "answers := [answer | some document in input.documents; answer := data.org with input as document]"
#: Most inputs with all that a rule compares but one; with all of it there are as many as needed.
_MOST: Final = 300
_SECTIONS: Final = {"tenants": "tenant", "activities": "activity"}
#: Where the path of a record's member begins: ("data", section, "*", member).
_RECORD: Final = 3
_CACHE: Final = "cache_lookup"
_SAMPLES: Final = 3
#: Where the keys of an object are names that a rule may ask for, with what such a name has.
_KEYS: Final[Mapping[tuple[str, ...], Any]] = {("input", "ext", "registered"): ["PERSON"]}
_KEY: Final = "<key>"
#: The verbs that say something of an input.
_EFFECTS: Final = ("deny", "oblige", "prefer")


@dataclass(frozen=True, slots=True)
class TrialAnswers:
    """Inputs, and what the organisation's packages answer to each (package -> verb -> answers).

    ``unmet`` is module -> number of a rule that applies to no input -> the row of what is never met.
    """

    inputs: Sequence[Mapping[str, Any]]
    answers: Sequence[Mapping[str, Any]]
    unmet: Mapping[str, Mapping[int, int]] = field(default_factory=dict)


def asked(tree: Tree, data: Mapping[str, Any], inputs: Sequence[Mapping[str, Any]]) -> TrialAnswers:
    """Return what the overlay answers to inputs; nothing without one. No rule may be slow: nothing ends the evaluation.

    Raises:
        BundleRefusedError: the policy cannot be loaded.
        EngineError: an evaluation failed.

    """
    overlay = {name: spread(source) for name, source in tree.modules.items() if name.startswith(f"{OVERLAY}/")}
    if not overlay:
        return TrialAnswers(inputs, [{}] * len(inputs))
    rows_apart = replace(tree, modules={**tree.modules, **{name: whole.text for name, whole in overlay.items()}})
    with Evaluator(rows_apart, data) as evaluator:
        bindings, lines = evaluator.covered(_ASK, {"documents": inputs})
    parser = RegoParser()
    try:
        unmet = {
            name: dict(_unmet(parser.parse(name, overlay[name].text), lines, overlay[name].rows)) for name in overlay
        }
    finally:
        parser.close()
    return TrialAnswers(inputs, bindings["answers"], unmet)


def inputs(modules: Mapping[str, Module], data: Mapping[str, Any], time: str) -> list[dict[str, Any]]:
    """Return the inputs made for what the overlay's rules compare; ``time`` is RFC 3339."""
    bases = [{**base, "time": time} for base in grid.extremes(data)]
    wanted = list(_compared(modules))
    fewer = ([other for other in each if other != left] for each in wanted if len(each) > 1 for left in each)
    documents = {orjson.dumps(document): document for each in wanted for document in _variants(bases, each, data)}
    for document in (document for each in fewer for document in _variants(bases, each, data)):
        if len(documents) >= _MOST:
            break
        documents[orjson.dumps(document)] = document
    return list(documents.values())


def _compared(modules: Mapping[str, Module]) -> Iterator[list[_Comparison]]:
    """Yield what each rule of the overlay compares, where it compares anything."""
    defined = typed.packages(modules)
    for module in _overlay_modules(modules):
        references = typed.References(module, defined)
        for rule in module.rules:
            compared = [(each.typed.path, each.texts) for each in references.compared(rule)]
            if compared := list(dict.fromkeys([*compared, *_matched(references, rule), *_keyed(rule)])):
                yield compared


def _overlay_modules(modules: Mapping[str, Module]) -> Iterator[Module]:
    return (module for name, module in modules.items() if name.startswith(f"{OVERLAY}/"))


_Comparison = tuple[tuple[str, ...], tuple[str, ...]]


def _matched(references: typed.References, rule: Rule) -> Iterator[_Comparison]:
    """Yield what a rule passes to a function that matches texts, with the texts that may match: its own, filled in."""
    texts = tuple(sorted(text.replace("*", "x") for text in rule.strings))
    if texts:
        yield from ((path, texts) for path in references.matched(rule))


def _keyed(rule: Rule) -> Iterator[_Comparison]:
    """Yield the objects whose keys a rule asks for, with its texts, which may be such keys."""
    steps = orjson.dumps(rule.tree).decode()
    for path in _KEYS:
        if rule.strings and all(f'"value":"{step}"' in steps for step in path):
            yield (*path, _KEY), tuple(sorted(rule.strings))


def _variants(
    bases: Sequence[Mapping[str, Any]], compared: Sequence[_Comparison], data: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the bases with all of some comparisons."""
    for number in range(max(len(texts) for _, texts in compared)):
        for base in bases:
            document = copy.deepcopy(dict(base))
            for path, texts in compared:
                _put(document, path, texts[number % len(texts)], data)
            yield document


def _put(document: dict[str, Any], path: Sequence[str], text: str, data: Mapping[str, Any]) -> None:
    """Put a text where a comparison looks for it; nowhere if that is not the caller's to choose."""
    if path[0] == "input":
        _set(document, path[1:], text)
    elif path[0] == "data" and path[1] in _SECTIONS and path[_RECORD:]:
        named = (name for name, entry in (data.get(path[1]) or {}).items() if _holds(entry, path[_RECORD:], text))
        if (name := next(named, None)) is not None:
            document[_SECTIONS[path[1]]] = {"id": name}
    elif path[-2:-1] == ("origins",):
        _set(document, ("data_subjects", "regions", "*", "code"), text)
    elif path[0] == "regimes":
        scope = ((data.get("regimes") or {}).get(text) or {}).get("scope") or ()
        _set(document, ("data_subjects", "regions", "*", "code"), grid.origin(scope[0], data) if scope else text)


def _set(document: dict[str, Any], path: Sequence[str], text: str) -> None:
    name, *rest = path
    if not rest:
        document[name] = text
    elif rest == ["*"]:
        document[name] = [*document.get(name, ()), text]
    elif rest == [_KEY]:
        document[name] = {text: next(value for path, value in _KEYS.items() if path[-1] == name)}
    elif rest[0] == "*":
        for item in document.get(name) or ():
            _set(item, rest[1:], text)
    else:
        _set(document.setdefault(name, {}), rest, text)


def _holds(entry: Any, path: Sequence[str], text: str) -> bool:
    """Whether a record has a text at a path."""
    if not path:
        return bool(entry == text)
    if path[0] == "*":
        return isinstance(entry, list) and any(_holds(item, path[1:], text) for item in entry)
    return isinstance(entry, Mapping) and _holds(entry.get(path[0]), path[1:], text)


def effects(modules: Mapping[str, Module], data: Mapping[str, Any], trial: TrialAnswers) -> list[Problem]:
    """Return warnings about rules of the overlay that apply to no trial input, or refuse all of a kind."""
    problems = []
    totals = dict(_totals(data, trial))
    for module in _overlay_modules(modules):
        for number, rule in enumerate(module.rules):
            if rule.name not in VERBS or rule.default:
                continue
            if message := totals.get(rule_id(module, rule) if rule.name == "deny" else ""):
                problems.append(Problem(module.name, rule.row, "total_rule", message))
            elif (row := trial.unmet.get(module.name, {}).get(number)) is not None:
                problems.append(Problem(module.name, row, "inert_rule", _never(rule, row, len(trial.inputs))))
    return problems


def _never(rule: Rule, row: int, count: int) -> str:
    what = {"deny": "denies", "oblige": "obliges to anything in", "prefer": "prefers anything in"}.get(
        rule.name, "is in"
    )
    unmet = "; what this line asks for never holds" if row != rule.row else ""
    return f"it {what} none of {count} trial inputs{unmet}"


def rule_id(module: Module, rule: Rule) -> str:
    """Return the id that a rule's denials carry: what its metadata says if it states it, else its package."""
    return rule.stated_id if rule.stated_id in rule.strings else module.package


def _unmet(module: Module, lines: Mapping[str, LineCoverage], rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the numbers of rules that apply to nothing, each with the row of what is never met, or its own.

    ``rows`` are those of the rule's source, of which the module has each condition on a line of its own.
    """
    reached = lines.get(module.name, LineCoverage())
    for number, rule in enumerate(module.rules):
        if rule.row not in reached.covered and rule.row in reached.coverable:
            following = [other.row for other in module.rules if other.row > rule.row]
            body = range(rule.row + 1, min(following, default=max(reached.coverable) + 1))
            yield number, rows[max((row for row in body if row in reached.covered), default=rule.row) - 1]


@dataclass(frozen=True, slots=True)
class RuleUse:
    """How many inputs a rule applies to, with some of their names; ``row`` is that of what is never met, if known."""

    rule: str
    module: str
    row: int
    count: int
    samples: tuple[str, ...] = ()


def uses(modules: Mapping[str, Module], trial: TrialAnswers, names: Sequence[str]) -> list[RuleUse]:
    """Return what the overlay's rules apply to, by id and verb, most first; ``names`` are those of the inputs."""
    met: dict[tuple[str, str], list[str]] = {}
    for name, answer in zip(names, trial.answers, strict=True):
        for key in {key for package, verbs in answer.items() for key in _keys(package, verbs)}:
            met.setdefault(key, []).append(name)
    used = {}
    for module in _overlay_modules(modules):
        unmet = trial.unmet.get(module.name, {})
        for number, rule in enumerate(module.rules):
            key = (rule_id(module, rule), rule.name)
            if rule.name in _EFFECTS and key not in used:
                inputs = met.get(key, ())
                row = rule.row if inputs else unmet.get(number, rule.row)
                used[key] = RuleUse(f"{key[0]} {key[1]}", module.name, row, len(inputs), tuple(inputs[:_SAMPLES]))
    return sorted(used.values(), key=lambda use: -use.count)


def _keys(package: str, verbs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield rule id and verb of each answer; one without an id has its package's."""
    for verb in _EFFECTS:
        for element in _objects(verbs.get(verb) or ()):
            yield str(element.get("rule_id") or f"org.{package}"), verb


def _totals(data: Mapping[str, Any], trial: TrialAnswers) -> Iterator[tuple[str, str]]:
    """Yield the ids of rules that deny all requests or replies, or all their third parties, and what they deny."""
    third = {name for name, entry in (data.get("targets") or {}).items() if entry.get("operator") == "third_party"}
    for what, replies in (("requests", False), ("replies", True)):
        pairs = [
            (document, answer)
            for document, answer in zip(trial.inputs, trial.answers, strict=True)
            if document["phase"] != _CACHE and (document["phase"] == "response") is replies
        ]
        abroad = [(names, answer) for document, answer in pairs if (names := _candidates(document) & third)]
        barred = Counter(chain.from_iterable(_barring(names, answer) for names, answer in abroad))
        whole = Counter(chain.from_iterable(_barring(frozenset(), answer) for _, answer in pairs))
        yield from _counted(barred, len(abroad), f"it denies all third parties of all {len(abroad)} trial {what}")
        yield from _counted(whole, len(pairs), f"it denies all {len(pairs)} trial {what}")


def _counted(rules: Counter[str], total: int, message: str) -> Iterator[tuple[str, str]]:
    return ((rule, message) for rule, count in rules.items() if total and count == total)


def _candidates(document: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(candidate["target"] for candidate in document["candidates"])


def _barring(names: frozenset[str], answer: Mapping[str, Any]) -> set[str]:
    """Return the rules that deny the whole input, or all of some targets."""
    denied: dict[str, set[str]] = {}
    for package, verbs in answer.items():
        for denial in _objects(verbs.get("deny") or ()):
            denied.setdefault(str(denial.get("rule_id") or f"org.{package}"), set()).add(
                str(denial.get("target") or "")
            )
    return {rule for rule, targets in denied.items() if "" in targets or (names and names <= targets)}


def _objects(elements: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    return (element for element in elements if isinstance(element, Mapping))
