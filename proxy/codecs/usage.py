"""Where the replies of an API say what they used, as a table of paths; and what one reply said. Pure.

A table also has where a reply says that its model, or a filter of the target's, refuses to answer (``RefusalPlace``).

``"usage.input_tokens + usage.cache_read_input_tokens | @x-tokens"``: the sum of what stands at two paths, where
neither stands there the header. ``data[*].tokens`` adds up the elements of a list, ``#data[*]`` counts them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

from proxy.codecs import places
from proxy.core.usage import COUNTS, Counts

#: Larger numbers are none that a target counted.
_MOST, _DIGITS = 1 << 48, 15
_COUNT, _HEADER, _LISTED = "#", "@", "[*]"
_PATH = re.compile(r"[^\s|+]+")


class RefusalPlace(NamedTuple):
    """Where a reply says that its model, or a filter of the target's, refuses to answer."""

    path: str
    words: frozenset[str]  # that say so there; none: any text does
    mark: bytes  # without it in its bytes, nothing says so


class _Plain(NamedTuple):
    """A path without lists, with its keys."""

    path: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UsageTable:
    """Where one reply, or event, says what it used, and that it refuses."""

    counts: Mapping[str, Sequence[Sequence[str]]]  # name of a count -> alternatives -> paths that are added up
    plain: tuple[_Plain, ...]
    listed: tuple[str, ...]  # paths through lists
    headers: tuple[str, ...]
    sums: tuple[tuple[str, tuple[str, ...]], ...]  # (name of a count, paths that are added up), in order
    #: Strings of which an event that counts tokens, or refuses, holds one.
    marks: tuple[bytes, ...]
    refusals: tuple[RefusalPlace, ...] = ()
    inside: tuple[str, ...] = ()  # members that may hold the reply: the paths lead on from there too

    @classmethod
    def of(cls, **counts: str) -> Self:
        """Return the table of expressions, by the name of a count."""
        unknown = counts.keys() - set(COUNTS)
        if unknown:
            raise ValueError(f"no counts: {', '.join(sorted(unknown))}")
        alternatives = {
            name: [_PATH.findall(alternative) for alternative in expression.split("|")]
            for name, expression in counts.items()
        }
        return cls._compiled(alternatives)

    @classmethod
    def _compiled(cls, counts: Mapping[str, Sequence[Sequence[str]]]) -> Self:
        paths = dict.fromkeys(path for some in counts.values() for paths in some for path in paths)
        inside = [path for path in paths if path[0] != _HEADER]
        keys = dict.fromkeys(path.rpartition(".")[2] for path in inside if _LISTED not in path.rpartition(".")[2])
        return cls(
            counts=counts,
            plain=tuple(_Plain(path, tuple(path.split("."))) for path in inside if _LISTED not in path),
            listed=tuple(path for path in inside if _LISTED in path),
            headers=tuple(path for path in paths if path[0] == _HEADER),
            sums=tuple((name, tuple(paths)) for name, some in counts.items() for paths in some),
            marks=tuple(f'"{key}"'.encode() for key in keys),
        )

    def refusing(self, words: Mapping[str, Collection[str]]) -> Self:
        """Return the table of replies that refuse with such words, by path; where there are none, any text does."""
        refusals = [RefusalPlace(path, frozenset(some), _mark(path, some)) for path, some in words.items()]
        marks = dict.fromkeys((*self.marks, *(refusal.mark for refusal in refusals)))
        return replace(self, refusals=(*self.refusals, *refusals), marks=tuple(marks))

    def within(self, *members: str) -> Self:
        """Return the table of events of which these members may hold the reply."""
        return replace(self, inside=(*self.inside, *members))

    def otherwise(self, *others: Self) -> Self:
        """Return the table of documents that may be another's: the first alternative that is there counts."""
        tables = (self, *others)
        names = dict.fromkeys(name for table in tables for name in table.counts)
        combined = self._compiled(
            {name: [paths for table in tables for paths in table.counts.get(name, ())] for name in names}
        )
        return replace(
            combined,
            marks=tuple(dict.fromkeys(mark for table in tables for mark in table.marks)),
            refusals=tuple(dict.fromkeys(refusal for table in tables for refusal in table.refusals)),
            inside=tuple(dict.fromkeys(member for table in tables for member in table.inside)),
        )


NOTHING = UsageTable.of()


class Meter:
    """Collects what one reply says that it used; of what several events say of one place, the last counts."""

    __slots__ = ("_headers", "_read", "refused", "table")

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.refused = False
        self.table = NOTHING
        self._headers = headers
        self._read: dict[str, int] = {}

    def whole(self, content: bytes, document: Mapping[str, Any], table: UsageTable) -> None:
        """Take a whole reply of these bytes."""
        self.table = table
        self.take(content, document)

    def event(self, content: bytes, event: Mapping[str, Any]) -> None:
        """Take an event of these bytes."""
        for mark in self.table.marks:
            if mark in content:
                self.take(content, event)
                return

    def take(self, content: bytes, document: Mapping[str, Any]) -> None:
        """Take a whole reply, or an event, of these bytes."""
        for member in self.table.inside:
            if member in document:
                self._take(document[member])
        self._take(document)
        for refusal in self.table.refusals:
            if refusal.mark in content:
                self._refuse(document, refusal)

    @property
    def counts(self) -> Counts:
        """What it said so far."""
        counts: dict[str, int] = {}
        for path in self.table.headers:
            self._head(path)
        read = self._read
        for name, paths in self.table.sums:  # of the alternatives, the first counts
            if name not in counts:
                for path in paths:
                    if path in read:
                        counts[name] = counts[name] + read[path] if name in counts else read[path]
        return counts

    def _refuse(self, document: Mapping[str, Any], refusal: RefusalPlace) -> None:
        for node in (document, *(document.get(member) for member in self.table.inside)):
            texts = (placed.node for placed in places.at(node, refusal.path) if isinstance(placed.node, str))
            self.refused |= any(text in refusal.words if refusal.words else text for text in texts)

    def _take(self, document: Any) -> None:
        for path, keys in self.table.plain:
            node: Any = document
            try:
                for key in keys:
                    node = node[key]
            except (KeyError, TypeError, IndexError):
                continue
            if node.__class__ is int and 0 <= node < _MOST:
                self._read[path] = node
            elif node.__class__ is float:
                self._add(path, [node])
        for path in self.table.listed:
            nodes = [placed.node for placed in places.at(document, path.removeprefix(_COUNT))]
            self._add(path, [len(nodes)] if path[0] == _COUNT and nodes else nodes)

    def _add(self, path: str, nodes: Sequence[Any]) -> None:
        numbers = [math.ceil(node) for node in nodes if _is_number(node)]
        if numbers:
            self._read[path] = sum(numbers)

    def _head(self, path: str) -> None:
        value = self._headers.get(path[1:], "")
        if value.isascii() and value.isdigit() and len(value) < _DIGITS:
            self._read[path] = int(value)


def _mark(path: str, words: Collection[str]) -> bytes:
    """Return the one word in quotes, or the key at which there are several, or any."""
    return f'"{next(iter(words)) if len(words) == 1 else path.rpartition(".")[2]}"'.encode()


def _is_number(node: Any) -> bool:
    return isinstance(node, int | float) and not isinstance(node, bool) and 0 <= node < _MOST
