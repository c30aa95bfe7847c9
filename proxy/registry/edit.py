"""Reads and changes one place of a registry document ``{registry, endpoints, routes, rules}``, never in place.

A path is keys joined by dots: ``targets.openai/us.dpa.expires``, ``endpoints.openai/us.base_url``. A path that does not
begin with ``registry``, ``endpoints``, ``routes`` or ``rules`` is relative to the registry. A key with a dot or a quote
is quoted, a quote in it doubled (``endpoints.openai/us.models."gpt-4.1"``). A list element is addressed by its index or
its ``id`` (``exceptions.ex-7.expires``); ``+`` appends one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from proxy.catalog.documents import SECTIONS
from proxy.errors import ConfigurationError
from proxy.runtime.integers import whole_number

_SEGMENT = re.compile(r'"((?:[^"]|"")*)"|([^."]+)')
_NEW = "+"


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """One difference; ``before`` is None if it was added, ``after`` if it was removed. ``segments`` are the keys."""

    path: str
    before: Any = None
    after: Any = None
    segments: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def kind(self) -> str:
        """One of "added", "removed", "changed"."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"


def get(document: Mapping[str, Any], path: str) -> Any:
    """Return the value at ``path``; "" is the whole document.

    Raises:
        ConfigurationError: there is none, or the path is malformed.

    """
    node: Any = document
    walked: list[str] = []
    for segment in segments_of(path):
        node = _child(node, segment, walked)
        walked.append(segment)
    return node


def put(document: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return the document with ``value`` at ``path``; missing objects on the path are created.

    Raises:
        ConfigurationError: the path leads through a scalar, or past the end of a list.

    """
    changed: dict[str, Any] = _put(document, _some(path), value, [])
    return changed


def remove(document: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return the document without the value at ``path``.

    Raises:
        ConfigurationError: there is none.

    """
    changed: dict[str, Any] = _removed(document, _some(path), [])
    return changed


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[DocumentChange, ...]:
    """Return the differences in the order of ``after``; a subtree added or removed as a whole is one."""
    return tuple(_differences(before, after, ()))


def joined(segments: tuple[str, ...] | list[str]) -> str:
    """Return the written path of these keys."""
    shown = segments[1:] if segments and segments[0] == SECTIONS[0] and len(segments) > 1 else segments
    return ".".join(_quoted(key) if not key or "." in key or '"' in key else key for key in shown)


def _quoted(key: str) -> str:
    doubled = key.replace('"', '""')
    return f'"{doubled}"'


def segments_of(path: str) -> tuple[str, ...]:
    """Return the keys of a written path.

    Raises:
        ConfigurationError: it is malformed.

    """
    segments: list[str] = []
    position = 0
    while position < len(path):
        match = _SEGMENT.match(path, position)
        if match is None:
            raise ConfigurationError(f"'{path}' is not a path: keys joined by dots, a key with a dot in double quotes")
        segments.append(match.group(2) if match.group(1) is None else match.group(1).replace('""', '"'))
        position = match.end()
        if position < len(path):
            if path[position] != "." or position + 1 == len(path):
                raise ConfigurationError(f"'{path}' is not a path: it must not end with a dot or go on after a quote")
            position += 1
    if segments and segments[0] not in SECTIONS:
        segments.insert(0, SECTIONS[0])
    return tuple(segments)


def _some(path: str) -> tuple[str, ...]:
    segments = segments_of(path)
    if not segments:
        raise ConfigurationError("name the place to change, such as targets.openai/us.dpa")
    return segments


def _child(node: Any, segment: str, walked: list[str]) -> Any:
    if isinstance(node, Mapping) and segment in node:
        return node[segment]
    if isinstance(node, list | tuple):
        number = _number(node, segment)
        if number is not None:
            return node[number]
    raise _nothing(node, segment, walked)


def _nothing(node: Any, segment: str, walked: list[str]) -> ConfigurationError:
    parent = joined(walked) or "the document"
    if isinstance(node, Mapping):
        members = ", ".join(sorted(str(key) for key in node)[:12]) or "nothing"
        return ConfigurationError(f"there is no '{segment}' in {parent}; it has {members}")
    if isinstance(node, list | tuple):
        return ConfigurationError(f"there is no element '{segment}' in {parent}; it has {len(node)}")
    return ConfigurationError(f"{parent} is a value and has no '{segment}'")


def _number(elements: list[Any] | tuple[Any, ...], segment: str) -> int | None:
    """Return the index of an element, by its id or index; None if there is none."""
    for number, element in enumerate(elements):
        if isinstance(element, Mapping) and element.get("id") == segment:
            return number
    return whole_number(segment, len(elements) - 1) if elements else None


def _put(node: Any, segments: tuple[str, ...], value: Any, walked: list[str]) -> Any:
    if not segments:
        return value
    first, rest = segments[0], segments[1:]
    below = [*walked, first]
    if isinstance(node, Mapping):
        return {**node, first: _put(node.get(first, {}), rest, value, below)}
    if isinstance(node, list | tuple):
        elements = list(node)
        if first == _NEW:
            return [*elements, _put({}, rest, value, below)]
        number = _number(elements, first)
        if number is not None:
            elements[number] = _put(elements[number], rest, value, below)
            return elements
    raise _nothing(node, first, walked)


def _removed(node: Any, segments: tuple[str, ...], walked: list[str]) -> Any:
    first, rest = segments[0], segments[1:]
    child = _child(node, first, walked)
    if isinstance(node, Mapping):
        if rest:
            return {**node, first: _removed(child, rest, [*walked, first])}
        return {key: value for key, value in node.items() if key != first}
    elements = list(node)
    number = _number(elements, first)
    if number is not None and rest:
        elements[number] = _removed(child, rest, [*walked, first])
    elif number is not None:
        del elements[number]
    return elements


def _differences(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[DocumentChange]:
    if _same(before, after):
        return
    old, new = _parts(before), _parts(after)
    if old is None or new is None or isinstance(before, list) is not isinstance(after, list) or _moved(old, new):
        yield DocumentChange(joined(path), before, after, path)
        return
    for key in (*new, *(key for key in old if key not in new)):
        yield from _differences(old.get(key), new.get(key), (*path, key))


def _same(before: Any, after: Any) -> bool:
    old, new = (orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=dict) for value in (before, after))
    return old == new


def _moved(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether only the order of a list of objects changed."""
    return old.keys() == new.keys() and all(_same(old[key], new[key]) for key in old)


def _parts(node: Any) -> dict[str, Any] | None:
    """Return the named parts of an object or of a list of objects; None for values compared as a whole."""
    if isinstance(node, Mapping):
        return dict(node)
    if isinstance(node, list) and node and all(isinstance(element, Mapping) for element in node):
        names = [str(element.get("id", number)) for number, element in enumerate(node)]
        if len(set(names)) == len(names):
            return dict(zip(names, node, strict=True))
    return None
