"""Static checks of a policy tree; problems name file and line."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from proxy.core import nearest
from proxy.policy.authoring import heads, typed
from proxy.policy.bundles.tree import OVERLAY, Tree
from proxy.policy.engine.engine import EngineError, PolicyEngine
from proxy.policy.engine.syntax import Module, ModuleError, RegoParser, Rule
from proxy.policy.faults import BundleRefusedError

_RULES = "rules/"
#: Rules that take part in a decision: each needs complete metadata.
_DECIDING = frozenset({"deny", "gate", "oblige", "obligation", "obligations"})
#: What the library asks the organisation's packages for.
VERBS = ("deny", "oblige", "prefer", "waivable")
_COMPILER = re.compile(r"(\S+\.rego):(\d+): (rego_\w+: .*)")
_OPERATIONAL = frozenset({"ops", "-"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. ``row`` is 1-based, 0 for the whole file."""

    module: str
    row: int
    code: str
    message: str


@functools.cache
def vocabulary() -> Mapping[str, Any]:
    """Return the contract's codes, obligation types and actions."""
    loaded: dict[str, Any] = orjson.loads((Path(__file__).parents[1] / "schemas" / "vocabulary.json").read_bytes())
    return loaded


def check(tree: Tree) -> list[Problem]:
    """Return every problem, by file and line; empty means the tree may be built and tested."""
    modules, problems = parsed(tree.everything())
    for name, module in modules.items():
        problems += _module(tree, name, module)
    if not any(problem.code == "does_not_parse" for problem in problems):
        problems += _compile(tree)
        problems += _typos(tree, modules)
    library = [module for name, module in modules.items() if name in tree.modules]
    problems += _duplicate_ids(library)
    problems += _codes(library)
    return sorted(problems, key=lambda problem: (problem.module, problem.row, problem.code))


def parsed(sources: Mapping[str, str]) -> tuple[dict[str, Module], list[Problem]]:
    """Return modules by name, and the problems of those that do not parse, or are not written as ``opa fmt`` does."""
    parser, modules, problems = RegoParser(), dict[str, Module](), list[Problem]()
    try:
        for name, source in sorted(sources.items()):
            problems += _layout(name, source)
            try:
                modules[name] = parser.parse(name, source)
            except ModuleError as error:
                problems.append(Problem(name, error.row, "does_not_parse", _unparsed(source, error)))
    finally:
        parser.close()
    return modules, problems


def draft(tree: Tree, library: Mapping[str, Module]) -> list[Problem]:
    """Return what the overlay's own modules show while they are written: nothing is compiled, tested or decided.

    ``library``: the other modules, parsed.
    """
    overlay = {name: source for name, source in tree.everything().items() if name.startswith(f"{OVERLAY}/")}
    modules, problems = parsed(overlay)
    for name, module in modules.items():
        problems += _module(tree, name, module)
    if len(modules) == len(overlay):
        problems += _typos(tree, {**library, **modules}, frozenset(overlay))
    return sorted(problems, key=lambda problem: (problem.module, problem.row, problem.code))


def _unparsed(source: str, error: ModuleError) -> str:
    """Return why a module does not parse, with the letter that only looks like one of ASCII."""
    letters = [letter for row, letter in heads.foreign_letters(source) if row == error.row]
    if not letters:
        return str(error)
    return f"{error}: {letters[0]!r} is {unicodedata.name(letters[0], 'no letter of ASCII')}; write names in ASCII"


def _layout(name: str, source: str) -> Iterator[Problem]:
    """Yield the violations of ``opa fmt`` that can be detected without it."""
    for row, line in enumerate(source.splitlines(), 1):
        indent = line[: len(line) - len(line.lstrip())]
        if line != line.rstrip():
            yield Problem(name, row, "format", "trailing white space")
        if " " in indent and not line.lstrip().startswith("#"):
            yield Problem(name, row, "format", "indent with tabs, as opa fmt does")
    if not source.endswith("\n") or source.endswith("\n\n"):
        yield Problem(name, len(source.splitlines()), "format", "end the file with exactly one line break")


def _module(tree: Tree, name: str, module: Module) -> Iterator[Problem]:
    if "rego.v1" not in module.imports:
        yield Problem(name, 1, "rego_v1", "import rego.v1, so that every supported OPA reads it the same way")
    if name not in tree.modules:
        return
    for builtin in module.impure():
        row = row_of(tree.modules[name], 1, builtin.rpartition(".")[2])
        message = f"{builtin} depends on more than input and data: the time is input.time, nothing else may vary"
        yield Problem(name, row, "impure_builtin", message)
    if name.startswith(f"{OVERLAY}/") and module.package.split(".")[0] != "org":
        yield Problem(name, 1, "overlay", f"an overlay module must be in package org, not {module.package}")
    if f"{name.removesuffix('.rego')}_test.rego" not in tree.tests:
        yield Problem(name, 0, "no_test", "the twin test file is missing")
    yield from _unused_imports(module, tree.modules[name])
    if name.startswith((_RULES, f"{OVERLAY}/")):
        deciding = {rule.name: rule for rule in reversed(module.rules) if rule.name in _DECIDING}
        for rule in deciding.values():
            yield from _metadata(name, rule)


_RENAMED = re.compile(r"^import (\S+) as (\w+)", re.MULTILINE)


def _unused_imports(module: Module, source: str) -> Iterator[Problem]:
    words, renamed = source.replace("[", ".").replace("(", " "), dict(_RENAMED.findall(source))
    for imported in module.imports:
        last = renamed.get(imported, imported.split(".")[-1])
        stated = words.count(f"{last}.") + words.count(f"as {last}") - (imported in renamed)
        if imported != "rego.v1" and not stated:
            yield Problem(module.name, 0, "unused_import", f"{imported} is not used")


def _metadata(name: str, rule: Rule) -> Iterator[Problem]:
    custom = rule.metadata.get("custom")
    custom = custom if isinstance(custom, dict) else {}
    present = {
        "title": rule.metadata.get("title"),
        "description": rule.metadata.get("description"),
        "related_resources": rule.metadata.get("related_resources"),
        "custom.rule_id": custom.get("rule_id"),
    }
    reason_codes = vocabulary()["reason_codes"]
    codes = custom.get("codes") or []
    if codes and all(reason_codes.get(code, {}).get("basis") in _OPERATIONAL for code in codes):
        del present["related_resources"]  # an operational fault has no article of law
    for key, value in present.items():
        if not value:
            yield Problem(name, rule.row, "metadata", f"rule {rule.name} has no {key} in its METADATA")


def _typos(tree: Tree, modules: Mapping[str, Module], only: frozenset[str] | None = None) -> Iterator[Problem]:
    """Yield references to what cannot be, of all modules or some, and rules of the overlay that nothing asks for."""
    deciding = {name: module for name, module in modules.items() if name in tree.modules}
    defined = typed.packages(deciding)
    if "compliance" not in defined:
        return
    for name, module in deciding.items():
        if only is not None and name not in only:
            continue
        references = typed.References(module, defined)
        for error in references.imports():
            yield Problem(name, row_of(tree.modules[name], 1, error.reference), "unknown_reference", str(error))
        for rule in module.rules:
            for error in references.unknown(rule):
                row = row_of(tree.modules[name], rule.row, error.reference)
                yield Problem(name, row, "unknown_reference", str(error))
    overlay = {name: module for name, module in deciding.items() if name.startswith(f"{OVERLAY}/")}
    yield from _answers(tree, deciding, overlay)
    for module, rule in typed.unused(overlay, VERBS):
        hint = nearest.hint(rule.name, VERBS)
        yield Problem(module.name, rule.row, "unused_rule", f"nothing asks for the rule {rule.name}{hint}")


def _answers(tree: Tree, deciding: Mapping[str, Module], overlay: Mapping[str, Module]) -> Iterator[Problem]:
    """Yield what the overlay's rules answer that is not theirs to answer, or that nothing performs."""
    ids = {rule.stated_id for name, module in deciding.items() if name not in overlay for rule in module.rules} - {""}
    for name, module in overlay.items():
        for rule, fault in heads.faults(module, vocabulary()["reason_codes"], ids):
            row = row_of(tree.modules[name], rule.row, fault.word, quoted=True)
            yield Problem(name, row, fault.code, fault.message)


def row_of(source: str, row: int, word: str, *, quoted: bool = False) -> int:
    """Return the first line from a row on that refers to a member by name (or holds a text), else the row."""
    lines = source.splitlines()[max(row - 1, 0) :]
    named = re.compile(rf'"{re.escape(word)}"' if quoted else rf"\.{re.escape(word)}\b")
    return next((row + n for n, line in enumerate(lines) if named.search(line)), row)


def _compile(tree: Tree) -> Iterator[Problem]:
    try:
        PolicyEngine(tree.everything(), {}).close()
    except EngineError as error:
        details = _COMPILER.findall(str(error))
        for module, row, message in details:
            yield Problem(module, int(row), "does_not_compile", message)
        if not details:
            yield Problem(next(iter(tree.modules)), 0, "does_not_compile", str(error))


def _duplicate_ids(modules: Iterable[Module]) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for module in modules:
        for rule in {rule.name: rule for rule in reversed(module.rules)}.values():
            identity = rule.stated_id
            if identity and owners.setdefault(identity, module.name) != module.name:
                yield Problem(
                    module.name, rule.row, "rule_id", f"{identity} is also the id of a rule in {owners[identity]}"
                )


def _codes(modules: list[Module]) -> Iterator[Problem]:
    """Yield declared codes that the contract does not know, and codes of the contract that no rule can return."""
    codes = vocabulary()["reason_codes"]
    used: set[str] = set()
    for module in modules:
        for rule in module.rules:
            used |= rule.strings
            custom = rule.metadata.get("custom")
            declared = custom.get("codes", []) if isinstance(custom, dict) else []
            for code in declared:
                if code not in codes and not module.name.startswith(f"{OVERLAY}/"):
                    yield Problem(module.name, rule.row, "unknown_code", f"{code} is not a reason code of the contract")
    if not any(module.package.split(".")[0] == "compliance" for module in modules):
        return
    for code in sorted(codes.keys() - used):
        yield Problem("", 0, "unreachable_code", f"no rule can return {code}")


def refuse(tree: Tree, problems: list[Problem]) -> None:
    """Refuse a bundle with problems.

    Raises:
        BundleRefusedError: there is at least one problem; the message names the first.

    """
    if problems:
        first = problems[0]
        where = tree.where(first.module, first.row) if first.module else "the library"
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise BundleRefusedError("check", f"{where}: {first.message}{more}")
