"""Placeholders: stand-ins that are restored in the reply to the same exchange, and nowhere else.

``[CREDENTIAL_1]``, or a masked card with an index if its mask is not unique. They live in memory until the reply is
delivered and are never stored in a vault. A text that occurs in the caller's own messages, in any letter case, is never
used as one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from proxy.core.search.json_context import JsonContext

#: Texts that could be mistaken for a placeholder.
_ALIKE = re.compile(r"\[[A-Za-z][A-Za-z0-9_]*_\d+\]|\d{0,6}\*{4,}\d{0,4}(?:-\d+)?")
_BACKSLASH = "\\"


class Placeholders:
    """The placeholders of one exchange: ``originals`` maps each to its original."""

    __slots__ = ("_counts", "_taken", "_texts", "originals")

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = texts
        self._taken: set[str] | None = None
        self._counts: dict[str, int] = {}
        self.originals: dict[str, str] = {}

    def of(self, replacement: str, value: str) -> str:
        """Return a unique placeholder for a value that an operator replaced by a label or a mask."""
        if self._taken is None:
            self._taken = {alike.lower() for text in self._texts for alike in _ALIKE.findall(text)}
        placeholder = "" if replacement.endswith("]") else replacement
        while not placeholder or placeholder.lower() in self._taken:
            placeholder = self._numbered(replacement)
        self._taken.add(placeholder.lower())
        self.originals[placeholder] = value
        return placeholder

    def _numbered(self, replacement: str) -> str:
        labelled = replacement.endswith("]")
        number = self._counts[replacement] = self._counts.get(replacement, 0 if labelled else 1) + 1
        return f"{replacement[:-1]}_{number}]" if labelled else f"{replacement}-{number}"


def unescaped(text: str, start: int, value: str) -> str:
    """Return the value at ``start`` of a text, unescaped if it is inside a JSON string."""
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
