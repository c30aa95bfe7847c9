"""The Anthropic dialect: errors, lists of models, headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson

from proxy.codecs import paths
from proxy.codecs.base import SERVER_ERROR, Dialect, Endpoint, in_stream, showing
from proxy.codecs.limit_headers import anthropic_headers

_KINDS = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    451: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def error(status: int, code: str, message: str, request_id: str) -> bytes:
    """Render the dialect's error object."""
    kind = _KINDS.get(status, "invalid_request_error" if status < SERVER_ERROR else "api_error")
    details = {"type": kind, "message": message, "details": {"error_code": code}}
    return orjson.dumps({"type": "error", "error": details, "request_id": request_id})


def _describe(name: str) -> dict[str, Any]:
    return {"type": "model", "id": name, "display_name": name, "created_at": "1970-01-01T00:00:00Z"}


def models(names: Sequence[str]) -> bytes:
    """Render the list of models, on one page."""
    first, last = (names[0], names[-1]) if names else (None, None)
    listed = [_describe(name) for name in names]
    return orjson.dumps({"data": listed, "has_more": False, "first_id": first, "last_id": last})


#: Resources kept by Anthropic.
_KEPT = "messages/batches files skills memory_stores agents sessions environments dreams deployments".split()


DIALECT = Dialect(
    limits=anthropic_headers,
    name="anthropic",
    error=error,
    error_event=in_stream(error, "error"),
    models=models,
    model=showing(_describe),
    listed=(Endpoint("GET", "/v1/models"), Endpoint("GET", "/v1/models/{id:path}")),
    stateful_paths=paths.with_subpaths(*(f"/v1/{name}" for name in _KEPT)),
    client_headers=frozenset({"anthropic-version"}),
    forwarded={
        "anthropic-version": re.compile(r"\d{4}-\d{2}-\d{2}"),
        "anthropic-workspace-id": re.compile(r"wrkspc_(?![A-Za-z0-9]*\d{6})[A-Za-z0-9]{1,64}"),
        "anthropic-beta": re.compile(r"[a-z0-9, -]{0,1024}"),
    },
    id_headers=("request-id",),
    refused=451,  # Claude Code takes 403 for a failed login, and repeats 400 and 422 with fewer betas
)
