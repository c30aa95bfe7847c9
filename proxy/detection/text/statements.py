"""The values of SQL: its literals, each with the column that it is compared with, set to or inserted into."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from proxy.detection.text import tables
from proxy.detection.text.fields import Cell

_START: Final = re.compile(
    r"(?i)(?:\s+|--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/|\()*+(?:insert\s+(?:ignore\s+)?into|replace\s+into|update\s+\S+\s+set|delete\s+from"
    r"|select\b[^;]{1,2000}?\sfrom|merge\s+into|with\s+\w+\s+as\s*\(|create\s+(?:table|view)|begin\s*;)\s"
)
_TOKEN: Final = re.compile(
    r"(?P<comment>--[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/)|(?P<literal>'(?:[^']|'')*+')|(?P<number>\b\d{7,}\b)"
    r"|(?P<name>[^\W\d]\w*|\"[^\"\n]*\"|`[^`\n]*`)"
)
#: Words between a column and its literal.
_OPERATORS: Final = frozenset("and or not in is like ilike similar to between any all set values where on".split())
_MOST: Final = 20_000


def laid_out(text: str) -> Iterator[Cell]:
    """Yield the literals of a text that begins with a statement, under their columns, and its comments."""
    if _START.match(text) is None:
        return
    inserted = {cell.start: cell.label for cell in tables.inserted(text)}
    column = ""
    for token in islice(_TOKEN.finditer(text), _MOST):
        start, end = token.span()
        if token["name"]:
            word = token["name"].strip('"`')
            column = column if word.lower() in _OPERATORS else word
        elif token["comment"]:
            yield Cell("", start, end)
        elif token["number"]:
            yield Cell(inserted.get(start, column), start, end)
        elif end - start > len("''"):
            yield Cell(inserted.get(start + 1, column), start + 1, end - 1)
