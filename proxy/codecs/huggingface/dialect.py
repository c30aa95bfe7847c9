"""What Hugging Face's servers share: errors. A list of models is asked for at OpenAI's path."""

from __future__ import annotations

import orjson

from proxy.codecs import sse
from proxy.codecs.base import Dialect

_KINDS = {429: "overloaded", 503: "overloaded"}
_SERVER_ERROR = 500


def error(status: int, code: str, message: str, _request_id: str) -> bytes:
    """Render the error object of both servers."""
    kind = _KINDS.get(status, "validation" if status < _SERVER_ERROR else "generation")
    return orjson.dumps({"error": message, "error_type": kind, "code": code})


def error_event(_media: str, code: str, message: str, request_id: str) -> bytes:
    """Render an error as a server-sent event; the stream is not ended cleanly after it."""
    return sse.encode(error(_SERVER_ERROR, code, message, request_id))


DIALECT = Dialect(name="huggingface", error=error, error_event=error_event)
