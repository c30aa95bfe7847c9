"""Entries of the registry as forms: fields from their JSON schema, with what stands there, and back. Pure."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: How the fields of a form are named, before the member.
PREFIX = "v."
_DATED = re.compile(r"(_on|expires|since|until|created|reviewed)$")
_NUMBERS: Mapping[str, type[int | float]] = {"integer": int, "number": float}
_YES, _NO = "yes", "no"


class NotANumberError(ValueError):
    """What was written for a number is none."""


@dataclass(frozen=True, slots=True)
class EntryField:
    """One member: its path in the entry, what kind of input it takes, and what stands there as text."""

    path: tuple[str, ...]
    kind: str  # text | date | number | list | choice | flag
    text: str
    required: bool = False
    choices: Sequence[str] = ()
    number: type[int | float] = int

    @property
    def name(self) -> str:
        """The name of its input."""
        return PREFIX + ".".join(self.path)

    @property
    def label(self) -> str:
        """What it is called."""
        return spelled(self.path[-1])

    def read(self, written: str) -> Any:
        """Return the value of what was written, None for nothing.

        Raises:
            NotANumberError: it is not what this takes.

        """
        text = written.strip()
        if not text:
            return None
        match self.kind:
            case "flag":
                return text == _YES
            case "list":
                return [word.strip() for word in text.split(",") if word.strip()]
            case "number":
                try:
                    return self.number(text)
                except ValueError as error:
                    raise NotANumberError(f"{self.label}: a number is expected") from error
            case _:
                return text


@dataclass(frozen=True, slots=True)
class EntryForm:
    """What a form of an entry offers: its own members, those of each piece of evidence, and what could be added."""

    own: Sequence[EntryField] = ()
    parts: Mapping[str, Sequence[EntryField]] = field(default_factory=dict)
    absent: Sequence[str] = ()

    def changed(self, value: Any, given: Mapping[str, str]) -> Any:
        """Return the value with what was written; members that the form does not offer stay as they are.

        Raises:
            NotANumberError: a number is none.

        """
        made = copy.deepcopy(value)
        for words in (*self.own, *(each for fields in self.parts.values() for each in fields)):
            if words.name in given:
                _put(made, words.path, words.read(given[words.name]))
        return {name: member for name, member in made.items() if member != {} or name not in self.parts}


def form(schema: Mapping[str, Any], segments: Sequence[str], value: Any, add: str = "") -> EntryForm | None:
    """Return the form of the entry at a place of a document, None where it has none: only JSON says it.

    ``add``: a piece of evidence that is not there yet.
    """
    node = _node(schema, segments)
    if node is None or not isinstance(value, Mapping) or "properties" not in node:
        return None
    own, parts, absent = [], {}, []
    for name, member in node["properties"].items():
        resolved = _resolved(schema, member)
        inner = resolved.get("properties")
        if inner is None:
            made = _field(schema, (name,), resolved, value.get(name), required=name in node.get("required", ()))
            own += [made] if made is not None else []
        elif name in value or name == add:
            parts[name] = list(_members(schema, name, resolved, value.get(name) or {}))
        else:
            absent.append(name)
    return EntryForm(own, parts, absent)


def labels(schema: Mapping[str, Any], sections: Iterable[str]) -> set[str]:
    """Return what members of new entries, and of each piece of evidence that they can have, are called."""
    called = set()
    for section in sections:
        empty = form(schema, (section, ""), {})
        for part in empty.absent if empty is not None else ():
            whole = form(schema, (section, ""), {}, part)
            called |= {spelled(part)} | {one.label for one in (whole.parts[part] if whole is not None else ())}
        called |= {one.label for one in (empty.own if empty is not None else ())}
    return called


def spelled(name: str) -> str:
    """Return the name of a member in words."""
    return name.replace("_", " ")


def _members(
    schema: Mapping[str, Any], name: str, node: Mapping[str, Any], value: Mapping[str, Any]
) -> Iterator[EntryField]:
    for member, described in node["properties"].items():
        made = _field(schema, (name, member), _resolved(schema, described), value.get(member), required=False)
        if made is not None:
            yield made


def _field(
    schema: Mapping[str, Any], path: tuple[str, ...], node: Mapping[str, Any], value: Any, *, required: bool
) -> EntryField | None:
    """Return the field of a member, None where a form cannot say it."""
    kind = str(node.get("type", ""))
    if "enum" in node:
        return EntryField(path, "choice", value or "", required, tuple(map(str, node["enum"])))
    if kind == "boolean":
        return EntryField(path, "flag", "" if value is None else _YES if value else _NO, required, (_YES, _NO))
    if kind in _NUMBERS:
        return EntryField(path, "number", "" if value is None else str(value), required, (), _NUMBERS[kind])
    if kind == "array" and _resolved(schema, node.get("items", {})).get("type") == "string":
        return EntryField(path, "list", ", ".join(value or ()), required)
    if kind == "string":
        return EntryField(path, "date" if _DATED.search(path[-1]) else "text", value or "", required)
    return None


def _node(schema: Mapping[str, Any], segments: Sequence[str]) -> Mapping[str, Any] | None:
    """Return the schema of a place, None where it has none of its own."""
    node = _resolved(schema, schema)
    for segment in segments:
        inner = node.get("properties", {}).get(segment) or node.get("additionalProperties") or node.get("items")
        if not isinstance(inner, Mapping):
            return None
        node = _resolved(schema, inner)
    return node


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a reference or a choice with null stands for; a choice of several has no form."""
    if "$ref" in node:
        return _resolved(schema, schema["$defs"][node["$ref"].rpartition("/")[2]])
    if "anyOf" in node:
        others = [item for item in node["anyOf"] if item.get("type") != "null"]
        return _resolved(schema, others[0]) if len(others) == 1 else {}
    return node


def _put(document: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Put a value at a place of a document; None removes it."""
    *outer, last = path
    for name in outer:
        document = document.setdefault(name, {})
    if value is None:
        document.pop(last, None)
    else:
        document[last] = value
