"""What the APIs of Ollama's dialect share: errors and lists of models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from proxy.codecs.base import Dialect, Endpoint

#: A list of models has to say when each was changed; nothing here knows.
_NEVER = "1970-01-01T00:00:00Z"


def error(_status: int, _code: str, message: str, _request_id: str) -> bytes:
    """Render the dialect's error object."""
    return orjson.dumps({"error": message})


def error_event(_media: str, code: str, message: str, request_id: str) -> bytes:
    """Render an error as a line of a stream; the stream is not ended cleanly after it."""
    return error(500, code, message, request_id) + b"\n"


def _described(name: str) -> dict[str, Any]:
    details = {"format": "", "family": "", "families": None, "parameter_size": "", "quantization_level": ""}
    return {"name": name, "model": name, "modified_at": _NEVER, "size": 0, "digest": "", "details": details}


def models(names: Sequence[str]) -> bytes:
    """Render the list of models."""
    return orjson.dumps({"models": [_described(name) for name in names]})


DIALECT = Dialect(
    name="ollama",
    error=error,
    error_event=error_event,
    models=models,
    listed=(Endpoint("GET", "/api/tags"),),
)
