"""The text that leaves make together, a line for each value: of a document, of JSON or lines of it, of tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from proxy.core.leaves import TextLeaf, words_of
from proxy.detection.languages import words
from proxy.detection.text import statements, tables
from proxy.detection.text.context import ContextWords, normalised
from proxy.detection.text.fields import NUMBERED, Cell
from proxy.detection.text.listings import listing

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\]]|-?\d[\d.eE+-]*+')
_COLON: Final = re.compile(r"\s*:")
_FEWEST_LINES: Final = 2
#: Shorter numbers identify nobody by themselves, and under a key for people those of fewer digits.
_DIGITS, _FEWEST_DIGITS = 7, 3
#: Keys that are parts of a name beside each other only.
_PAIRS: Final = (("first", "last"), ("given", "family"), ("given", "surname"), ("first", "surname"), ("fname", "lname"))
_PARTS: Final = {key: f"{word} name" for pair in _PAIRS for key, word in zip(pair, ("first", "last"), strict=True)}
_OF_PEOPLE: Final = ContextWords(*words("number_columns"))


class Laid(NamedTuple):
    """The values of a text in order, each with its key or header; what stands between them is not a value.

    ``keys`` are those of JSON, with or without a value that is text. ``tabled``: the values are those of tables;
    ``of_people``: one of the columns holds personal data; ``stated``: they are those of statements; ``listed``: they
    are the lines of a listing.
    """

    cells: list[Cell]
    keys: tuple[str, ...] = ()
    tabled: bool = False
    of_people: bool = False
    stated: bool = False
    listed: bool = False


class Value(NamedTuple):
    """A value in a text: where its line begins, offsets, key, the number of its leaf, and the offset in that."""

    line: int
    start: int
    end: int
    label: str
    leaf: int
    origin: int


@dataclass
class Layout:
    """A text and the values in it. ``composed``: a line for each with its key, not one leaf as it is.

    ``columns`` are the cells of tables with a column of personal data, ``fields`` the other values with keys, ``keys``
    those without a value; ``stated`` are the leaves that hold statements, ``listed`` those that are listings of words
    or code.
    """

    text: str = ""
    values: list[Value] = field(default_factory=list)
    columns: list[Cell] = field(default_factory=list)
    fields: list[Cell] = field(default_factory=list)
    composed: bool = True
    stated: set[int] = field(default_factory=set)
    listed: set[int] = field(default_factory=set)
    keys: tuple[str, ...] = ()


def laid_together(leaves: Sequence[TextLeaf], keys: Iterable[str] = ()) -> Layout:
    """Return the text of a document, or of one leaf; at its end the ``keys`` that have no value."""
    laid = [laid_out(leaf.text) if leaf.guessed else Laid([]) for leaf in leaves]
    first = leaves[0]
    if not (first.document or laid[0].cells):
        value = Value(0, 0, len(first.text), first.label, 0, 0)
        return Layout(
            first.text, [value], fields=[Cell(first.label, 0, len(first.text))] if first.label else [], composed=False
        )
    layout, lines, line = Layout(), list[str](), 0
    names = _paired({leaf.label for leaf in leaves} | {cell.label for layout in laid for cell in layout.cells})
    for at, (leaf, (cells, _, tabled, of_people, stated, listed)) in enumerate(zip(leaves, laid, strict=True)):
        layout.stated.update([at] if stated else ())
        layout.listed.update([at] if listed else ())
        for former, start, end in cells or [Cell("", 0, len(leaf.text))]:
            text, label = leaf.text[start:end], former or ("" if listed else leaf.label)
            label = names.get(label.lower(), label)
            key = "" if former[:1] == NUMBERED else _heading(label, text)
            cell = Cell(label, line + len(key), line + len(key) + len(text))
            layout.values.append(Value(line, cell.start, cell.end, label, at, start))
            lines += (key, text, "\n")
            line = cell.end + 1
            if label and not (former and tabled):
                layout.fields.append(cell)
            elif former and of_people:
                layout.columns.append(cell)
    labels = {value.label for value in layout.values}
    empty = dict.fromkeys(key for key in (*keys, *(key for layout in laid for key in layout.keys)) if key not in labels)
    layout.keys = tuple(empty)
    layout.text = "".join((*lines, *(f"{key}:\n" for key in empty)))
    return layout


def _paired(labels: Iterable[str]) -> Mapping[str, str]:
    """Return what "first" and "last" mean where both are keys: the parts of a name."""
    low = {label.lower() for label in labels}
    return _PARTS if any(low >= {first, last} for first, last in _PAIRS) else {}


def _heading(label: str, text: str) -> str:
    if not label:
        return ""
    return f"{label}:\n" if "\n" in text else f"{label}: "


def laid_out(text: str) -> Laid:
    """Return the values of a text that is laid out; those of a listing are at least its lines."""
    shown = listing(text)
    if shown is None:
        return _laid_out(text)
    inner = _laid_out(shown.text)
    cells = inner.cells or [Cell("", 0, len(shown.text))]
    return inner._replace(cells=list(shown.back(cells)), listed=not inner.cells)


def _laid_out(text: str) -> Laid:
    if text.lstrip()[:1] in {"{", "["} and _holds_json(text):
        keys: dict[str, None] = {}
        return Laid(list(_of_json(text, keys)), tuple(keys))
    cells = [cell for cell in statements.laid_out(text) if not _is_small_number(text, cell)]
    stated = bool(cells)
    cells = cells or list(tables.laid_out(text))
    return Laid(cells, (), True, tables.are_about_people(cells), stated) if cells else Laid([])


def _is_small_number(text: str, cell: Cell) -> bool:
    """Whether a value is a number that identifies nobody by itself, nor by its key."""
    short = cell.end - cell.start < _DIGITS and text[cell.start : cell.end].isdecimal()
    return short and text[cell.start - 1 : cell.start] not in {"'", '"'} and not _is_key(cell)


def _is_key(cell: Cell) -> bool:
    return cell.end - cell.start >= _FEWEST_DIGITS and _OF_PEOPLE.opens(normalised(cell.label))


def _holds_json(text: str) -> bool:
    """Whether a text is JSON, or every line of it is."""
    if _is_json(text):
        return True
    lines = [line for line in text.split("\n") if line.strip()]
    return len(lines) >= _FEWEST_LINES and all(line.lstrip()[:1] in {"{", "["} and _is_json(line) for line in lines)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _of_json(text: str, keys: dict[str, None]) -> Iterator[Cell]:
    """Yield the values of JSON, and add its keys."""
    above: list[str] = []
    key = ""
    for token in _TOKEN.finditer(text):
        start, end = token.span()
        sign = text[start]
        if sign in "{[":
            above.append(key)
        elif sign in "}]":
            key = above.pop() if above else ""
        elif sign != '"':
            if end - start >= _DIGITS:
                yield Cell(key, start, end)
        elif _COLON.match(text, end):
            key = words_of(text[start + 1 : end - 1])
            keys[key] = None
        elif end - start > len('""'):
            yield Cell(key, start + 1, end - 1)
