"""Arguments of a tool call, which one dialect writes as a JSON object and another as text. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.codecs import numbers
from proxy.codecs.repeats import RepeatedKeyError, repeats


def parse(text: str) -> dict[str, Any]:
    """Return the object that a text holds; blank text is an object without members.

    Raises:
        ValueError: it holds no object, or one that would change when written again.

    """
    if not text.strip():
        return {}
    arguments = numbers.loads(text)
    if repeats(text.encode(), arguments):
        raise RepeatedKeyError("an object of the arguments has the same key twice")
    if not isinstance(arguments, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - a value of the wrong shape
    return arguments


def render(arguments: Mapping[str, Any]) -> str:
    """Return an object as text."""
    return numbers.dumps(arguments).decode()
