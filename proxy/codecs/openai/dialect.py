"""What the OpenAI dialect's APIs share: errors and lists of models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from proxy.codecs.base import Dialect, Endpoint


def error(status: int, code: str, message: str, request_id: str) -> bytes:
    """Render the dialect's error object."""
    kinds = {
        400: "invalid_request_error",
        401: "authentication_error",
        403: "permission_error",
        429: "rate_limit_error",
    }
    kind = kinds.get(status, "invalid_request_error" if status < 500 else "api_error")  # noqa: PLR2004 - HTTP 5xx
    return orjson.dumps(
        {"error": {"message": message, "type": kind, "param": None, "code": code, "request_id": request_id}}
    )


def error_event(_media: str, code: str, message: str, request_id: str) -> bytes:
    """Render an error as a server-sent event; the stream is not ended cleanly after it."""
    return b"data: " + error(500, code, message, request_id) + b"\n\n"


def _described(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "compliance-proxy"}


def models(names: Sequence[str]) -> bytes:
    """Render the list of models."""
    return orjson.dumps({"object": "list", "data": [_described(name) for name in names]})


def model(name: str) -> bytes:
    """Render one model."""
    return orjson.dumps(_described(name))


DIALECT = Dialect(
    name="openai",
    error=error,
    error_event=error_event,
    models=models,
    model=model,
    listed=(Endpoint("GET", "/v1/models"), Endpoint("GET", "/v1/models/{id:path}")),
)
