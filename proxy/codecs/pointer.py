"""Walk every string leaf of a JSON document, and write new text back without touching anything else.

The invariant: every string, key and number of three digits or more is reached under one address, and a write there
changes it alone. Nothing is skipped because a schema does not name it: the dialect's tables name what is not text,
never the other way round.

Addresses are RFC 6901 pointers with four additions, since text stands in more places than values:

    /messages/0/content           a string
    /tools/0/arguments#/name      ``outer#inner``: a leaf of JSON inside a string (tool-call arguments)
    /metadata/Jane Doe~key        ``~key``: an object key
    /card~list, /who~pair/pin     numbers read as one text (see ``numbers``), of an object under the key of the first
    /card/2~list                  elements of a list that spell one number, from this one on

No key can imitate them: ``~`` in a key is written ``~0`` (RFC 6901), and ``#`` is written ``~2`` (ours).

Why a walk and not a schema: providers add members every month, and an unknown one must be read, not passed. The cost
is bounded by ``DEPTH_LIMIT``, ``LEAF_LIMIT``, ``SOUGHT_LIMIT`` and ``ADDRESSES_LIMIT``.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from proxy.codecs import numbers
from proxy.codecs.media import is_plain
from proxy.codecs.repeats import repeats
from proxy.codecs.sites import Site, escape
from proxy.core.records import TextSpan
from proxy.core.search.decoding import groups
from proxy.errors import MalformedRequestError, PayloadTooLargeError

DEPTH_LIMIT = 64
#: Texts of one body: more cannot be read within any deadline.
LEAF_LIMIT = 20_000
#: Integers with at least this many digits are read as text: account numbers and telephone numbers come as numbers.
NUMBER_DIGITS = 7
#: Short numbers of one body: none is read, each is searched for values removed elsewhere.
SOUGHT_LIMIT = 200_000
SOUGHT = "sought"
#: Members of an object of a request: more cannot all be the dialect's own.
_MOST_MEMBERS = 2 * LEAF_LIMIT
_TOO_MANY = f"the body holds more than {LEAF_LIMIT} texts"
#: Integers with at least this many digits are searched so; fewer digits identify nobody.
SOUGHT_DIGITS = 3
_LONG = 10 ** (NUMBER_DIGITS - 1)
#: Counts, dates and measures in replies are smaller: nanoseconds of a quarter of an hour.
MOST_COUNTED = 10**12
#: Characters in all addresses of one document: long keys above many leaves would multiply its size.
ADDRESSES_LIMIT = 64 << 20
_FEWEST_TOGETHER = 2
_CONTAINER, _NUMBER, _NUMBERS = (dict, list), (int, float), {int, float}
_NESTED = "#"
#: A string, number or word of JSON text that is known to be well-formed.
_SCALAR = re.compile(r'"(?:[^"\\]++|\\.)*+"|[^\s{}\[\]:,"]++', re.DOTALL)
_KEY = "~key"
_LIST = "~list"
_PAIR = "~pair/"
_BLANKS = " \t\r\n"
#: What JSON in a string begins with, and a ``Long``.
_OPENING = frozenset("{[-0123456789" + _BLANKS)


class Leaf(NamedTuple):
    """One leaf and the site where it stands."""

    pointer: str
    site: Site
    text: str
    kind: str  # value | key | number | numbers (several as one text) | sought (a short number, searched only)


def walked(document: Any, root: Site, free: Container[str] = ()) -> list[Leaf | TextSpan]:
    """Return the leaves that are read, and short numbers, which are not, in document order.

    The strings that their site owns are left out, and most of those in ``free``. A string that is plainly text, by its
    site and its form, is a span already.

    Raises:
        MalformedRequestError: nested deeper than ``DEPTH_LIMIT``, or too many leaves under too long keys.
        PayloadTooLargeError: more than ``LEAF_LIMIT`` leaves to read, or ``SOUGHT_LIMIT`` others.

    """
    walk = _Walk([], free)
    _walk(document, "", root, walk)
    if len(walk.leaves_so_far) + walk.owned > LEAF_LIMIT:
        walk.check()
    return walk.leaves_so_far


class Closed(NamedTuple):
    """What a site closes to a walk."""

    pointer: str
    site: Site
    node: Any


def replied(document: Any, root: Site, readable: Container[str] = ()) -> tuple[list[Leaf], list[Closed], list[Leaf]]:
    """Return the leaves of a reply, what its sites close, and the leaves below that where the role is ``readable``.

    A string that is JSON is one text: in a stream it would not be complete. Short numbers are left out.

    Raises:
        ValueError: nested too deep, or too many leaves.

    """
    walk = _Walk([], (), replies=True)
    try:
        _walk(document, "", root, walk)
        leaves, closed = walk.leaves(), walk.closed.copy()
        for closing in closed:
            if closing.site.closed in readable:
                _walk(closing.node, closing.pointer, closing.site, walk)
    except (MalformedRequestError, PayloadTooLargeError) as error:
        raise ValueError("nested too deep, or too many texts") from error
    return leaves, closed, walk.leaves()[len(leaves) :] if closed else []


@dataclass(slots=True)
class _Walk:
    leaves_so_far: list[Leaf | TextSpan]
    free: Container[str]  # strings that the caller does not need
    replies: bool = False
    closed: list[Closed] = field(default_factory=list)
    owned: int = 0  # strings that were left out
    sought: int = 0  # of ``found``, those of this kind
    together: set[str] = field(default_factory=set)  # addresses of numbers that are read with others
    addressed: int = 0  # characters of all addresses so far
    sites: dict[tuple[tuple[Any, ...], str], Site] = field(default_factory=dict)  # of the caller's own keys

    def descend(self, characters: int, site: Site, members: int = 0) -> None:
        """Count the characters of the addresses that are about to be made below a site, for so many members."""
        if site.depth > DEPTH_LIMIT:
            raise MalformedRequestError(f"the body is nested deeper than {DEPTH_LIMIT} levels")
        if len(self.leaves_so_far) > LEAF_LIMIT or members > _MOST_MEMBERS:
            self.check(members)
        self.addressed += characters
        if self.addressed > ADDRESSES_LIMIT:
            raise MalformedRequestError("the body's object keys are too long for the number of values under them")

    def check(self, members: int = 0) -> None:
        """Check the number of leaves so far, and of an object's members."""
        size = len(self.leaves_so_far)
        if self.replies:
            too_many = size > LEAF_LIMIT + SOUGHT_LIMIT
        else:
            read = size + self.owned - self.sought
            too_many = read > LEAF_LIMIT or self.sought > SOUGHT_LIMIT or members > _MOST_MEMBERS
        if too_many:
            raise PayloadTooLargeError(_TOO_MANY)

    def leaves(self) -> list[Leaf]:
        """Return the leaves of a reply so far: none of its texts is a span."""
        return [leaf for leaf in cast("list[Leaf]", self.leaves_so_far) if leaf.kind != SOUGHT]

    def seek(self, texts: Iterable[str], pointer: str, site: Site) -> None:
        """Add what a list or an object spells, to be searched only."""
        for text in texts:
            self.sought += 1
            self.leaves_so_far.append(Leaf(pointer + _LIST, site, text, SOUGHT))

    def child(self, site: Site, key: str) -> Site:
        """Return the site below a key that the tree does not keep: the same in all of the document."""
        position = site.key_path, key
        child = self.sites.get(position)
        if child is None:
            child = self.sites[position] = site.child(key)
        return child


def _walk(node: Any, pointer: str, site: Site, walk: _Walk) -> None:
    if isinstance(node, str):
        inner = None if walk.replies else nested(node)
        if inner is not None:
            _walk(inner, pointer + _NESTED, site, walk)
        elif node in site.owned:
            walk.owned += 1
        else:
            walk.leaves_so_far.append(Leaf(pointer, site, str(node), "value"))  # no Long
    elif isinstance(node, dict):
        _walk_object(node, pointer, site, walk)
    elif isinstance(node, list):
        _walk_list(node, pointer, site, walk)
    elif isinstance(node, _NUMBER) and not isinstance(node, bool):
        _walk_number(node, pointer, site, walk)


def _walk_number(number: float, pointer: str, site: Site, walk: _Walk) -> None:
    if walk.replies and abs(number) < (MOST_COUNTED if site.counts else _LONG):
        return
    telling = _telling(number, site)
    text = telling or groups.plain(number)
    length = sum(map(str.isdigit, text))
    if telling or length >= SOUGHT_DIGITS:
        kind = "number" if telling or (length >= NUMBER_DIGITS and pointer not in walk.together) else SOUGHT
        walk.sought += kind == SOUGHT
        walk.leaves_so_far.append(Leaf(pointer, site, text, kind))


def _walk_list(node: list[Any], pointer: str, site: Site, walk: _Walk) -> None:
    walk.descend(len(pointer) * len(node), site)
    if walk.replies and len(node) > groups.MOST_DIGITS and _is_vector(node):
        return
    _walk_together(node, pointer, site, walk)
    element = site.element()
    for index, value in enumerate(node):
        if element.closed:
            walk.closed.append(Closed(f"{pointer}/{index}", element, value))
        elif isinstance(value, dict):
            if value or element.depth > DEPTH_LIMIT:
                _walk_object(value, f"{pointer}/{index}", element, walk)
        else:
            _walk(value, f"{pointer}/{index}", element, walk)


def _walk_object(node: dict[str, Any], pointer: str, site: Site, walk: _Walk) -> None:
    walk.descend(len(pointer) * len(node), site, len(node))
    site = site.of(node) if walk.replies else site
    if len(node) >= _FEWEST_TOGETHER and not site.unpaired.issuperset(node):
        _walk_pairs(node, pointer, site, walk)
    leaves, below, free = walk.leaves_so_far, site.below, walk.free
    for key, value in node.items():
        child = below.get(key) or walk.child(site, key)
        if not child.is_dialect_key:
            walk.descend(len(key), site)
            leaves.append(Leaf(pointer + child.step + _KEY, child, key, "key"))
        if child.closed:
            walk.closed.append(Closed(pointer + child.step, child, value))
        elif isinstance(value, str) and value[:1] not in _OPENING:
            if value in child.owned or value in free:
                walk.owned += 1
            elif child.plain and is_plain(value):
                leaves.append(TextSpan(pointer + child.step, child.plain, value))
            else:
                leaves.append(Leaf(pointer + child.step, child, value, "value"))
        else:
            _walk(value, pointer + child.step, child, walk)


def _walk_pairs(node: dict[str, Any], pointer: str, site: Site, walk: _Walk) -> None:
    """Add the texts of coordinates under two keys, and of numbers in groups under several."""
    walk.seek(numbers.across(node), pointer, site)
    pairs = numbers.keyed(node)
    for text, keys in [*pairs.items(), *numbers.grouped(node)]:
        walk.leaves_so_far.append(Leaf(f"{pointer}{_PAIR}{escape(keys[0])}", site.child(keys[0]), text, "numbers"))
    walk.together.update(f"{pointer}/{escape(key)}" for pair in pairs.values() for key in pair)


def _walk_together(node: list[Any], pointer: str, site: Site, walk: _Walk) -> None:
    """Add the text that the numbers of a list form together."""
    if len(node) < _FEWEST_TOGETHER:
        return
    spelled = [(f"{pointer}/{first}{_LIST}", text) for first, _, text in groups.spelled(node)]
    walk.leaves_so_far += [Leaf(address, site, text, "numbers") for address, text in spelled]
    if isinstance(node[0], _CONTAINER):
        walk.seek(numbers.across(node), pointer, site)
        return
    walk.seek(filter(None, [numbers.characters(node)]), pointer, site)
    if text := numbers.listed(node, site.keys):
        walk.leaves_so_far.append(Leaf(pointer + _LIST, site, text, "numbers"))
        walk.together.update(f"{pointer}/{index}" for index in range(len(node)))
    elif not spelled and (text := numbers.digits(node)):
        telling = len(text) == len(node) and _telling(int(text), site)
        walk.sought += not telling
        walk.leaves_so_far.append(Leaf(pointer + _LIST, site, text, "numbers" if telling else SOUGHT))


def _is_vector(node: list[Any]) -> bool:
    """Whether this is a list of nothing but numbers too short to be somebody's."""
    if not set(map(type, node)) <= _NUMBERS:
        return False
    with contextlib.suppress(OverflowError):
        if math.hypot(*node) < _LONG:
            return True
    return bool(-_LONG < min(node) <= max(node) < _LONG)


def nested(text: str) -> Any | None:
    """Return the JSON object or array in a string, None if there is none or it is ambiguous.

    An object with a repeated key is ambiguous (readers disagree on which value counts): it stays plain text, and so
    does anything that a strict reader refuses (NaN, half of a surrogate pair).
    """
    bare = text.strip(_BLANKS)
    if len(bare) < 2 or bare[0] not in "{[" or bare[-1] not in "}]":  # noqa: PLR2004 - the shortest is {}
        return None
    try:
        value = numbers.loads(bare)
    except ValueError:
        return None
    return value if value and not repeats(bare.encode(), value) else None


def _telling(number: float, site: Site) -> str:
    """Return a short number as text if its key marks it as a secret or as personal."""
    return text if site.telling and (text := groups.plain(number)).lstrip("-").isdecimal() else ""


def replace(document: Any, changes: Mapping[str, Any]) -> Any:
    """Return a copy of the document with new values at the given addresses; unchanged parts are shared."""
    if not changes:
        return document
    renamed = any(pointer.endswith(_KEY) for pointer in changes)
    paired = any(_PAIR in pointer for pointer in changes)
    spelled = any(pointer.endswith(_LIST) for pointer in changes)
    return _rebuild(
        document, "", _Changes(changes, _prefixes(changes), renamed=renamed, paired=paired, spelled=spelled)
    )


@dataclass(frozen=True, slots=True)
class _Changes:
    at: Mapping[str, Any]  # address -> new value
    leading: set[str]  # the addresses that lead to these
    renamed: bool  # an object's key is among them
    paired: bool  # coordinates, or groups of a number, are
    spelled: bool  # numbers over elements of a list are


def _prefixes(pointers: Iterable[str]) -> set[str]:
    """Return the addresses on the way to the given ones, these included."""
    prefixes: set[str] = {""}
    for pointer in pointers:
        while pointer not in prefixes:
            prefixes.add(pointer)
            pointer = _above(pointer)  # noqa: PLW2901 - one step towards the root
    return prefixes


def _above(pointer: str) -> str:
    if "#" not in pointer and "~" not in pointer:
        return pointer[: max(pointer.rfind("/"), 0)]
    for ending in (_LIST, _NESTED):
        if pointer.endswith(ending):
            return pointer.removesuffix(ending)
    cut = max(pointer.rfind("/"), pointer.rfind(_NESTED))
    if pointer[cut] == _NESTED:
        return pointer[: cut + 1]
    return pointer[: max(cut, 0)].removesuffix(_PAIR[:-1])


def _rebuild(node: Any, pointer: str, changes: _Changes) -> Any:
    if pointer in changes.at:
        return changes.at[pointer]
    if pointer not in changes.leading:
        return node
    if isinstance(node, str):
        inner = nested(node)
        return _respelled(node, inner, _rebuild(inner, pointer + _NESTED, changes))
    if isinstance(node, dict):
        return _rebuild_object(_with_pairs(node, pointer, changes.at) if changes.paired else node, pointer, changes)
    if isinstance(node, list):
        together = changes.at.get(pointer + _LIST)
        return _rebuild_list(node, pointer, changes) if together is None else numbers.rewrite(node, together)
    return node


def _respelled(text: str, old: Any, new: Any) -> str:
    """Return JSON text with new values in the place of old ones: what did not change stays as it was spelled."""
    before, after = list(_parts(old)), list(_parts(new))
    places = list(_SCALAR.finditer(text))
    marks = [part for part in before if isinstance(part, _Container)]
    if len(before) != len(after) or len(places) != len(before) - len(marks):
        return numbers.dumps(new).decode()
    spelled, done, matches = [], 0, iter(places)
    for former, value in zip(before, after, strict=True):
        if isinstance(former, _Container) or isinstance(value, _Container):
            if former != value:  # another shape
                return numbers.dumps(new).decode()
            continue
        match = next(matches)
        if former is not value and (type(former) is not type(value) or former != value):
            spelled += [text[done : match.start()], numbers.dumps(value).decode()]
            done = match.end()
    return "".join([*spelled, text[done:]])


class _Container(NamedTuple):
    kind: type
    size: int


def _parts(node: Any) -> Iterator[Any]:
    """Yield the containers, keys and scalars of a document in the order of its text."""
    if isinstance(node, dict):
        yield _Container(dict, len(node))
        for key, value in node.items():
            yield key
            yield from _parts(value)
    elif isinstance(node, list):
        yield _Container(list, len(node))
        for value in node:
            yield from _parts(value)
    else:
        yield node


def _rebuild_list(node: list[Any], pointer: str, changes: _Changes) -> list[Any]:
    together = {first: end for first, end, _ in groups.spelled(node)} if changes.spelled else {}
    rebuilt: list[Any] = []
    done = 0
    for index, value in enumerate(node):
        child = f"{pointer}/{index}"
        if index in together and child + _LIST in changes.at:
            rebuilt.append(changes.at[child + _LIST])
            done = together[index]
        elif index >= done:
            rebuilt.append(_rebuild(value, child, changes) if child in changes.leading else value)
    return rebuilt


def _rebuild_object(node: dict[str, Any], pointer: str, changes: _Changes) -> dict[str, Any]:
    rebuilt: dict[str, Any] = {}
    taken: dict[str, int] = {}
    for key, value in node.items():
        child = f"{pointer}/{escape(key)}"
        name = _free(changes.at.get(child + _KEY, key), rebuilt, taken) if changes.renamed else key
        rebuilt[name] = _rebuild(value, child, changes) if child in changes.leading else value
    return rebuilt


def _with_pairs(node: dict[str, Any], pointer: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with the new texts of its coordinates under both of their keys, of groups under their first."""
    changed = dict(node)
    for pair in numbers.keyed(node).values():
        text = changes.get(f"{pointer}{_PAIR}{escape(pair[0])}")
        if text is not None:
            changed.update(zip(pair, numbers.rewrite([node[key] for key in pair], text) * 2, strict=False))
    for _, keys in numbers.grouped(node):
        text = changes.get(f"{pointer}{_PAIR}{escape(keys[0])}")
        if text is not None:
            changed.update(dict.fromkeys(keys, "") | {keys[0]: text})
    return changed


def _free(key: str, names: Container[str], taken: dict[str, int]) -> str:
    """Return a key that is none of the names: with a number if need be; ``taken`` counts the numbers of each."""
    free = key
    while free in names:
        number = taken[key] = taken.get(key, 0) + 1
        free = f"{key}_{number}"
    return free
