"""Rendering of errors and lists of models that dialects share. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from proxy.codecs.batches.results import MEDIA as LINES
from proxy.codecs.framing import sse

SERVER_ERROR = 500  # the first status that blames the server

#: Renders an error: status, code, message, request id -> body.
ErrorBody = Callable[[int, str, str, str], bytes]


def message_alone(_status: int, _code: str, message: str, _request_id: str) -> bytes:
    """Render an error as ``{"error": "..."}``."""
    return orjson.dumps({"error": message})


def in_stream(error: ErrorBody, event: str = "") -> Callable[[str, str, str, str], bytes]:
    """Return what renders an error inside a stream: a line of JSON lines, else a server-sent event of this name.

    The stream is not ended cleanly after it.
    """

    def render(media: str, code: str, message: str, request_id: str) -> bytes:
        body = error(SERVER_ERROR, code, message, request_id)
        return body + b"\n" if media in LINES else sse.encode(body, event)

    return render


def listing(member: str, describe: Callable[[str], dict[str, Any]], **more: Any) -> Callable[[Sequence[str]], bytes]:
    """Return what renders a list of models on one page: each described, under a member of an object."""
    return lambda names: orjson.dumps({**more, member: [describe(name) for name in names]})


def showing(describe: Callable[[str], dict[str, Any]]) -> Callable[[str], bytes]:
    """Return what renders one model."""
    return lambda name: orjson.dumps(describe(name))
