"""The dialect of Mistral's own APIs: errors. Models are listed at OpenAI's path."""

from __future__ import annotations

from typing import Any

import orjson

from proxy.codecs import paths
from proxy.codecs.base import Dialect
from proxy.codecs.limit_headers import openai_headers
from proxy.codecs.openai.dialect import error as openai_error
from proxy.codecs.rendering import in_stream


def error(status: int, code: str, message: str, request_id: str) -> bytes:
    """Render the dialect's error object, which is OpenAI's inner one."""
    details: dict[str, Any] = orjson.loads(openai_error(status, code, message, request_id))["error"]
    return orjson.dumps({"object": "error", **details})


#: Resources kept by Mistral, or run from them.
_KEPT = "agents conversations libraries connectors workflows rag webhooks observability".split()


DIALECT = Dialect(
    limits=openai_headers,
    unpaid=429,
    name="mistral",
    error=error,
    error_event=in_stream(error),
    stateful_paths=paths.with_subpaths(*(f"/v1/{name}" for name in _KEPT)),
)
