"""The dialect of Hugging Face's servers: errors. Models are listed at OpenAI's path."""

from __future__ import annotations

import orjson

from proxy.codecs.base import Dialect
from proxy.codecs.rendering import SERVER_ERROR, in_stream

_KINDS = {429: "overloaded", 503: "overloaded"}


def error(status: int, code: str, message: str, _request_id: str) -> bytes:
    """Render the error object of both servers."""
    kind = _KINDS.get(status, "validation" if status < SERVER_ERROR else "generation")
    return orjson.dumps({"error": message, "error_type": kind, "code": code})


DIALECT = Dialect(name="huggingface", error=error, error_event=in_stream(error))
