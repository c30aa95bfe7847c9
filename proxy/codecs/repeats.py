"""JSON objects that repeat a key: parsers disagree on which value counts, so none may be chosen. Pure."""

from __future__ import annotations

import json
from typing import Any


class RepeatedKeyError(ValueError):
    """An object repeats a key."""


def unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of these members (``object_pairs_hook`` of the standard library's reader).

    Raises:
        RepeatedKeyError: a key occurs twice.

    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RepeatedKeyError
    return found


_READER = json.JSONDecoder(object_pairs_hook=unrepeated, parse_int=str, parse_float=str)


def repeats(body: bytes) -> bool:
    """Whether an object of valid JSON repeats a key; JSON nested too deep to tell counts as if it did."""
    try:
        _READER.decode(body.decode())
    except (RepeatedKeyError, RecursionError):
        return True
    return False
