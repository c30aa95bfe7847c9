"""What must not change in a text however its values are replaced: keys, rows, statements, the shape of code."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import yaml

_FAULTS = (ValueError, csv.Error, yaml.YAMLError)
_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")


def broken(kind: str, before: str, after: str) -> str:
    """Return what is broken in a text of a kind, "" if nothing is or the text was not of that form to begin with."""
    shape = _SHAPES.get(kind)
    if shape is None or before == after:
        return ""
    try:
        expected = shape(before)
    except _FAULTS:
        return ""
    try:
        return "" if shape(after) == expected else f"{kind}: another shape"
    except _FAULTS:
        return f"{kind}: no longer parses"


def keys(value: Any) -> Any:
    """Return a document with every leaf reduced to its type."""
    if isinstance(value, dict):
        return {key: keys(one) for key, one in value.items()}
    if isinstance(value, list):
        return [keys(one) for one in value]
    return type(value).__name__


def _json(text: str) -> Any:
    return keys(json.loads(text))


def _csv(text: str) -> Any:
    """Return the header, and the number of cells in each row."""
    separator = max(",;\t|", key=text.partition("\n")[0].count)
    rows = list(csv.reader(io.StringIO(text), delimiter=separator, strict=True))
    return rows[:1], [len(row) for row in rows]


def _sql(text: str) -> Any:
    """Return the statements with every literal blanked."""
    bare = _LITERAL.sub("?", text)
    if "'" in bare:
        raise ValueError("a quote that is not closed")
    return bare


def _yaml(text: str) -> Any:
    return keys(yaml.safe_load(text))


def _code(text: str) -> Any:
    """Return the syntax tree with every constant blanked: identifiers, keywords, decorators, calls."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text)
    except SyntaxError as error:
        raise ValueError("no code") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value, node.kind = None, None
    return ast.dump(tree)


_SHAPES: Mapping[str, Callable[[str], Any]] = {
    "json": _json,
    "json opaque": _json,
    "csv": _csv,
    "sql": _sql,
    "config": _yaml,
    "python": _code,
}
