"""The canonical spelling in which a request is read: ProtoJSON accepts each member in camelCase and in snake_case.

A request with both spellings of a member is refused, since readers differ in which one counts. Only members of the
dialect are respelled, in their own places: arguments, labels and schemas of the caller stay unchanged.
"""

from __future__ import annotations

import re
from typing import Any

from proxy.codecs import pointer
from proxy.codecs.gemini.tables import KEYS
from proxy.errors import MalformedRequestError

#: Members whose value is the caller's own, whatever keys stand in it.
_FREE = frozenset(
    "args response labels parametersJsonSchema responseJsonSchema jsonSchema partMetadata default example enum".split()
)
#: Objects whose keys are the caller's, and whose values are the dialect's.
_NAMED = frozenset({"properties", "defs", "$defs"})
#: Lists for which one object may stand.
_LISTS = frozenset("contents parts tools functionDeclarations safetySettings requests".split())
_CAPITAL = re.compile(r"[A-Z]")
_SPELLED = {_CAPITAL.sub(lambda match: f"_{match.group().lower()}", key): key for key in KEYS}


def canonical(document: dict[str, Any]) -> dict[str, Any]:
    """Return a request with the dialect's members in camelCase, and lists where one object stands for one.

    Raises:
        MalformedRequestError: a member occurs in both spellings.

    """
    return _object(document, 0)


def _object(node: dict[str, Any], depth: int) -> dict[str, Any]:
    spelled: dict[str, Any] = {}
    for key, value in node.items():
        name = _SPELLED.get(key, key)
        if name in spelled:
            raise MalformedRequestError(f"'{name}' is there in two spellings")
        spelled[name] = _member(name, value, depth + 1)
    return spelled


def _member(name: str, value: Any, depth: int) -> Any:
    if name in _FREE or name not in KEYS:
        return value
    if name in _LISTS and isinstance(value, dict):
        value = [value]
    if name in _NAMED and isinstance(value, dict):
        return {key: _node(inner, depth + 1) for key, inner in value.items()}
    return _node(value, depth)


def _node(value: Any, depth: int) -> Any:
    if depth > pointer.DEPTH_LIMIT:  # refused where it is walked
        return value
    if isinstance(value, dict):
        return _object(value, depth)
    return [_node(element, depth + 1) for element in value] if isinstance(value, list) else value
