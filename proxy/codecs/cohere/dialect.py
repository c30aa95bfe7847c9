"""The Cohere dialect: errors and lists of models."""

from __future__ import annotations

from typing import Any

import orjson

from proxy.codecs import paths
from proxy.codecs.base import Dialect, Endpoint
from proxy.codecs.framing import sse
from proxy.codecs.rendering import listing, showing


def error(_status: int, code: str, message: str, request_id: str) -> bytes:
    """Render the dialect's error object."""
    return orjson.dumps({"id": request_id, "message": message, "code": code})


def error_event(_media: str, code: str, message: str, request_id: str) -> bytes:
    """Render an error as the end of the message, as the dialect does; the stream is not ended cleanly after it."""
    delta = {"finish_reason": "ERROR", "error": message, "code": code}
    return sse.encode(orjson.dumps({"type": "message-end", "id": request_id, "delta": delta}), "message-end")


def _describe(name: str) -> dict[str, Any]:
    """Capabilities of a model are its targets' business; every served one is listed."""
    return {"name": name, "endpoints": ["chat", "embed", "rerank"], "finetuned": False, "default_endpoints": []}


DIALECT = Dialect(
    name="cohere",
    error=error,
    error_event=error_event,
    models=listing("models", _describe),
    model=showing(_describe),
    listed=(Endpoint("GET", "/v1/models"), Endpoint("GET", "/v1/models/{id:path}")),
    stateful_paths=paths.with_subpaths(
        *"/v2/batches /v1/datasets /v1/embed-jobs /v1/connectors /v1/finetuning".split()
    ),
    client_headers=frozenset({"x-fern-sdk-name"}),
)
