"""Which members of a request only tune generation, and which ask for something else: a *feature*. Pure tables.

A dialect's ``Members`` name every place that holds members of its own; below other members anything may stand (a JSON
Schema, the caller's metadata). Any member that the tables do not name is a feature: another spelling, letter case or
look-alike is another name. A target gets no feature that the catalog does not allow it.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

#: The member itself is known; whatever stands below is the caller's own.
ANYTHING: None = None
#: Feature of an object without its required type, and of a list of lists or words.
UNTYPED = "untyped"
_GONE = object()


@dataclass(frozen=True, slots=True)
class Members:
    """The known members of one object, each with what may stand below it, and the values its ``type`` may have.

    Without ``types`` the type is not checked. ``typed``: an object without a type is a feature too. ``asks``: the only
    members that are features, of an object whose other members are named by each model.
    """

    by_name: Mapping[str, Members | None]
    types: frozenset[str] = frozenset()
    typed: bool = False
    asks: frozenset[str] | None = None
    settled: frozenset[str] = field(
        init=False, repr=False, compare=False
    )  # those that ask for nothing, whatever stands below

    def __post_init__(self) -> None:
        """Collect the members that need no look."""
        settled = {key for key, below in self.by_name.items() if below is None and key not in (self.asks or ())}
        object.__setattr__(self, "settled", frozenset(settled))


def any_of(names: str) -> dict[str, Members | None]:
    """Return known members from their names, separated by blanks; anything may stand below each."""
    return dict.fromkeys(names.split(), ANYTHING)


def features(document: Mapping[str, Any], members: Members) -> tuple[str, ...]:
    """Return the features a request asks for, as dotted paths without indices ("tools.mcp"), in order of appearance."""
    return tuple(dict.fromkeys(_features(document, members, "")))


def without(node: Any, members: Members, names: Collection[str], path: str = "") -> Any:
    """Return a request less these of its features: a member goes, an element whose type it is, a list left empty.

    What holds none of them is returned as the same object.
    """
    if isinstance(node, list):
        elements = [without(each, members, names, path) for each in node if _typed(each, members, path) not in names]
        return node if len(elements) == len(node) and all(map(operator.is_, elements, node)) else elements
    if not isinstance(node, dict):
        return node
    changed = {}
    for key, value in node.items():
        name, below = _joined(path, key), members.by_name.get(key)
        if below is None:
            if name in names and _is_feature(key, members):
                changed[key] = _GONE
        elif any(each.startswith(f"{name}.") for each in names):
            less = without(value, below, names, name)
            if less is not value:
                changed[key] = less or _GONE
    return {k: v for k, v in (node | changed).items() if v is not _GONE} if changed else node


def _typed(node: Any, members: Members, path: str) -> str:
    """Return the feature that an object of this type is, "" for none."""
    kind = node.get("type") if isinstance(node, dict) and members.types else None
    return _joined(path, kind) if isinstance(kind, str) and kind and kind not in members.types else ""


def _features(node: Any, members: Members, path: str) -> Iterator[str]:
    for element in node if isinstance(node, list) else (node,):
        if isinstance(element, list) or (members.typed and not isinstance(element, dict) and not asks_nothing(element)):
            yield _joined(path, UNTYPED)
        elif isinstance(element, dict):
            yield from _of_object(element, members, path)


def _of_object(node: Mapping[str, Any], members: Members, path: str) -> Iterator[str]:
    kind = node.get("type")
    if members.types and _foreign(kind, members):
        yield _joined(path, kind if isinstance(kind, str) and kind else UNTYPED)
    for key, value in node.items():
        if key in members.settled:
            continue
        below = members.by_name.get(key)
        if below is not None:
            if below.typed or not isinstance(value, str):
                yield from _features(value, below, _joined(path, key))
        elif _is_feature(key, members) and not asks_nothing(value):
            yield _joined(path, key)


def _is_feature(key: str, members: Members) -> bool:
    return key not in members.by_name if members.asks is None else key in members.asks


def asks_nothing(value: Any) -> bool:
    """Whether a member's value means its absence: null, as clients echo it, or false."""
    return value is None or value is False


def _foreign(kind: Any, members: Members) -> bool:
    return members.typed if kind is None else not (isinstance(kind, str) and kind in members.types)


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
