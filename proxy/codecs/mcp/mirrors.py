"""Headers that repeat values of a message (``Mcp-Method``, ``Mcp-Name``, ``Mcp-Param-*``). Pure.

A server compares them with the body, and intermediaries read them. Outgoing ones are written from the outgoing body; a
header that repeats nothing of the incoming body is refused.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from proxy.core.wire import Keys
from proxy.errors import HeaderMismatchError

VERSION, SESSION = "mcp-protocol-version", "mcp-session-id"
METHOD, NAME, PARAM = "mcp-method", "mcp-name", "mcp-param-"
_METHOD: Keys = ("method",)
_NAMES: tuple[Keys, ...] = (("params", "name"), ("params", "uri"))
_ARGUMENTS: Keys = ("params", "arguments")
#: Base64 of UTF-8, for texts that a header cannot hold.
_ENCODED = re.compile(r"=\?base64\?(.*)\?=", re.DOTALL)
_PLAIN = re.compile(r"[\x20-\x7e]*")


def is_mirror(name: str) -> bool:
    """Whether a header repeats a value of the body."""
    return name in {METHOD, NAME} or name.startswith(PARAM)


def read(headers: Mapping[str, str], document: Mapping[str, Any]) -> dict[str, tuple[Keys, ...]]:
    """Return header -> places in the body whose value it repeats.

    Raises:
        HeaderMismatchError: it repeats none.

    """
    texts = {name: decode(value) for name, value in headers.items() if is_mirror(name)}
    arguments: dict[str, tuple[Keys, ...]] = {}
    if any(name.startswith(PARAM) for name in texts):
        arguments = _by_text(_leaves(_at(document, _ARGUMENTS), _ARGUMENTS))
    named = {
        METHOD: _by_text([(_METHOD, _at(document, _METHOD))]),
        NAME: _by_text((keys, _at(document, keys)) for keys in _NAMES),
    }
    keys_by_name = {name: named.get(name, arguments).get(text, ()) for name, text in texts.items() if text is not None}
    if len(keys_by_name) < len(texts) or not all(keys_by_name.values()):
        raise HeaderMismatchError
    return keys_by_name


def rewrite(mirrored: Mapping[str, tuple[Keys, ...]], document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the headers with the current values of the body.

    Raises:
        HeaderMismatchError: values that were equal no longer are, or one has gone.

    """
    distinct = {id(places): places for places in mirrored.values()}
    values = {name: {render(_at(document, keys)) for keys in places} for name, places in distinct.items()}
    for name, places in mirrored.items():
        text, *others = values[id(places)]
        if others or text is None:
            raise HeaderMismatchError("a header repeats a value that was changed")
        yield name, encode(text)


def render(value: Any) -> str | None:
    """Return a value as a header has it, None if none can."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else None


def encode(text: str) -> str:
    """Return the value of a header for a text."""
    if _PLAIN.fullmatch(text) and text == text.strip() and not _ENCODED.fullmatch(text):
        return text
    return f"=?base64?{base64.b64encode(text.encode('utf-8', 'surrogatepass')).decode()}?="


def decode(value: str) -> str | None:
    """Return the text of a header, None if it is not base64 of a text."""
    match = _ENCODED.fullmatch(value)
    if match is None:
        return value
    try:
        return base64.b64decode(match.group(1), validate=True).decode()
    except (binascii.Error, UnicodeError):
        return None


def _by_text(leaves: Iterable[tuple[Keys, Any]]) -> dict[str, tuple[Keys, ...]]:
    """Return the ways to the values of each text that a header can have; headers with one text share them."""
    keys_by_text: dict[str, list[Keys]] = {}
    for keys, value in leaves:
        text = render(value)
        if text is not None:
            keys_by_text.setdefault(text, []).append(keys)
    return {text: tuple(places) for text, places in keys_by_text.items()}


def _leaves(node: Any, keys: Keys) -> Iterator[tuple[Keys, Any]]:
    """Yield every value below objects and the way to it: no header repeats an element of a list."""
    if not isinstance(node, dict):
        yield keys, node
        return
    for key, value in node.items():
        yield from _leaves(value, (*keys, key))


def _at(document: Any, keys: Keys) -> Any:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document
