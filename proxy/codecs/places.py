"""Places in a JSON document, written as paths: the notation of every table. Pure.

``messages[*].content[*]`` are the elements of a list in the elements of a list, ``metadata.*`` the members of an object
whatever their names, ``content[*]=thinking.signature`` a member of those elements whose ``type`` is "thinking".
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

from proxy.codecs import pointer

_ANY = "*"
_LIST = "[*]"
_TYPE = "type"


class Step(NamedTuple):
    """One member on the way: its key, whether the elements of its list are meant, and their required type."""

    key: str
    listed: bool
    kind: str

    def fits(self, node: Any) -> bool:
        """Whether an object is of the required type."""
        return not self.kind or (isinstance(node, dict) and node.get(_TYPE) == self.kind)


class PlacedNode(NamedTuple):
    """One node of a document: its address, and whether it is an element of a list."""

    pointer: str
    node: Any
    listed: bool = True


@functools.cache
def steps(path: str) -> tuple[Step, ...]:
    """Return the steps of a path."""
    found = []
    for part in path.split("."):
        name, _, kind = part.partition("=")
        found.append(Step(name.removesuffix(_LIST), name.endswith(_LIST), kind))
    return tuple(found)


def at(document: Any, path: str, address: str = "") -> Iterator[PlacedNode]:
    """Yield the nodes at a path; an object in place of the last list is found too, as not listed."""
    yield from _below(PlacedNode(address, document), steps(path), 0)


def one(document: Any, path: str) -> Any:
    """Return the node at a path without lists, None if there is none."""
    for key in path.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return document


def address(path: str) -> str:
    """Return the address of a path without lists, relative to its start: ``/source/data``."""
    return "".join(f"/{pointer.escape(key)}" for key in path.split("."))


def plain(path: str) -> str:
    """Return a path without the required types of its elements."""
    return ".".join(part.partition("=")[0] for part in path.split("."))


def beyond(keys: tuple[str | int, ...], path: str) -> bool:
    """Whether a leaf, by its keys from the root, stands at a path or below it."""
    expected: list[str] = []
    for step in steps(path):
        expected += [step.key, _ANY] if step.listed else [step.key]
    return len(keys) >= len(expected) and all(key in {_ANY, own} for key, own in zip(expected, keys, strict=False))


def _below(place: PlacedNode, path: tuple[Step, ...], number: int) -> Iterator[PlacedNode]:
    if number == len(path):
        yield place
        return
    if not isinstance(place.node, dict):
        return
    step = path[number]
    for key in place.node if step.key == _ANY else (step.key,):
        if key in place.node:
            below = PlacedNode(f"{place.pointer}/{pointer.escape(key)}", place.node[key], listed=False)
            for found in _elements(below, step, last=number == len(path) - 1):
                yield from _below(found, path, number + 1)


def _elements(place: PlacedNode, step: Step, *, last: bool) -> Iterator[PlacedNode]:
    if not step.listed:
        found = [place]
    elif isinstance(place.node, list):
        found = [PlacedNode(f"{place.pointer}/{index}", value) for index, value in enumerate(place.node)]
    else:
        found = [place] if last and isinstance(place.node, dict) else []
    yield from (element for element in found if step.fits(element.node))
