"""Places in a JSON document, written as paths: the notation of every table. Pure.

``messages[*].content[*]`` are the elements of a list in the elements of a list, ``metadata.*`` the members of an object
whatever their names, ``content[*]=thinking.signature`` a member of those elements whose ``type`` is "thinking".
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from proxy.codecs.sites import escape

_ANY = "*"
_LIST = "[*]"
_TYPE = "type"
_CONTAINERS = (list, dict)


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
    members = (part.partition("=") for part in path.split("."))
    return tuple(Step(name.removesuffix(_LIST), name.endswith(_LIST), kind) for name, _, kind in members)


def at(document: Any, path: str, address: str = "") -> Iterator[PlacedNode]:
    """Return the nodes at a path, in order; an object in place of the last list is found too, as not listed."""
    way = steps(path)
    if not isinstance(document, dict) or (way[0].key != _ANY and way[0].key not in document):
        return iter(())
    nodes = [PlacedNode(address, document)]
    for step, following in zip(way, (*way[1:], None), strict=True):
        nodes = [
            below for placed in nodes if isinstance(placed.node, dict) for below in _below(placed, step, following)
        ]
    return iter(nodes)


def node_at(document: Any, path: str) -> Any:
    """Return the node at a path without lists, None if there is none."""
    for key in path.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return document


def address(path: str) -> str:
    """Return the address of a path without lists, relative to its start: ``/source/data``."""
    return "".join(f"/{escape(key)}" for key in path.split("."))


def plain(path: str) -> str:
    """Return a path without the required types of its elements."""
    return ".".join(part.partition("=")[0] for part in path.split("."))


def expected(path: str) -> tuple[str, ...]:
    """Return the keys on the way to a path, "*" for any."""
    return tuple(key for step in steps(path) for key in ((step.key, _ANY) if step.listed else (step.key,)))


def _below(placed: PlacedNode, step: Step, following: Step | None) -> Iterator[PlacedNode]:
    """Yield the nodes one step below an object, but for those below which the step after it finds nothing."""
    for key in placed.node if step.key == _ANY else (step.key,):
        if key not in placed.node:
            continue
        node, address = placed.node[key], f"{placed.pointer}/{escape(key)}"
        if not step.listed or (following is None and isinstance(node, dict)):
            if step.fits(node):
                yield PlacedNode(address, node, listed=False)
        elif isinstance(node, list):
            for index, element in _leading(node, following):
                if step.fits(element):
                    yield PlacedNode(f"{address}/{index}", element)


def _leading(nodes: list[Any], step: Step | None) -> Iterable[tuple[int, Any]]:
    """Return the nodes, with their indices, below which there may be something one step below; all without a step."""
    numbered = enumerate(nodes)
    if step is None or step.key == _ANY:
        return numbered
    key, kinds = step.key, _CONTAINERS if step.listed else object
    return [
        (index, node)
        for index, node in numbered
        if isinstance(node, dict) and key in node and isinstance(node[key], kinds)
    ]
