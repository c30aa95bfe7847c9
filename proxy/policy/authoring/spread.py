"""Modules with a line for each condition, so that coverage and mutants tell the head of a rule from its conditions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_TOKENS: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|#[^\n]*|[{}\[\]();\n]|\w+|[^\w"`#{}\[\]();\n]+|.')
_OPEN, _CLOSED = frozenset("{[("), frozenset("}])")


@dataclass(frozen=True, slots=True)
class SpreadSource:
    """A source, and the row of the original that each of its rows comes from (``rows[row - 1]``)."""

    text: str
    rows: tuple[int, ...]


@dataclass(slots=True)
class _Writer:
    """Where a source has been read to. ``in_body``: within the braces around the conditions of a rule."""

    pieces: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=lambda: [1])
    row: int = 1
    depth: int = 0
    in_body: bool = False
    begins: bool = False  # "if" was the last word

    def next_line(self, indent: str = "") -> None:
        self.pieces.append(f"\n{indent}")
        self.rows.append(self.row)


def spread(source: str) -> SpreadSource:
    """Return a module with a line for each condition of its rules; what it says stays."""
    writer = _Writer()
    for word in _TOKENS.findall(source):
        _take(writer, word)
    return SpreadSource("".join(writer.pieces), tuple(writer.rows))


def _take(writer: _Writer, word: str) -> None:
    begins = writer.begins and (word == "\n" or word.strip() != "")
    if begins:
        writer.begins, writer.in_body = False, word == "{"
        if word not in {"{", "\n"}:  # one condition, without braces
            writer.next_line("\t")
    elif word == ";" and writer.in_body and writer.depth == 1:
        writer.next_line("\t")
        return
    elif word in _CLOSED and writer.in_body and writer.depth == 1:
        writer.in_body = False
        writer.next_line()
    writer.pieces.append(word)
    writer.depth += (word in _OPEN) - (word in _CLOSED)
    writer.begins = writer.begins or (word == "if" and not writer.depth)
    if begins and writer.in_body:
        writer.next_line("\t")
    for _ in range(word.count("\n")):
        writer.row += 1
        writer.rows.append(writer.row)
