"""The values of TensorFlow Serving's JSON: bytes in base64. Pure.

``{"b64": "..."}`` is a string of bytes if the object holds nothing else. In the document of a message it is the text of
these bytes; other bytes are set aside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from proxy.codecs import base64_text, pointer, tensors

_B64 = "b64"


def decode(node: Any, *, strict: bool) -> tuple[Any, bool]:
    """Return a document with base64 decoded to texts, and whether it holds bytes other than text.

    Raises:
        ValueError: nested too deep; if ``strict``, a value is not base64.

    """
    unread: list[bool] = []

    def text(data: str) -> Any:
        decoded = base64_text.read(data)
        if decoded is not None and base64_text.write(decoded, "") == data:
            return decoded
        if strict and data and not base64_text.is_base64(data):
            raise ValueError("'b64' must hold base64")
        unread.append(True)
        return tensors.set_aside(data)

    return _change(node, text), bool(unread)


def encode(node: Any) -> Any:
    """Return a document with texts encoded in base64 where they came from it."""
    return _change(node, lambda text: base64_text.write(text, ""))


def _change(node: Any, change: Callable[[str], Any], depth: int = 0) -> Any:
    """Return a document in which every string of bytes is changed."""
    if depth > pointer.DEPTH_LIMIT:
        raise ValueError(f"the body is nested deeper than {pointer.DEPTH_LIMIT} levels")
    if isinstance(node, list):
        return [
            _change(element, change, depth + 1) if isinstance(element, dict | list) else element for element in node
        ]
    if not isinstance(node, dict):
        return node
    if len(node) == 1 and type(data := node.get(_B64)) is str:
        return {_B64: change(data)}
    return {key: _change(value, change, depth + 1) for key, value in node.items()}
