"""Reads a file of rules and compiles it; all that is wrong is said at once, by line."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml
from pydantic import ValidationError

from proxy.core import nearest
from proxy.policy.faults import BundleRefusedError
from proxy.policy.forms.form import Conditions, HouseRule, HouseRules
from proxy.policy.forms.module import CompiledRule, module
from proxy.policy.forms.twin import twin

_MEMBERS: Final = (*HouseRules.model_fields, *HouseRule.model_fields, *Conditions.model_fields)


def compiled(name: str, source: str, file: str) -> tuple[str, str]:
    """Return the module and the twin test of a file of rules. ``name`` is that of the package below ``org``.

    Raises:
        BundleRefusedError: the file is no such form; the message names every line that is wrong.

    """
    if re.fullmatch(r"[a-z][a-z0-9_]*", name) is None:
        raise BundleRefusedError("form", f"{file}: name the file in lower case, digits and underscores")
    try:
        node = yaml.compose(source, Loader=yaml.SafeLoader) or yaml.MappingNode("", [], yaml.Mark(file, 0, 0, 0, "", 0))
        document = _value(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row, problem = mark.line + 1 if mark else 1, getattr(error, "problem", error)
        raise BundleRefusedError("form", f"{file}:{row}: {problem}") from None
    try:
        rules = HouseRules.model_validate(document)
    except ValidationError as error:
        faults = [f"{file}:{_row(node, fault['loc'])}: {_worded(fault)}" for fault in error.errors()]
        raise BundleRefusedError("form", "\n".join(faults)) from None
    written = [
        CompiledRule(name, rule, functools.partial(_row_in_rule, node, index)) for index, rule in enumerate(rules.rules)
    ]
    return module(name, rules, written), twin(name, written)


def _value(node: yaml.Node) -> Any:
    """Return what a node says: words, numbers, true and false, as YAML 1.2 reads them.

    Raises:
        yaml.MarkedYAMLError: a key is repeated, or a node refers to another.

    """
    read: set[int] = set()

    def value(node: yaml.Node) -> Any:
        if id(node) in read:
            raise yaml.MarkedYAMLError(problem="write it out: anchors are not read", problem_mark=node.start_mark)
        if isinstance(node, yaml.ScalarNode):
            plain = node.style is None
            return _scalar(node.value) if plain else node.value
        read.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [value(item) for item in node.value]
        members: dict[str, Any] = {}
        for key, item in node.value:
            if str(key.value) in members:
                raise yaml.MarkedYAMLError(problem=f"{key.value} is stated twice", problem_mark=key.start_mark)
            members[str(key.value)] = value(item)
        return members

    return value(node)


def _scalar(text: str) -> Any:
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else text


def _row_in_rule(node: yaml.Node, index: int, *steps: str) -> int:
    """Return the line of a rule, or of a member of it."""
    return _row(node, ("rules", index, *steps))


def _row(node: yaml.Node, steps: Sequence[int | str]) -> int:
    """Return the line of a member, or of what is nearest to it."""
    row = node.start_mark.line
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == step), None)
            if pair is None:
                break
            row, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            row = node.start_mark.line
    return row + 1


def _worded(fault: Mapping[str, Any]) -> str:
    member = ".".join(str(step) for step in fault["loc"] if isinstance(step, str))
    if fault["type"] == "extra_forbidden":
        member, _, last = member.rpartition(".")
        return f"unknown member {last}{f' of {member}' if member else ''}{nearest.hint(last, _MEMBERS)}"
    return f"{member}: {fault['msg'].removeprefix('Value error, ')}".removeprefix(": ")
