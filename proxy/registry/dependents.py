"""What names an entry of the registry: which routes, prices, limits and exceptions would be left with nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.registry import edit

#: section -> the members elsewhere that name one of its entries.
_NAMED_IN: Mapping[str, frozenset[str]] = {
    "providers": frozenset({"provider", "providers"}),
    "targets": frozenset({"target", "targets", "mirror"}),
    "tenants": frozenset({"tenant", "tenants"}),
    "activities": frozenset({"activity", "activities"}),
}


def dependents(document: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """Return the places that name the entry that a path is in, such as ``targets.openai/us.dpa``; no place twice.

    Raises:
        ConfigurationError: the path is malformed.

    """
    _, section, name, *_ = (*edit.segments_of(path), "", "", "")
    if section not in _NAMED_IN:
        return ()
    places = dict.fromkeys(_naming(document, _NAMED_IN[section], name, ()))
    if section == "targets" and name in document.get("endpoints", {}):
        places[edit.joined(("endpoints", name))] = None
    return tuple(places)


def _naming(node: Any, members: frozenset[str], name: str, walked: tuple[str, ...]) -> Iterator[str]:
    """Yield the entries below a node that have one of these members naming it."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in members and _names(value, name):
                yield edit.joined(walked)
            elif key != "rules":
                yield from _naming(value, members, name, (*walked, key))
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for number, entry in enumerate(node):
            identity = entry.get("id") if isinstance(entry, Mapping) else None
            yield from _naming(entry, members, name, (*walked, str(identity or number)))


def _names(value: Any, name: str) -> bool:
    if isinstance(value, Mapping):
        return _names(value.get("target"), name)
    return value == name or (isinstance(value, Sequence) and not isinstance(value, str) and name in value)
