"""Sites: places in the documents of one table, and what every leaf at a place has in common. Pure.

A conversation has hundreds of texts at a handful of places. What the table says of a place is looked up once, and each
further leaf there costs a few steps along a tree of keys:

    root -> messages -> any element -> content

The tree keeps the table's own keys alone. A key of the caller's is text: its site lives as long as one walk.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from proxy.runtime.recent import BoundedCache

#: Stands for the index of a list in the keys of a site; no key is one.
INDEX = 0
#: Sites that one tree keeps; further ones are made anew.
_MOST = 4096
#: Keys under which even short numbers are read.
_TELLING = re.compile(
    r"(?:^|_|-|\b|card|my|user|the)(?:pin|cvv2?|cvc2?|csc|cid|ssn|zip|plz|age)(?:$|_|-|\b|code|number)|security.?code|"
    r"postal.?code|post.?code|pass(?:word|code)|\bmrn|patient.?(?:id|n)|"
    r"(?:employee|personnel|staff|personal|mitarbeiter|member|mitglieds?).?(?:no|nr|nummer|number|id)(?:$|_|-|\b)|matric[uo]la?",
    re.IGNORECASE,
).search
_LONGEST_TELLING = 64
_ANY = "*"
#: What a key of a coordinate holds: latitude, longitude, lng.
_COORDINATES = ("lat", "lon", "lng")
#: Stands for every key that no table names.
_UNNAMED = "\0"
_NO_WORDS: frozenset[str] = frozenset()
_UNBOUNDED = itertools.repeat(1)


@dataclass(frozen=True, slots=True)
class LeafTable:
    """What a table says of single leaves; the fields are those of ``RequestTable``."""

    keys: frozenset[str] = _NO_WORDS
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    identifiers: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    parameters: frozenset[str] = _NO_WORDS
    chosen: frozenset[str] = _NO_WORDS
    base64: frozenset[str] = _NO_WORDS
    opaque: Mapping[tuple[str, ...], str] = field(default_factory=dict)  # keys on the way -> kind
    pictures: Sequence[tuple[str, ...]] = ()  # keys on the way to pictures outside the content
    model: str = ""
    named: frozenset[str] = field(init=False)  # every key that the table names
    #: The dialect's own keys under which no part of a number or position stands beside another's.
    unpaired: frozenset[str] = field(init=False)
    rules: BoundedCache[tuple[str | int, ...], SiteRules] = field(
        default_factory=lambda: BoundedCache(_MOST), init=False, compare=False
    )

    def __post_init__(self) -> None:
        """Gather the names."""
        paths = ".".join((*self.parameters, *self.chosen, *self.base64)).split(".")
        ways = (key for way in (*self.opaque, *self.pictures) for key in way)
        named = self.keys.union(self.words, self.identifiers, paths, ways, (self.model,))
        object.__setattr__(self, "named", named)
        object.__setattr__(self, "unpaired", frozenset(filter(_is_unpaired, self.keys)))

    def rules_at(self, keys: tuple[str | int, ...]) -> SiteRules:
        """Return what the table says of a place: the same for all keys that it does not name."""
        position = tuple([key if key == INDEX or key in self.named else _UNNAMED for key in keys])
        rules = self.rules.get(position)
        if rules is None:
            rules = self.rules[position] = _rules(self, position)
        return rules

    def is_chosen(self, keys: tuple[str | int, ...]) -> bool:
        """Whether the caller chose the dialect's own values at a place: they may spell a value removed elsewhere."""
        return bool(keys) and (keys[-1] in self.identifiers or dotted(keys) in self.chosen)


@cache
def _is_unpaired(key: str) -> bool:
    return not any(part in key.lower() for part in _COORDINATES)


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What a table says of the leaves of one site."""

    path: str  # in the notation of policy documents
    model: bool  # the model's name
    top: bool  # a member of the document itself
    parameter: bool
    chosen: bool
    words: frozenset[str] | None  # of the dialect; None: see ``identifier``
    identifier: re.Pattern[str] | None
    declared: str  # the kind of what strings hold there, "" for text
    picture: bool
    base64: bool
    free: bool  # every string there is text, unless its own form shows that it is binary


class Site:
    """One place: ``keys`` lead to it from the root, ``INDEX`` for any element of a list.

    ``step`` is the last part of its address, ``known`` whether its key is the dialect's own. ``owned`` are the strings
    that are the dialect's own words there and nothing else: no walk reports them.
    """

    closed = ""  # the role for which no walk enters, "" for none
    counts = False  # whether numbers here are the dialect's own

    def __init__(self, table: LeafTable, keys: tuple[str | int, ...] = (), room: Iterator[int] | None = None) -> None:
        """``room`` counts the sites that the tree may still keep."""
        self._table, self.keys, self.depth = table, keys, len(keys)
        self.unpaired = table.unpaired
        self.key_path: tuple[Any, ...] = keys  # that no other site of the tree has
        self._room = iter(range(_MOST)) if room is None else room
        last = keys[-1] if keys else INDEX
        self.is_dialect_key = last in table.keys
        self.step = f"/{escape(last)}" if isinstance(last, str) else ""
        self.below: Mapping[str, Site] = _NOTHING  # by the dialect's own keys
        self._element: Site | None = None
        words = table.words.get(_name(keys))
        self.owned: Container[str] = _NO_WORDS if words is None or table.is_chosen(keys) else words

    def of(self, _node: Mapping[str, Any]) -> Site:
        """Return the site of an object here, where its type matters."""
        return self

    def _new_site(self, key: str | int, room: Iterator[int]) -> Site:
        return Site(self._table, (*self.keys, key), room)

    def child(self, key: str) -> Site:
        """Return the site below an object's key; kept where the key is the dialect's own."""
        rules = self.below.get(key)
        if rules is not None:
            return rules
        if key not in self._table.keys:
            return self._new_site(key, _UNBOUNDED)  # the root of a tree that lives for one walk
        site = self._new_site(key, self._room)
        if next(self._room, None) is not None:
            self.below = {**self.below, key: site}
        return site

    def element(self) -> Site:
        """Return the site of a list's elements."""
        if self._element is not None:
            return self._element
        site = self._new_site(INDEX, self._room)
        if next(self._room, None) is not None:
            self._element = site
        return site

    @cached_property
    def rules(self) -> SiteRules:
        """What the table says of the leaves here."""
        return self._table.rules_at(self.keys)

    @cached_property
    def plain(self) -> str:
        """The path if every string here is text and nothing else, unless its form shows that it is binary; else ""."""
        rules = self.rules
        return "" if not rules.free or rules.picture or rules.chosen else rules.path

    @cached_property
    def telling(self) -> bool:
        """Whether even short numbers are read here, by the nearest object key."""
        name = _name(self.keys)
        return len(name) <= _LONGEST_TELLING and _TELLING(name) is not None


_NOTHING: Mapping[str, Site] = {}


def _rules(table: LeafTable, keys: tuple[str | int, ...]) -> SiteRules:
    name, last = _name(keys), keys[-1] if keys else ""
    words = table.words.get(name)
    identifier = table.identifiers.get(name) if words is None else None
    model = len(keys) == 1 and last == table.model
    declared = next((kind for path, kind in table.opaque.items() if _is_beyond(keys, path)), "")
    base64 = len(keys) > 1 and f"{keys[-2]}.{last}" in table.base64
    return SiteRules(
        path=generalised(keys, table.keys),
        model=model,
        top=len(keys) == 1,
        parameter=dotted(keys) in table.parameters,
        chosen=table.is_chosen(keys),
        words=words,
        identifier=identifier,
        declared=declared,
        picture=any(_is_beyond(keys, path) for path in table.pictures),
        base64=base64,
        free=not (model or declared or base64 or identifier) and words is None,
    )


def _name(keys: tuple[str | int, ...]) -> str:
    """Return the nearest object key."""
    for key in reversed(keys):
        if isinstance(key, str):
            return key
    return ""


def _is_beyond(keys: tuple[str | int, ...], path: tuple[str, ...]) -> bool:
    return len(keys) >= len(path) and all(key in {_ANY, step} for key, step in zip(path, keys, strict=False))


def dotted(keys: tuple[str | int, ...]) -> str:
    """Return keys as one dotted path."""
    return ".".join(map(str, keys))


def escape(key: str) -> str:
    """Return a key as it stands in an address."""
    if key.isidentifier():
        return key
    return key.replace("~", "~0").replace("/", "~1").replace("#", "~2")


def unescape(step: str) -> str:
    """Return the key that stands in an address so."""
    return step.replace("~2", "#").replace("~1", "/").replace("~0", "~")


def generalised(keys: tuple[str | int, ...], known_keys: frozenset[str]) -> str:
    """Return a path in the notation of policy documents, with indices generalised: ``messages[*].content``.

    A key outside ``known_keys`` is the caller's text, which no policy or record may hold: it becomes ``*``.
    """
    parts: list[str] = []
    for key in keys:
        if isinstance(key, int):
            parts.append("[*]")
        else:
            name = key if key in known_keys else "*"
            parts.append(f".{name}" if parts else name)
    return "".join(parts)
