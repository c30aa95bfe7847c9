"""Checks that a document is a request of its API: each raises MalformedRequestError if it is not. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from proxy.errors import MalformedRequestError

Check = Callable[[Mapping[str, Any]], None]


def objects(name: str, element: str) -> Check:
    """Return the check that a member is a non-empty list of objects; ``element`` is what one of them is called."""

    def check(document: Mapping[str, Any]) -> None:
        value = document.get(name)
        if not isinstance(value, list) or not value:
            raise MalformedRequestError(f"'{name}' must be a non-empty list")
        if not all(isinstance(item, dict) for item in value):
            raise MalformedRequestError(f"every {element} must be an object")

    return check


def text(name: str, why: str = "") -> Check:
    """Return the check that a member is a string; ``why`` ends the message."""

    def check(document: Mapping[str, Any]) -> None:
        if not isinstance(document.get(name), str):
            raise MalformedRequestError(f"'{name}' must be a string{why}")

    return check


def texts(name: str, why: str = "") -> Check:
    """Return the check that a member is a string or a non-empty list of strings; ``why`` ends the message."""

    def check(document: Mapping[str, Any]) -> None:
        if not are_texts(document.get(name)):
            raise MalformedRequestError(f"'{name}' must be a string or a list of strings{why}")

    return check


def are_texts(value: Any) -> bool:
    """Whether a member is a string or a non-empty list of strings."""
    strings = value if isinstance(value, list) else [value]
    return bool(strings) and all(isinstance(string, str) for string in strings)


#: A chat holds messages.
messages = objects("messages", "message")
