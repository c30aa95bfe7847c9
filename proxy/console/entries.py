"""Entries of the registry as forms: fields from their JSON schema, with what stands there, and back. Pure."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proxy.runtime.integers import whole_number

#: How the fields of a form are named, before the member.
PREFIX = "v."
#: How the hidden field of a row is named, which says what row of the entry it is of.
OF_ROW = "r."
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
                return {_YES: True, _NO: False}.get(text, text)
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
class EntryRows:
    """A member that is a list of objects: the fields of each row, the last of which is spare."""

    name: str
    rows: Sequence[Sequence[EntryField]]

    def written(self, stood: Sequence[Any], answers: Mapping[str, str]) -> list[tuple[str, dict[str, Any]]]:
        """Return the rows as they were written, each with the number of the one that stood there, "" for a new one.

        A row without any field is gone; members of a row that have no field stay.

        Raises:
            NotANumberError: a number is none.

        """
        changed = []
        for number in sorted({int(match[1]) for name in answers if (match := self._numbered.match(name))}):
            origin = answers.get(f"{OF_ROW}{self.name}.{number}", "")
            position = whole_number(origin, len(stood) - 1) if stood else None
            row = copy.deepcopy(stood[position]) if position is not None else {}
            fields = {cell.path[-1]: cell for cell in self.rows[-1]}
            for member, cell in fields.items():
                _put(row, (member,), cell.read(answers.get(f"{PREFIX}{self.name}.{number}.{member}", "")))
            changed += [(origin if position is not None else "", row)] if row.keys() & fields.keys() else []
        return changed

    @property
    def _numbered(self) -> re.Pattern[str]:
        return re.compile(rf"{re.escape(PREFIX + self.name)}\.([0-9]{{1,4}})\.")


@dataclass(frozen=True, slots=True)
class EntryForm:
    """What a form of an entry offers: its own members, lists of rows, pieces of evidence, and what could be added."""

    fields: Sequence[EntryField] = ()
    parts: Mapping[str, Sequence[EntryField]] = field(default_factory=dict)
    absent: Sequence[str] = ()
    groups: Mapping[str, EntryRows] = field(default_factory=dict)

    def changed(self, value: Any, inputs: Mapping[str, str]) -> Any:
        """Return the value with what was written; members that the form does not offer stay as they are.

        Raises:
            NotANumberError: a number is none.

        """
        result = copy.deepcopy(value)
        for words in (*self.fields, *(each for fields in self.parts.values() for each in fields)):
            if words.name in inputs:
                _put(result, words.path, words.read(inputs[words.name]))
        for name, group in self.groups.items():
            rows = [row for _, row in group.written(value.get(name) or (), inputs)]
            if rows or name in value:
                result[name] = rows
        return {name: member for name, member in result.items() if member != {} or name not in self.parts}

    def origins(self, value: Any, inputs: Mapping[str, str]) -> dict[str, str]:
        """Return which row of the value each row of ``changed`` is of, by group and number."""
        return {
            f"{name}.{at}": origin
            for name, group in self.groups.items()
            for at, (origin, _) in enumerate(group.written(value.get(name) or (), inputs))
        }


def form(schema: Mapping[str, Any], segments: Sequence[str], value: Any, add: str = "") -> EntryForm | None:
    """Return the form of the entry at a place of a document, None where it has none: only JSON says it.

    ``add``: a piece of evidence that is not there yet.
    """
    node = _node(schema, segments)
    if node is None or not isinstance(value, Mapping) or "properties" not in node:
        return None
    fields, parts, groups, absent = [], {}, {}, []
    for name, member in node["properties"].items():
        resolved = _resolved(schema, member)
        inner, row = resolved.get("properties"), _resolved(schema, resolved.get("items", {}))
        if "properties" in row:
            rows = [*(value.get(name) or ()), {}]
            shown = [list(_members(schema, (name, str(at)), row, each)) for at, each in enumerate(rows)]
            groups[name] = EntryRows(name, shown)
        elif inner is None:
            entry_field = _field(schema, (name,), resolved, value.get(name), required=name in node.get("required", ()))
            fields += [entry_field] if entry_field is not None else []
        elif name in value or name == add:
            parts[name] = list(_members(schema, (name,), resolved, value.get(name) or {}))
        else:
            absent.append(name)
    return EntryForm(fields, parts, absent, groups)


def labels(schema: Mapping[str, Any], sections: Iterable[str]) -> set[str]:
    """Return what forms of new entries call their members, their pieces of evidence, and what there is to choose."""
    called = set()
    for section in sections:
        empty = form(schema, (section, ""), {}) or EntryForm()
        wholes = [form(schema, (section, ""), {}, part) or EntryForm() for part in empty.absent]
        fields = [*empty.fields, *(each for group in empty.groups.values() for each in group.rows[-1])]
        fields += [each for whole in wholes for part in whole.parts.values() for each in part]
        called |= {spelled(name) for name in (*empty.absent, *empty.groups)}
        texts = (text for each in fields for text in (each.label, *map(spelled, each.choices)))
        called |= {text for text in texts if not text.isdecimal()}
    return called


def spelled(name: str) -> str:
    """Return the name of a member in words."""
    return name.replace("_", " ")


def _members(
    schema: Mapping[str, Any], path: tuple[str, ...], node: Mapping[str, Any], value: Mapping[str, Any]
) -> Iterator[EntryField]:
    for member, described in node["properties"].items():
        entry_field = _field(schema, (*path, member), _resolved(schema, described), value.get(member), required=False)
        if entry_field is not None:
            yield entry_field


def _field(
    schema: Mapping[str, Any], path: tuple[str, ...], node: Mapping[str, Any], value: Any, *, required: bool
) -> EntryField | None:
    """Return the field of a member, None where a form cannot say it."""
    kind = str(node.get("type", ""))
    if "enum" in node:
        return EntryField(path, "choice", value or "", required, tuple(map(str, node["enum"])))
    if kind == "boolean":
        text = value if isinstance(value, str) else "" if value is None else _YES if value else _NO
        return EntryField(path, "flag", text, required, (_YES, _NO, *node.get("others", ())))
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
    """Return what a reference or a choice with null stands for; of others only yes, no or a word has a form."""
    if "$ref" in node:
        return _resolved(schema, schema["$defs"][node["$ref"].rpartition("/")[2]])
    if "anyOf" in node:
        others = [item for item in node["anyOf"] if item.get("type") != "null"]
        words = [item["const"] for item in others if isinstance(item.get("const"), str)]
        if len(words) == len(others) - 1 and {"type": "boolean"} in others:
            return {"type": "boolean", "others": words}
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
