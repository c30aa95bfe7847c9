"""The dialect of the Open Inference Protocol: errors, and readiness of server and models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson

from proxy.codecs.base import Dialect, Endpoint, in_stream, message_alone, showing
from proxy.codecs.kserve import messages

_NAME, _VERSION = "compliance-proxy", "2"
_EXTENSIONS = ("binary_tensor_data", "classification", "generate", "parameters")

#: State of a server for everybody: models, shared memory, settings.
_KEPT = (
    "/v2/repository/{rest:path}",
    *(f"/v2/{kind}sharedmemory/{{rest:path}}" for kind in ("system", "cuda", "xla")),
    *(f"/v2{model}/trace/setting" for model in ("", "/models/{model}", "/models/{model}/versions/{version}")),
    "/v2/logging",
)


def _server(_names: Sequence[str]) -> bytes:
    """Render the server's metadata; the protocol has no list of models."""
    return orjson.dumps({"name": _NAME, "version": _VERSION, "extensions": _EXTENSIONS})


def _ready(name: str) -> dict[str, Any]:
    return {"name": name, "ready": True}


DIALECT = Dialect(
    name="kserve",
    error=message_alone,
    error_event=in_stream(message_alone),
    models=_server,
    model=showing(_ready),
    listed=(
        Endpoint("GET", "/v2"),
        Endpoint("GET", "/v2/models/{model}/ready"),
        Endpoint("GET", "/v2/models/{model}/versions/{version}/ready"),
    ),
    health=("/v2/health/live", "/v2/health/ready"),
    stateful_paths=_KEPT,
    forwarded={messages.LENGTH: re.compile(r"\d{1,10}", re.ASCII)},
    heads=messages.heads,
)
