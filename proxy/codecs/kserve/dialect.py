"""What the APIs of the Open Inference Protocol share: errors, and what clients ask before they send anything."""

from __future__ import annotations

import re
from collections.abc import Sequence

import orjson

from proxy.codecs import sse
from proxy.codecs.base import Dialect, Endpoint
from proxy.codecs.kserve import messages

_NAME, _VERSION = "compliance-proxy", "2"
_EXTENSIONS = ("binary_tensor_data", "classification", "generate", "parameters")

#: What a server keeps for all: models, shared memory, settings.
_KEPT = (
    "/v2/repository/{rest:path}",
    *(f"/v2/{kind}sharedmemory/{{rest:path}}" for kind in ("system", "cuda", "xla")),
    *(f"/v2{model}/trace/setting" for model in ("", "/models/{model}", "/models/{model}/versions/{version}")),
    "/v2/logging",
)


def error(_status: int, _code: str, message: str, _request_id: str) -> bytes:
    """Render the dialect's error object."""
    return orjson.dumps({"error": message})


def error_event(_media: str, code: str, message: str, request_id: str) -> bytes:
    """Render an error as an event of a stream; the stream is not ended cleanly after it."""
    return sse.encode(error(500, code, message, request_id))


def server(_names: Sequence[str]) -> bytes:
    """Render what the server says of itself; the protocol has no list of models."""
    return orjson.dumps({"name": _NAME, "version": _VERSION, "extensions": _EXTENSIONS})


def ready(name: str) -> bytes:
    """Render that a model is there."""
    return orjson.dumps({"name": name, "ready": True})


DIALECT = Dialect(
    name="kserve",
    error=error,
    error_event=error_event,
    models=server,
    model=ready,
    listed=(
        Endpoint("GET", "/v2"),
        Endpoint("GET", "/v2/models/{model}/ready"),
        Endpoint("GET", "/v2/models/{model}/versions/{version}/ready"),
    ),
    unlisted=True,
    health=("/v2/health/live", "/v2/health/ready"),
    kept=_KEPT,
    passed={messages.LENGTH: re.compile(r"\d{1,10}", re.ASCII)},
    heads=messages.heads,
)
