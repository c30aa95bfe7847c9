"""Stand-ins that are put back in the reply to the very exchange they were made for, and nowhere else.

``[CREDENTIAL_1]``, or a masked card with an index where its mask is not unique. They are kept in memory until the reply
is through; no vault ever holds one. A text that the caller's own messages contain is never used as one, in any letter
case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from proxy.core.search.json_context import JsonContext

#: What could be taken for a stand-in of ours.
_ALIKE = re.compile(r"\[[A-Za-z][A-Za-z0-9_]*_\d+\]|\d{0,6}\*{4,}\d{0,4}(?:-\d+)?")
_BACKSLASH = "\\"


class Placeholders:
    """The stand-ins of one exchange: ``made`` maps each to its original."""

    __slots__ = ("_counts", "_taken", "_texts", "made")

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = texts
        self._taken: set[str] | None = None
        self._counts: dict[str, int] = {}
        self.made: dict[str, str] = {}

    def of(self, replacement: str, value: str) -> str:
        """Return a stand-in of its own for a value that an operator replaced by a label or a mask."""
        if self._taken is None:
            self._taken = {found.lower() for text in self._texts for found in _ALIKE.findall(text)}
        made = "" if replacement.endswith("]") else replacement
        while not made or made.lower() in self._taken:
            made = self._numbered(replacement)
        self._taken.add(made.lower())
        self.made[made] = value
        return made

    def _numbered(self, replacement: str) -> str:
        labelled = replacement.endswith("]")
        number = self._counts[replacement] = self._counts.get(replacement, 0 if labelled else 1) + 1
        return f"{replacement[:-1]}_{number}]" if labelled else f"{replacement}-{number}"


def as_said(text: str, start: int, value: str) -> str:
    """Return the value that stands at ``start`` of a text, unescaped where it stands inside a JSON string."""
    if _BACKSLASH not in value:
        return value
    context = JsonContext()
    context.feed(text[:start])
    for _ in range(context.depth):
        try:
            value = json.loads(f'"{value}"')
        except ValueError:
            return value
    return value
