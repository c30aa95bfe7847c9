"""The Model Context Protocol over streamable HTTP: a server of tools is a target like a model.

Revisions 2025-03-26 to 2025-11-25, with sessions, and 2026-07-28, without. ``/mcp/{server}`` names the server as other
paths name a model. What goes to a server is egress like a prompt (arguments, answers to its questions); what comes from
it, results, questions and notifications, is a reply.
"""

from __future__ import annotations

from proxy.codecs.api import Address
from proxy.codecs.base import Api, Endpoint
from proxy.codecs.mcp import mirrors, tables
from proxy.codecs.mcp.api import McpApi
from proxy.codecs.mcp.dialect import DIALECT
from proxy.codecs.mcp.messages import McpShape, Messages
from proxy.core.records import Operation

__all__ = ["APIS", "DIALECT"]

_PATH = "/mcp/{model}"
_API = McpApi(
    "mcp", Operation.TOOL_CALL, tables.MESSAGE, tables.REPLY, dialect=DIALECT,
    endpoints=(Endpoint("POST", _PATH), Endpoint("GET", _PATH, endless=True), Endpoint("DELETE", _PATH)),
    address=Address(""), framing=Messages(), shape=McpShape,
    dialect_values=frozenset({"@path/model", f"@header/{mirrors.VERSION}"}),
)  # fmt: skip
APIS: tuple[Api, ...] = (_API,)
