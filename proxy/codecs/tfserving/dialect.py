"""What the APIs of TensorFlow Serving share: errors."""

from __future__ import annotations

import orjson

from proxy.codecs.base import Dialect


def error(_status: int, _code: str, message: str, _request_id: str) -> bytes:
    """Render the dialect's error object."""
    return orjson.dumps({"error": message})


def error_event(_media: str, code: str, message: str, request_id: str) -> bytes:
    """Render an error; nothing streams here."""
    return error(500, code, message, request_id)


DIALECT = Dialect(name="tfserving", error=error, error_event=error_event)
