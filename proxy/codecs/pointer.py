"""Walk every string leaf of a JSON document, and write new text back without touching anything else.

The invariant: every string, key and number of three digits or more is reached under one address, and a write there
changes it alone. Nothing is skipped because a schema does not name it: the dialect's tables name what is not text,
never the other way round.

Addresses are RFC 6901 pointers with four additions, since text stands in more places than values:

    /messages/0/content           a string
    /tools/0/arguments#/name      ``outer#inner``: a leaf of JSON inside a string (tool-call arguments)
    /metadata/Jane Doe~key        ``~key``: an object key
    /card~list, /who~pair/pin     numbers read as one text (see ``numbers``), a pair under the key of its first

No key can imitate them: ``~`` in a key is written ``~0`` (RFC 6901), and ``#`` is written ``~2`` (ours).

Why a walk and not a schema: providers add members every month, and an unknown one must be read, not passed. The cost
is bounded by ``DEPTH_LIMIT``, ``LEAF_LIMIT``, ``SOUGHT_LIMIT`` and ``ADDRESSES_LIMIT``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from proxy.codecs import numbers
from proxy.codecs.repeats import unrepeated
from proxy.errors import MalformedRequestError, PayloadTooLargeError

DEPTH_LIMIT = 64
#: Texts of one body: more cannot be read within any deadline.
LEAF_LIMIT = 20_000
#: Integers with at least this many digits are read as text: account numbers and telephone numbers come as numbers.
NUMBER_DIGITS = 7
#: Short numbers of one body: none is read, each is searched for values removed elsewhere.
SOUGHT_LIMIT = 200_000
SOUGHT = "sought"
#: Integers with at least this many digits are searched so; fewer digits identify nobody.
SOUGHT_DIGITS = 3
#: Characters in all addresses of one document: long keys above many leaves would multiply its size.
ADDRESSES_LIMIT = 64 << 20
#: Keys under which even short numbers are read.
_TELLING = re.compile(
    r"(?:^|_|-|\b|card|my|user|the)(?:pin|cvv2?|cvc2?|csc|cid|ssn|zip|plz|age)(?:$|_|-|\b|code|number)|security.?code|"
    r"postal.?code|post.?code|pass(?:word|code)|\bmrn|patient.?(?:id|n)",
    re.IGNORECASE,
).search
_LONGEST_TELLING = 64
_FEWEST_TOGETHER = 2
_NESTED = "#"
_KEY = "~key"
_LIST = "~list"
_PAIR = "~pair/"
_BLANKS = " \t\r\n"
#: What JSON in a string begins with.
_OPENING = frozenset("{[" + _BLANKS)


class Leaf(NamedTuple):
    """One leaf: ``keys`` are the object keys and list indices from the root."""

    pointer: str
    keys: tuple[str | int, ...]
    text: str
    kind: str  # value | key | number | numbers (several as one text) | sought (a short number, searched only)


def leaves(document: Any, known_keys: frozenset[str]) -> list[Leaf]:
    """Return the leaves that are read: strings, long numbers, object keys outside ``known_keys``, in document order.

    Raises:
        MalformedRequestError, PayloadTooLargeError: as ``walked``.

    """
    return [leaf for leaf in walked(document, known_keys) if leaf.kind != SOUGHT]


def walked(document: Any, known_keys: frozenset[str]) -> list[Leaf]:
    """Return the leaves that are read, and short numbers, which are not, in document order.

    Raises:
        MalformedRequestError: nested deeper than ``DEPTH_LIMIT``, or too many leaves under too long keys.
        PayloadTooLargeError: more than ``LEAF_LIMIT`` leaves to read, or ``SOUGHT_LIMIT`` others.

    """
    walk = _Walk(known_keys, [])
    _walk(document, "", (), walk)
    sought = sum(leaf.kind == SOUGHT for leaf in walk.found)
    if len(walk.found) - sought > LEAF_LIMIT or sought > SOUGHT_LIMIT:
        raise PayloadTooLargeError(f"the body holds more than {LEAF_LIMIT} texts")
    return walk.found


@dataclass(slots=True)
class _Walk:
    known_keys: frozenset[str]
    found: list[Leaf]
    together: set[str] = field(default_factory=set)  # addresses of numbers that are read with others
    addressed: int = 0  # characters of all addresses so far

    def below(self, pointer: str, key: str) -> str:
        """Return the address of a child."""
        self.addressed += len(pointer) + len(key)
        if self.addressed > ADDRESSES_LIMIT:
            raise MalformedRequestError("the body's object keys are too long for the number of values under them")
        return f"{pointer}/{key}"


def _walk(node: Any, pointer: str, keys: tuple[str | int, ...], walk: _Walk) -> None:
    if isinstance(node, str):
        inner = nested(node)
        if inner is None:
            walk.found.append(Leaf(pointer, keys, node, "value"))
        else:
            _walk(inner, pointer + _NESTED, keys, walk)
    elif isinstance(node, dict | list):
        _walk_container(node, pointer, keys, walk)
    elif isinstance(node, int | float) and not isinstance(node, bool):
        _walk_number(node, pointer, keys, walk)


def _walk_number(number: float, pointer: str, keys: tuple[str | int, ...], walk: _Walk) -> None:
    telling = _telling(number, keys)
    text = telling or numbers.plain(number)
    length = sum(map(str.isdigit, text))
    if telling or length >= SOUGHT_DIGITS:
        kind = "number" if telling or (length >= NUMBER_DIGITS and pointer not in walk.together) else SOUGHT
        walk.found.append(Leaf(pointer, keys, text, kind))


def _walk_container(node: dict[str, Any] | list[Any], pointer: str, keys: tuple[str | int, ...], walk: _Walk) -> None:
    if len(keys) > DEPTH_LIMIT:
        raise MalformedRequestError(f"the body is nested deeper than {DEPTH_LIMIT} levels")
    _walk_together(node, pointer, keys, walk)
    if isinstance(node, list):
        for index, value in enumerate(node):
            _walk(value, walk.below(pointer, str(index)), (*keys, index), walk)
        return
    known, found = walk.known_keys, walk.found
    for key, value in node.items():
        child, below = walk.below(pointer, escape(key)), (*keys, key)
        if key not in known:
            found.append(Leaf(child + _KEY, below, key, "key"))
        if isinstance(value, str) and value[:1] not in _OPENING:
            found.append(Leaf(child, below, value, "value"))
        else:
            _walk(value, child, below, walk)


def _walk_together(node: dict[str, Any] | list[Any], pointer: str, keys: tuple[str | int, ...], walk: _Walk) -> None:
    """Add the texts that several numbers of a container form together."""
    if len(node) < _FEWEST_TOGETHER or (isinstance(node, list) and isinstance(node[0], dict | list)):
        return
    if isinstance(node, dict):
        for text, pair in numbers.keyed(node).items():
            walk.found.append(Leaf(f"{pointer}{_PAIR}{escape(pair[0])}", (*keys, pair[0]), text, "numbers"))
            walk.together.update(f"{pointer}/{escape(key)}" for key in pair)
    elif text := numbers.listed(node, keys):
        walk.found.append(Leaf(pointer + _LIST, keys, text, "numbers"))
        walk.together.update(f"{pointer}/{index}" for index in range(len(node)))
    elif text := numbers.digits(node):
        telling = len(text) == len(node) and _telling(int(text), keys)
        walk.found.append(Leaf(pointer + _LIST, keys, text, "numbers" if telling else SOUGHT))


def nested(text: str) -> Any | None:
    """Return the JSON object or array in a string, None if there is none or it is ambiguous.

    An object with a repeated key is ambiguous (readers disagree on which value counts): it stays plain text, and so
    does anything that a strict reader refuses (NaN, half of a surrogate pair).
    """
    bare = text.strip(_BLANKS)
    if len(bare) < 2 or bare[0] not in "{[" or bare[-1] not in "}]":  # noqa: PLR2004 - the shortest is {}
        return None
    try:
        orjson.loads(bare)
        value = json.loads(bare, object_pairs_hook=unrepeated)
    except (ValueError, RecursionError):
        return None
    return value or None


def _telling(number: float, keys: tuple[str | int, ...]) -> str:
    """Return a short number as text if its key marks it as a secret or as personal."""
    key = next((key for key in reversed(keys) if isinstance(key, str)), "")
    return repr(number) if isinstance(number, int) and len(key) <= _LONGEST_TELLING and _TELLING(key) else ""


def escape(key: str) -> str:
    """Return a key as it stands in an address."""
    if key.isidentifier():
        return key
    return key.replace("~", "~0").replace("/", "~1").replace("#", "~2")


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


def replace(document: Any, changes: Mapping[str, Any]) -> Any:
    """Return a copy of the document with new values at the given addresses; unchanged parts are shared."""
    if not changes:
        return document
    renamed = any(pointer.endswith(_KEY) for pointer in changes)
    paired = any(_PAIR in pointer for pointer in changes)
    return _rebuild(document, "", _Changes(changes, _prefixes(changes), renamed=renamed, paired=paired))


@dataclass(frozen=True, slots=True)
class _Changes:
    at: Mapping[str, Any]  # address -> new value
    leading: set[str]  # the addresses that lead to these
    renamed: bool  # an object's key is among them
    paired: bool  # coordinates are


def _prefixes(pointers: Iterable[str]) -> set[str]:
    """Return the addresses on the way to the given ones, these included."""
    found: set[str] = {""}
    for pointer in pointers:
        while pointer not in found:
            found.add(pointer)
            pointer = _above(pointer)  # noqa: PLW2901 - one step towards the root
    return found


def _above(pointer: str) -> str:
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
        inner = _rebuild(nested(node), pointer + _NESTED, changes)
        return json.dumps(inner, ensure_ascii=False, separators=(",", ":"))
    if isinstance(node, dict):
        return _rebuild_object(_with_pairs(node, pointer, changes.at) if changes.paired else node, pointer, changes)
    if isinstance(node, list):
        together = changes.at.get(pointer + _LIST)
        rebuilt_list = (_rebuild(value, f"{pointer}/{index}", changes) for index, value in enumerate(node))
        return list(rebuilt_list) if together is None else numbers.rewrite(node, together)
    return node


def _rebuild_object(node: dict[str, Any], pointer: str, changes: _Changes) -> dict[str, Any]:
    rebuilt: dict[str, Any] = {}
    for key, value in node.items():
        child = f"{pointer}/{escape(key)}"
        name = _free(changes.at.get(child + _KEY, key), rebuilt) if changes.renamed else key
        rebuilt[name] = _rebuild(value, child, changes) if child in changes.leading else value
    return rebuilt


def _with_pairs(node: dict[str, Any], pointer: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with the new texts of its coordinates under both of their keys."""
    changed = dict(node)
    for pair in numbers.keyed(node).values():
        text = changes.get(f"{pointer}{_PAIR}{escape(pair[0])}")
        if text is not None:
            changed.update(zip(pair, numbers.rewrite([node[key] for key in pair], text) * 2, strict=False))
    return changed


def _free(key: str, taken: Mapping[str, Any]) -> str:
    while key in taken:
        key += "_"
    return key


def rewrite(
    node: Any, change: Callable[[str, str], str], structural: Callable[[str, Any], bool], key: str = "", depth: int = 0
) -> Any:
    """Return the document with ``change(text, key)`` applied to every string leaf that is not structural(key, text).

    Raises:
        ValueError: nested deeper than ``DEPTH_LIMIT``.

    """
    if isinstance(node, str):
        return node if structural(key, node) else change(node, key)
    if depth > DEPTH_LIMIT:
        raise ValueError("nested too deep")
    if isinstance(node, dict):
        return {name: rewrite(value, change, structural, name, depth + 1) for name, value in node.items()}
    if isinstance(node, list):
        return [rewrite(value, change, structural, key, depth + 1) for value in node]
    return node
