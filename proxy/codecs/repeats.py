"""JSON objects that repeat a key: parsers disagree on which value counts, so none may be chosen. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import orjson

from proxy.codecs import numbers


class RepeatedKeyError(ValueError):
    """An object repeats a key."""


def unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of these members (``object_pairs_hook`` of the standard library's reader).

    Raises:
        RepeatedKeyError: a key occurs twice.

    """
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RepeatedKeyError
    return members


#: Bytes per quotation mark of a body that is mostly numbers.
_SPARSE = 64
_READER = json.JSONDecoder(object_pairs_hook=unrepeated, parse_int=str, parse_float=str)


def repeats(body: bytes, document: Any = None, default: Callable[[Any], Any] | None = None) -> bool:
    """Whether an object of valid JSON repeats a key; JSON nested too deep to tell counts as if it did.

    ``document`` is what ``numbers.loads`` read of it, if at hand: it holds as many strings as the body, unless a key
    came twice and was dropped; ``default`` as of ``numbers.dumps``.
    """
    if document is not None and _holds_all(document, body, default):
        return False
    try:
        _READER.decode(body.decode())
    except (RepeatedKeyError, RecursionError):
        return True
    return False


def _holds_all(document: Any, body: bytes, default: Callable[[Any], Any] | None) -> bool:
    strings = _strings(body)
    try:
        if strings * _SPARSE < len(body):
            return 2 * _counted(document) == strings
        return _strings(numbers.dumps(document, default)) == strings
    except (orjson.JSONEncodeError, RecursionError):  # nested too deep
        return False


def _counted(node: Any) -> int:
    """Return the number of strings in a document that is mostly numbers, keys included."""
    if isinstance(node, dict):
        return len(node) + sum(map(_counted, node.values()))
    if isinstance(node, list):
        try:
            sum(node)  # of nothing but numbers
        except TypeError:
            return sum(map(_counted, node))
        return 0
    return type(node) is str  # no Long


def _strings(body: bytes) -> int:
    """Return twice the number of strings in valid JSON, keys included."""
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    return body.count(b'"')
