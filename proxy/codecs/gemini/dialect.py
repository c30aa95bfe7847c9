"""The Gemini dialect: errors as ``google.rpc.Status``, lists of models, places of credentials."""

from __future__ import annotations

from typing import Any

import orjson

from proxy.codecs.base import PRESENTED, SERVER_ERROR, Dialect, Endpoint, listing, showing
from proxy.codecs.framing import sse
from proxy.core.wire import EVENTS

_STATES = {
    401: "UNAUTHENTICATED",
    402: "RESOURCE_EXHAUSTED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_DETAIL = "type.googleapis.com/google.rpc."


def error(status: int, code: str, message: str, request_id: str) -> bytes:
    """Render the dialect's error object."""
    state = _STATES.get(status, "INVALID_ARGUMENT" if status < SERVER_ERROR else "INTERNAL")
    details = [
        {"@type": f"{_DETAIL}ErrorInfo", "reason": code.upper(), "domain": "compliance-proxy"},
        {"@type": f"{_DETAIL}RequestInfo", "requestId": request_id},
    ]
    return orjson.dumps({"error": {"code": status, "message": message, "status": state, "details": details}})


def error_event(media: str, code: str, message: str, request_id: str) -> bytes:
    """Render an error as an event, or as the last element of an array that has begun with another."""
    body = error(SERVER_ERROR, code, message, request_id)
    return sse.encode(body) if media == EVENTS else b",\n" + body + b"\n]"


def _describe(name: str) -> dict[str, Any]:
    """Capabilities of a model are its targets' business; every served one is listed."""
    actions = ["generateContent", "countTokens", "embedContent", "batchEmbedContents"]
    return {"name": f"models/{name}", "displayName": name, "supportedGenerationMethods": actions}


DIALECT = Dialect(
    name="gemini",
    error=error,
    error_event=error_event,
    models=listing("models", _describe),
    model=showing(_describe),
    listed=(
        Endpoint("GET", "/v1beta/models"),
        Endpoint("GET", "/v1beta/models/{id:path}"),
        Endpoint("GET", "/v1/models"),
        Endpoint("GET", "/v1/models/{id:path}"),
    ),
    client_headers=frozenset({"x-goog-api-key"}),
    credential_places=("x-goog-api-key", "?key", *PRESENTED),
)
