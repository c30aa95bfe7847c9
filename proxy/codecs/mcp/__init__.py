"""The Model Context Protocol over streamable HTTP: a server of tools is a target like a model.

Revisions 2025-03-26 to 2025-11-25, with sessions, and 2026-07-28, without. ``/mcp/{server}`` names the server as other
paths name a model. What goes to a server is egress like a prompt (arguments, answers to its questions); what comes from
it, results, questions and notifications, is a reply.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Any

from proxy.codecs import numbers
from proxy.codecs.api import Address
from proxy.codecs.base import SERVER_ERROR, Api, Dialect, Endpoint
from proxy.codecs.framing import sse
from proxy.codecs.mcp import mirrors, tables
from proxy.codecs.mcp.api import McpApi
from proxy.codecs.mcp.messages import McpShape, Messages
from proxy.codecs.mcp.mirrors import METHOD, NAME, PARAM, SESSION, VERSION
from proxy.core.records import Operation
from proxy.core.state.handles import Handles
from proxy.core.wire import Incoming

_INVALID, _INTERNAL = -32600, -32603
_CODES = {"header_mismatch": -32020}
#: Message ids that errors repeat: counters or random ids, which cannot carry a value.
_ID = re.compile(r"[A-Za-z]{0,16}[-_:]?\d{1,6}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: Values of headers that repeat one of the body.
_MIRROR = re.compile(r"[\x20-\x7e]{0,8192}")


def error(status: int, code: str, message: str, request_id: str, about: Any = None) -> bytes:
    """Render a JSON-RPC error; ``about`` is the id of the message that it answers, None if there is none."""
    number = _CODES.get(code, _INVALID if status < SERVER_ERROR else _INTERNAL)
    details = {"code": number, "message": message, "data": {"code": code, "exchange": request_id}}
    return numbers.dumps({"jsonrpc": "2.0", "id": about, "error": details})


def error_event(_media: str, code: str, message: str, request_id: str, about: Any = None) -> bytes:
    """Render an error as an event; the stream is not ended cleanly after it."""
    return sse.encode(error(SERVER_ERROR, code, message, request_id, about), "message")


def _about(dialect: Dialect, incoming: Incoming) -> Dialect:
    """Return the dialect with errors that answer one message."""
    try:
        document = numbers.loads(incoming.body)
    except ValueError:
        return dialect
    identity = document.get("id") if isinstance(document, dict) and "method" in document else None
    if isinstance(identity, bool) or not isinstance(identity, str | int) or not _ID.fullmatch(str(identity)):
        return dialect
    return replace(dialect, error=partial(error, about=identity), error_event=partial(error_event, about=identity))


def _bound(api: Api, incoming: Incoming, handles: Handles) -> Api:
    if not isinstance(api, McpApi):
        return api
    return replace(api, handles=handles, listens=incoming.endless, ends=incoming.method == "DELETE")


DIALECT = Dialect(
    name="mcp",
    error=error,
    error_event=error_event,
    client_headers=frozenset({VERSION, SESSION}),
    forwarded={
        VERSION: re.compile(r"\d{4}-\d{2}-\d{2}"),
        SESSION: re.compile(r"[A-Za-z0-9_=-]{1,4096}"),
        "last-event-id": re.compile(r"[\x20-\x7e]{0,4096}"),
        METHOD: _MIRROR,
        NAME: _MIRROR,
        f"{PARAM}*": _MIRROR,
    },
    reply_statuses=frozenset({200, 202, 400, 404}),
    for_request=_about,
    handle_headers=(SESSION,),
    bind=_bound,
    remembers=True,
)


__all__ = ["APIS", "DIALECT"]

_PATH = "/mcp/{model}"
_API = McpApi(
    "mcp", Operation.TOOL_CALL, tables.MESSAGE, tables.REPLY, dialect=DIALECT,
    endpoints=(Endpoint("POST", _PATH), Endpoint("GET", _PATH, endless=True), Endpoint("DELETE", _PATH)),
    address=Address(""), framing=Messages(), shape=McpShape,
    dialect_values=frozenset({"@path/model", f"@header/{mirrors.VERSION}"}),
)  # fmt: skip
APIS: tuple[Api, ...] = (_API,)
