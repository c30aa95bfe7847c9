"""Renders a chart as helm does, as far as ours goes: its expressions, conditions, loops and named templates."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

_TAG = re.compile(r"(\s*)\{\{(-?)(.*?)(-?)\}\}(\s*)", re.DOTALL)
_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[()|]|:=|,|[^\s()|,]+)')


def _indented(number: int, text: str) -> str:
    return "\n" + "\n".join(" " * number + line if line else line for line in text.splitlines())


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=False, width=1000).strip() if value else json.dumps(value)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "quote": lambda value: json.dumps(str(value)), "toYaml": _yaml, "toJson": json.dumps, "nindent": _indented,
    "sha256sum": lambda text: hashlib.sha256(text.encode()).hexdigest(), "add": lambda *numbers: sum(map(int, numbers)),
    "default": lambda fallback, value: value or fallback, "toString": str, "eq": lambda one, other: one == other,
    "trunc": lambda number, text: text[:number], "trimSuffix": lambda end, text: text.removesuffix(end),
    "dict": lambda *items: dict(zip(items[::2], items[1::2], strict=True)), "not": lambda value: not value,
    "and": lambda *values: next((one for one in values if not one), values[-1]), "or": lambda *values: next((one for one in values if one), values[-1]),
}  # fmt: skip


class Chart:
    """A chart with values over its own."""

    def __init__(self, folder: Path, values: Mapping[str, Any], release: str = "compliance-proxy") -> None:
        own = yaml.safe_load((folder / "values.yaml").read_text())
        chart = yaml.safe_load((folder / "Chart.yaml").read_text())
        self.root = {
            "Values": _over(own, values), "Release": {"Name": release, "Namespace": "x"},
            "Chart": {"Name": chart["name"], "AppVersion": chart["appVersion"]},
        }  # fmt: skip
        self.named: dict[str, list[Any]] = {}
        self.files = {path.name: self._parsed(path.read_text()) for path in sorted((folder / "templates").iterdir())}

    def documents(self) -> list[Any]:
        """Return every document that it renders."""
        texts = (self._text(nodes, self.root, {}) for name, nodes in self.files.items() if name.endswith(".yaml"))
        return [one for text in texts for one in yaml.safe_load_all(text) if one]

    def _parsed(self, text: str) -> list[Any]:
        parts: list[Any] = []
        at = 0
        for tag in _TAG.finditer(text):
            parts.append(text[at : tag.start()] + ("" if tag[2] else tag[1]))
            if not tag[3].strip().startswith("/*"):
                parts.append(tuple(_TOKEN.findall(tag[3])))
            parts.append("" if tag[4] else tag[5])
            at = tag.end()
        return self._block(iter([*parts, text[at:]]))[0]

    def _block(self, parts: Iterator[Any]) -> tuple[list[Any], tuple[str, ...]]:
        nodes: list[Any] = []
        for part in parts:
            word = part[0] if isinstance(part, tuple) else ""
            if word in {"end", "else"}:
                return nodes, part
            if word in {"if", "range", "with", "define"}:
                inner, ended = self._block(parts)
                other = self._block(parts)[0] if ended[0] == "else" else []
                if word == "define":
                    self.named[json.loads(part[1])] = inner
                else:
                    nodes.append((word, part[1:], inner, other))
            else:
                nodes.append(part)
        return nodes, ()

    def _text(self, nodes: list[Any], dot: Any, variables: Mapping[str, Any]) -> str:
        return "".join(self._node(node, dot, variables) for node in nodes)

    def _node(self, node: Any, dot: Any, variables: Mapping[str, Any]) -> str:
        if isinstance(node, str):
            return node
        if len(node) == 4 and isinstance(node[2], list):
            return self._branch(node, dot, variables)
        value = self._value(node, dot, variables)
        return "" if value is None else str(value)

    def _branch(self, node: Any, dot: Any, variables: Mapping[str, Any]) -> str:
        word, words, inner, other = node
        names = [one for one in words[: words.index(":=")] if one.startswith("$")] if ":=" in words else []
        value = self._value(words[words.index(":=") + 1 :] if names else words, dot, variables)
        if not value:
            return self._text(other, dot, variables)
        if word == "range":
            items = value.items() if isinstance(value, Mapping) else enumerate(value)
            return "".join(
                self._text(inner, item[1], {**variables, **dict(zip(names, item[-len(names) :], strict=True))})
                for item in items
            )
        return self._text(inner, value if word == "with" else dot, variables)

    def _value(self, words: tuple[str, ...], dot: Any, variables: Mapping[str, Any]) -> Any:
        value, rest = self._pipeline(list(words), dot, variables)
        assert not rest, words
        return value

    def _pipeline(self, words: list[str], dot: Any, variables: Mapping[str, Any]) -> tuple[Any, list[str]]:
        piped: list[Any] = []
        while True:
            operands: list[Any] = []
            while words and words[0] not in {"|", ")"}:
                word, *words = words
                if word == "(":
                    value, words = self._pipeline(words, dot, variables)
                    words = words[1:]
                else:
                    value = self._operand(word, dot, variables)
                operands.append(value)
            first, *others = operands
            piped = [first(*others, *piped) if callable(first) else first]
            if not words or words[0] == ")":
                return piped[0], words
            words = words[1:]

    def _operand(self, word: str, dot: Any, variables: Mapping[str, Any]) -> Any:
        if word[0] in '"0123456789':
            return json.loads(word)
        if word == "include":
            return lambda name, about: self._text(self.named[name], about, {}).strip("\n")
        if word in FUNCTIONS:
            return FUNCTIONS[word]
        start, *path = word.split(".")
        found = variables.get(start, self.root) if start.startswith("$") else dot
        return functools.reduce(lambda value, name: (value or {}).get(name), [one for one in path if one], found)


def _over(own: Any, other: Any) -> Any:
    if isinstance(own, dict) and isinstance(other, Mapping):
        return {**own, **{name: _over(own.get(name), value) for name, value in other.items()}}
    return other
