"""A query -> the same query over views of the columns alone that it names. Pure.

An exchange has more than a hundred columns, and the database that is asked binds each column of each view that a query
names, however few it reads: that costs more than the reading. So what a query names of the views over exchanges is
written before it as common table expressions, with the columns whose names stand in its text. A column whose name
stands nowhere in a query can be in no row that it returns, unless it returns all: such a query stays as it is.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

_VIEW = re.compile(r"^CREATE VIEW evidence\.(\w+) AS\n(.*?);$", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"\w+")
_STAR = re.compile(r"((?:\w+\.)?)\*(?: (EXCLUDE|REPLACE) \((.*)\))?", re.DOTALL)
_ALL_ALIKE = re.compile(r"\bDISTINCT\s+(?:\w+\.)?\*", re.IGNORECASE)
_NAMED = re.compile(r'(?:\bAS\s+|\.|^)"?(\w+)"?$')
_JOIN = re.compile(r" LEFT JOIN \(.*?\) (\w+) ON [^\n]*", re.DOTALL)
_BEGIN = re.compile(r"^(?:\s|--[^\n]*\n)*WITH\s", re.IGNORECASE)
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|--[^\n]*|.", re.DOTALL)
_SELECTED = re.compile(r"\bSELECT\b(.*?)(?:\bFROM\b|$)", re.IGNORECASE | re.DOTALL)
_ROWS = "derived.exchange"
#: A view of which others are made, and a name that no query gives anything.
_OF, _OWN = re.compile(r"\b(?:evidence\.(\w+)|derived\.exchange)\b"), "evidence_{}"


class _Select(NamedTuple):
    """One SELECT: what it returns, each by its name, and all from its FROM on."""

    items: Sequence[tuple[str, str]]
    rest: str


def narrowed(query: str, views: str, columns: Sequence[str], rows: Callable[[Sequence[str]], str]) -> str:
    """Return a query over the columns that it names, or as it is where it returns all that there are.

    ``views`` create what it may ask, ``columns`` are those of an exchange, ``rows`` returns a query of some of them.
    """
    if _ALL_ALIKE.search(query) or not (outer := _outer(query)) or any(_STAR.fullmatch(item) for item in outer):
        return query
    selects_by_view = _views(views, tuple(columns))
    words, named, expressions = {*_WORD.findall(query)}, _names(query), []
    for name in reversed([*selects_by_view]):
        if name in named:
            text = " UNION ALL ".join(_kept(selects_by_view[name], words))
            words |= {*_WORD.findall(text)}
            named |= _names(text)
            expressions.append(f"{_OWN.format(name)} AS NOT MATERIALIZED ({_owned(text, selects_by_view)})")
    if not expressions and _ROWS not in query:
        return query
    wanted = [column for column in columns if column in words] or list(columns[:1])
    expressions.append(f"{_OWN.format('row')} AS NOT MATERIALIZED ({rows(wanted)})")
    tables, begun = ", ".join(reversed(expressions)), _BEGIN.match(query)
    rest = _owned(query[begun.end() :] if begun else query, selects_by_view)
    return f"WITH {tables}{', ' if begun else ' '}{rest}"


def _names(query: str) -> set[str]:
    return {name for name in _OF.findall(query) if name}


def _owned(text: str, views: Iterable[str]) -> str:
    """Return a text that asks the expressions in place of views."""
    narrowable = {*views}

    def expression(match: re.Match[str]) -> str:
        if match[1] is None:
            return _OWN.format("row")
        return _OWN.format(match[1]) if match[1] in narrowable else match[0]

    return _OF.sub(expression, text)


@functools.cache
def _views(views: str, columns: tuple[str, ...]) -> Mapping[str, Sequence[_Select]]:
    """Return the views that are made of exchanges, in their order: a SELECT, or several whose rows are put together."""
    selects_by_view: dict[str, Sequence[_Select]] = {}
    for name, text in _VIEW.findall(views):
        if any(f"evidence.{other}" in text for other in selects_by_view) or _ROWS in text:
            selects_by_view[name] = [_parsed(select, columns) for select in re.split(r"\nUNION ALL\n", text)]
    return selects_by_view


def _parsed(select: str, columns: Sequence[str]) -> _Select:
    """Return what a SELECT consists of; all that it takes from an exchange is told by name."""
    begin, end = _clauses(select)[0]
    items: list[tuple[str, str]] = []
    for item in _split(select[begin:end]):
        star = _STAR.fullmatch(item)
        items += _all_of(star, columns) if star else [(_name(item), item)]
    return _Select(items, select[end:])


def _all_of(star: re.Match[str], columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    changes = {_name(item): item for item in _split(star[3] or "")}
    for name in columns:
        if star[2] != "EXCLUDE" or name not in changes:
            yield name, changes[name] if name in changes else f'{star[1]}"{name}"'


def _kept(selects: Sequence[_Select], words: set[str]) -> Iterable[str]:
    """Yield each SELECT with what is named of it. The first list that is taken apart makes the rows, so it stays."""
    wanted = words.union(*(_WORD.findall(select.rest) for select in selects))
    first = next((name for name, item in selects[0].items if item.startswith("unnest(")), None)
    indices = [index for index, (name, _) in enumerate(selects[0].items) if name in wanted or name == first] or [0]
    for select in selects:
        items = [select.items[index][1] for index in indices]
        yield f"SELECT {', '.join(items)} {_joined(select.rest, items)}"


def _joined(rest: str, items: Iterable[str]) -> str:
    """Return what follows the items, without a join of which they name nothing: each row finds at most one there."""
    selected = " ".join(items)
    return _JOIN.sub(lambda join: join[0] if f"{join[1]}." in selected else "", rest)


def _name(item: str) -> str:
    match = _NAMED.search(item)
    return match[1] if match else item


def _outer(query: str) -> list[str]:
    """Return what the outermost SELECT of a query returns, or all of several together."""
    return [item for begin, end in _clauses(query) for item in _split(query[begin:end])]


def _clauses(query: str) -> list[tuple[int, int]]:
    """Return where what a SELECT outside of brackets returns begins and ends, for each."""
    return [match.span(1) for match in _SELECTED.finditer(_masked(query))]


def _split(items: str) -> list[str]:
    """Return what commas outside of brackets separate."""
    ends = [at for at, character in enumerate(_masked(items)) if character == ","]
    pairs = zip([0, *(end + 1 for end in ends)], [*ends, len(items)], strict=True)
    return [item for begin, end in pairs if (item := items[begin:end].strip())]


@functools.lru_cache(maxsize=512)
def _masked(text: str) -> str:
    """Return a text of the same length with blanks for what is in brackets, quotes and comments."""
    depth, shown = 0, []
    for token in _TOKEN.finditer(text):
        depth -= token[0] in _CLOSING
        shown.append(token[0] if not depth and len(token[0]) == 1 else " " * len(token[0]))
        depth += token[0] in _OPENING
    return "".join(shown)
