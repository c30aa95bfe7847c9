"""The Ollama dialect: errors and lists of models."""

from __future__ import annotations

from typing import Any

from proxy.codecs.base import Dialect, Endpoint
from proxy.codecs.rendering import in_stream, listing, message_alone

#: Models are listed with the time of their last change, which is unknown here.
_NEVER = "1970-01-01T00:00:00Z"


def _describe(name: str) -> dict[str, Any]:
    details = {"format": "", "family": "", "families": None, "parameter_size": "", "quantization_level": ""}
    return {"name": name, "model": name, "modified_at": _NEVER, "size": 0, "digest": "", "details": details}


DIALECT = Dialect(
    name="ollama",
    error=message_alone,
    error_event=in_stream(message_alone),
    models=listing("models", _describe),
    listed=(Endpoint("GET", "/api/tags"),),
)
