"""Types of references: what no input and no data document can hold is a typo, and so is what no package defines.

The schemas are those of the contract (``input.schema.json``, ``data.schema.json``). Variables have the type of what
``some``, ``every`` and ``:=`` bind them to; the type of anything else is unknown, and nothing is said of it.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from proxy.core.nearest import hint
from proxy.policy.engine.syntax import Module, Rule

_ANY: Final = "*"
_ORDERED: Final = frozenset({"equal", "neq", "eq", "lt", "lte", "gt", "gte"})
_MEMBER: Final = "internal.member_2"
_MATCHES: Final = frozenset({"glob.match", "startswith", "endswith", "contains", "regex.match"})
#: What a bundle adds to the data document: its own description and the organisation's packages.
_BUNDLED: Final = frozenset({"bundle", "org"})
_SCALARS: Final = {"string": "text", "boolean": "a boolean", "number": "a number", "integer": "a number"}


class Typed(NamedTuple):
    """A path into ``input`` or ``data`` and its schema, None where unknown."""

    path: tuple[str, ...]
    schema: Mapping[str, Any] | None


class UnknownReferenceError(Exception):
    """A reference to what cannot be; the message says why."""

    def __init__(self, reference: str, message: str) -> None:
        super().__init__(message)
        self.reference = reference


#: Package to its rules, each with its type where that is known.
Packages = Mapping[str, Mapping[str, Typed | None]]


class ComparedTexts(NamedTuple):
    """A reference that a rule compares with texts."""

    typed: Typed
    texts: tuple[str, ...]


@functools.cache
def schema(name: str) -> Mapping[str, Any]:
    """Return a schema of the contract: ``input`` or ``data``."""
    path = Path(__file__).parents[1] / "schemas" / f"{name}.schema.json"
    loaded: dict[str, Any] = orjson.loads(path.read_bytes())
    return loaded


def packages(modules: Mapping[str, Module]) -> Packages:
    """Return the rules that each package defines, with their types.

    The metadata of a rule may state its type: ``custom.type`` is a path into ``input`` or ``data`` ("data.targets"),
    ``custom.values`` the texts that a set can hold, ``custom.keys`` the section of the data that has them as names,
    ``custom.items`` the format of what it holds, ``custom.lists`` of what the lists hold that it has by name. Of a
    function, ``custom.args`` are the formats of its arguments and ``custom.returns`` that of its value: ``country``,
    ``contract`` or ``day``; "" for any.
    """
    defined: dict[str, dict[str, Typed | None]] = {}
    for module in modules.values():
        rules = defined.setdefault(module.package, {})
        for rule in module.rules:
            name = rule.name.split(".")[0]
            rules[name] = rules.get(name) or _stated(module, rule)
    return defined


def _stated(module: Module, rule: Rule) -> Typed | None:
    custom = rule.metadata.get("custom")
    custom = custom if isinstance(custom, dict) else {}
    if "values" in custom:
        return Typed((rule.name,), {"type": "array", "items": {"enum": custom["values"]}})
    if "keys" in custom:
        return Typed((str(custom["keys"]),), {"type": "array", "items": {"type": "string"}})
    name = (module.package.rpartition(".")[2], rule.name)
    if values := custom.get("lists") or custom.get("items"):
        listed = {"type": "array", "items": {"type": "string", "format": values}}
        return Typed(name, {"type": "object", "additionalProperties": listed} if "lists" in custom else listed)
    if rule.function:
        return Typed(name, {"args": custom.get("args") or (), "format": custom.get("returns", "")})
    if "type" not in custom:
        return None
    head, *steps = str(custom["type"]).split(".")
    typed = _ROOTS[head]
    for step in steps:
        typed = _below(typed, step)
    return typed


@dataclass(slots=True)
class References:
    """The references of one rule. ``defined`` are the packages of the tree with their rules."""

    module: Module
    defined: Packages
    _variables: dict[str, Typed | None] = field(default_factory=dict)

    def unknown(self, rule: Rule) -> Iterator[UnknownReferenceError]:
        """Yield the references of a rule to what cannot be."""
        self._bind(rule)
        for node in nodes(rule.tree):
            if node.get("type") == "ref":
                try:
                    self._resolve(node["value"])
                except UnknownReferenceError as error:
                    yield error

    def imports(self) -> Iterator[UnknownReferenceError]:
        """Yield the imports of what cannot be."""
        for path in self.module.imports:
            head, *steps = path.split(".")
            try:
                self._resolve([{"value": head}, *({"type": "string", "value": step} for step in steps)])
            except UnknownReferenceError as error:
                yield error

    def compared(self, rule: Rule) -> Iterator[ComparedTexts]:
        """Yield the references of a rule that it compares with texts."""
        self._bind(rule)
        for function, operands in _calls(rule.tree):
            name = _name(function)
            if name in _ORDERED or name == _MEMBER:
                left, right = operands[:2]
                for reference, other in ((left, right), (right, left)):
                    texts = _texts(other)
                    typed = self._typed(reference) if texts else None
                    if typed is not None:
                        yield ComparedTexts(_item(typed) if other is left and name == _MEMBER else typed, texts)
            yield from self._passed(function, operands)

    def _passed(self, function: Mapping[str, Any], operands: list[Mapping[str, Any]]) -> Iterator[ComparedTexts]:
        """Yield the texts that a rule passes to a function that says what it takes."""
        typed = self._typed(function)
        formats = (typed.schema or {}).get("args", ()) if typed is not None else ()
        for operand, takes in zip(operands, formats, strict=False):
            if typed is not None and takes and (texts := _texts(operand)):
                yield ComparedTexts(Typed(typed.path, {"format": takes}), texts)

    def matched(self, rule: Rule) -> Iterator[tuple[str, ...]]:
        """Yield the paths of texts that a rule passes to a function that matches texts."""
        self._bind(rule)
        for function, operands in _calls(rule.tree):
            if _name(function) in _MATCHES:
                for reference in operands:
                    compared = self._typed(reference)
                    if compared is not None:
                        yield compared.path

    def _bind(self, rule: Rule) -> None:
        self._variables = {}
        for _ in range(2):  # a variable may be bound to a part of a later one
            for node in nodes(rule.tree):
                for variable, typed in self._bindings(node):
                    bound = self._variables.setdefault(variable, typed)
                    if bound is not None and bound.path != typed.path:
                        self._variables[variable] = None

    def _bindings(self, node: Mapping[str, Any]) -> Iterator[tuple[str, Typed]]:
        terms = node.get("terms")
        if isinstance(terms, dict) and "domain" in terms:
            yield from self._element(terms["value"], terms["domain"])
        elif isinstance(terms, dict):
            for symbol in terms.get("symbols") or ():
                if symbol.get("type") == "call":
                    yield from self._element(symbol["value"][-2], symbol["value"][-1])
        elif isinstance(terms, list) and _name(terms[0]) == "assign" and terms[1].get("type") == "var":
            typed = self._typed(terms[2])
            if typed is not None:
                yield terms[1]["value"], typed

    def _element(self, variable: Mapping[str, Any], collection: Mapping[str, Any]) -> Iterator[tuple[str, Typed]]:
        typed = self._typed(collection)
        if typed is not None and variable.get("type") == "var":
            yield variable["value"], _item(typed)

    def _typed(self, term: Mapping[str, Any]) -> Typed | None:
        if term.get("type") == "var":
            return self._variables.get(term["value"])
        if term.get("type") == "call":
            return self._typed(term["value"][0])
        if term.get("type") != "ref":
            return None
        try:
            return self._resolve(term["value"])
        except UnknownReferenceError:
            return None

    def _resolve(self, terms: list[Mapping[str, Any]]) -> Typed | None:
        """Return what a reference refers to.

        Raises:
            UnknownReferenceError: it cannot refer to anything.

        """
        head, steps = str(terms[0].get("value")), [_step(term) for term in terms[1:]]
        if head in self._variables:
            typed = self._variables[head]
        elif head in self.module.aliases:
            head, *begun = self.module.aliases[head].split(".")
            steps = [*begun, *steps]
            typed = _ROOTS.get(head)
        else:
            typed = _ROOTS.get(head)
        if typed is None:
            return None
        if typed.path == ("data",) and steps:
            package = self._package(steps)
            if package is not None or steps[0] in _BUNDLED:
                return package
        for step in steps:
            typed = _below(typed, step)
        return typed

    def _package(self, steps: list[str]) -> Typed | None:
        """Return what a reference into the tree's packages refers to, None if it leads to none of them."""
        dotted = steps[: steps.index(_ANY)] if _ANY in steps else steps
        if not dotted or not any(name.split(".")[0] == dotted[0] for name in self.defined):
            return None
        for length in range(len(dotted), 0, -1):
            package = ".".join(dotted[:length])
            if package in self.defined:
                return self._rule(package, dotted[length:], steps[length + 1 :])
        if not self._parent(".".join(dotted)):
            raise UnknownReferenceError(dotted[-1], f"there is no package {'.'.join(dotted)}")
        return Typed(("data", *steps), None)

    def _rule(self, package: str, names: list[str], steps: list[str]) -> Typed:
        rules, unknown = self.defined[package], Typed(("data", package), None)
        if not names:
            return unknown
        if names[0] not in rules:
            if self._parent(".".join([package, *names])):
                return unknown
            if self._parent(f"{package}.{names[0]}"):
                raise UnknownReferenceError(names[-1], f"there is no package {'.'.join([package, *names])}")
            raise UnknownReferenceError(names[0], f"{package} has no rule {names[0]}{hint(names[0], rules)}")
        typed = rules[names[0]] or unknown
        for step in steps:
            typed = _below(typed, step)
        return typed

    def _parent(self, dotted: str) -> bool:
        return any(name.startswith(f"{dotted}.") for name in self.defined)


#: Each reference begins at one of these, at an import, a variable, a rule of its package, or a builtin.
_ROOTS: Final[Mapping[str, Typed]] = {name: Typed((name,), schema(name)) for name in ("input", "data")}


def nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every object of a parsed rule, outer ones first, in the order of the source."""
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from nodes(value)


def unused(modules: Mapping[str, Module], verbs: Collection[str]) -> Iterator[tuple[Module, Rule]]:
    """Yield the rules that are not verbs and that no module refers to, once per package and name."""
    asked = {(module.package, name) for module in modules.values() for name in verbs}
    for module in modules.values():
        for rule in module.rules:
            for name in _referred(module, rule):
                package, _, last = name.rpartition(".")
                asked.add((package or module.package, last))
    for module in modules.values():
        for rule in module.rules:
            name = rule.name.split(".")[0]
            if (module.package, name) not in asked:
                asked.add((module.package, name))
                yield module, rule


def _referred(module: Module, rule: Rule) -> Iterator[str]:
    """Yield the names of rules that a rule refers to: its own package's without a package."""
    for node in nodes({**rule.tree, "head": {**rule.tree["head"], "name": "", "ref": ()}}):
        if node.get("type") == "var":
            yield str(node["value"])
        elif node.get("type") == "ref":
            head, *steps = [str(term.get("value")) for term in node["value"] if term.get("type") in {"var", "string"}]
            dotted = [*module.aliases.get(head, head).split("."), *steps]
            if dotted[0] == "data":
                yield from (".".join(dotted[1:length]) for length in range(3, len(dotted) + 1))
            if head in module.aliases:
                yield module.aliases[head].removeprefix("data.")


def _calls(tree: Any) -> Iterator[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """Yield each call's function and operands."""
    for node in nodes(tree):
        terms = node.get("terms") if isinstance(node.get("terms"), list) else None
        if node.get("type") == "call":
            terms = node["value"]
        if terms:
            yield terms[0], terms[1:]


def _name(term: Mapping[str, Any]) -> str:
    return ".".join(str(part["value"]) for part in term["value"]) if term.get("type") == "ref" else ""


def _texts(term: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the texts of a text, or of a set or list that holds nothing else."""
    if term.get("type") == "string":
        return (term["value"],)
    members = term["value"] if term.get("type") in {"set", "array"} else ()
    return tuple(member["value"] for member in members if member.get("type") == "string")


def _step(term: Mapping[str, Any]) -> str:
    return str(term["value"]) if term.get("type") == "string" else _ANY


def _item(typed: Typed) -> Typed:
    return _below(typed, _ANY)


def _below(typed: Typed, step: str) -> Typed:
    """Return a member or an item.

    Raises:
        UnknownReferenceError: the schema has none.

    """
    path, schema = (*typed.path, step), typed.schema
    if schema is None or not schema.keys() & {"type", "enum", "const"}:
        return Typed(path, None)
    reference = ".".join(part for part in typed.path if part != _ANY)
    kind = schema.get("type", "string")
    if kind in _SCALARS:
        raise UnknownReferenceError(step, f"{reference} is {_SCALARS[kind]} and has no member {step}")
    if kind == "array":
        if step != _ANY:
            raise UnknownReferenceError(step, f"{reference} is a list and has no member {step}")
        return Typed(path, schema.get("items"))
    properties = schema.get("properties") or {}
    more = schema.get("additionalProperties")
    if step == _ANY:
        return Typed(path, more if isinstance(more, dict) and not properties else None)
    if step in properties:
        return Typed(path, properties[step])
    if more is False or (more is None and len(typed.path) == 1):
        raise UnknownReferenceError(step, f"{reference} has no member {step}{hint(step, properties)}")
    return Typed(path, more if isinstance(more, dict) else None)
