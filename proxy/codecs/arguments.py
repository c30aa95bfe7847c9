"""Arguments of a tool call, which one dialect writes as a JSON object and another as text. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import orjson

from proxy.codecs.repeats import unrepeated

_LARGEST = 1 << 64


def parse(text: str) -> dict[str, Any]:
    """Return the object that a text holds; blank text is an object without members.

    Raises:
        ValueError: it holds no object, or one that would change when written again.

    """
    if not text.strip():
        return {}
    orjson.loads(text)  # strict: no NaN, no half of a surrogate pair
    try:
        found = json.loads(text, object_pairs_hook=unrepeated, parse_int=_integer, parse_float=_number)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - a value of the wrong shape
    return found


def render(arguments: Mapping[str, Any]) -> str:
    """Return an object as text."""
    return orjson.dumps(arguments).decode()


def _integer(digits: str) -> int:
    number = int(digits)
    if not -_LARGEST // 2 <= number < _LARGEST:
        raise ValueError("a number that not every reader takes")
    return number


def _number(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number that not every reader takes")
    return number
