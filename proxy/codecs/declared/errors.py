"""Errors in a declared shape: the place of the message in an object, and of other values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from proxy.codecs.framing import Framing, sse
from proxy.codecs.framing.json_array import JsonArray
from proxy.codecs.framing.ndjson import Ndjson
from proxy.codecs.framing.sse import Sse
from proxy.codecs.rendering import SERVER_ERROR

#: Values that an error may hold.
MESSAGE, STATUS, CODE, REQUEST_ID = "message", "status", "code", "request_id"


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """``members``: path without lists -> message, status, code or request_id. ``framing`` is that of its streams."""

    members: Mapping[str, str]
    framing: Framing | None = None

    def body(self, status: int, code: str, message: str, request_id: str) -> bytes:
        """Render an error."""
        values = {MESSAGE: message, STATUS: status, CODE: code, REQUEST_ID: request_id}
        document: dict[str, Any] = {}
        for path, what in self.members.items():
            *above, last = path.split(".")
            holder = document
            for key in above:
                holder = holder.setdefault(key, {})
            holder[last] = values[what]
        return orjson.dumps(document)

    def event(self, _media: str, code: str, message: str, request_id: str) -> bytes:
        """Render an error inside a stream that has begun; nothing in one of plain text, which is cut off."""
        body = self.body(SERVER_ERROR, code, message, request_id)
        if isinstance(self.framing, Sse):
            return sse.encode(body, "error")
        if isinstance(self.framing, Ndjson):
            return body + b"\n"
        return b",\n" + body + b"\n]" if isinstance(self.framing, JsonArray) else b""
