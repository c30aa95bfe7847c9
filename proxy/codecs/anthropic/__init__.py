"""Anthropic's Messages API, as Anthropic and compatible model servers speak it."""

from __future__ import annotations

import re
from typing import Any

from proxy.codecs import checks
from proxy.codecs.anthropic import tables
from proxy.codecs.anthropic.batches import batches
from proxy.codecs.anthropic.conversation_replies import CONVERSATION
from proxy.codecs.anthropic.dialect import DIALECT
from proxy.codecs.anthropic.shape import AnthropicShape
from proxy.codecs.api import Address, OptionHeader, TableApi
from proxy.codecs.base import Api, Endpoint
from proxy.codecs.framing.sse import Sse
from proxy.core.records import Operation

__all__ = ["APIS", "BETAS", "DIALECT", "stated"]

_VERSION = re.compile(r"-\d{4}-?\d{2}-?\d{2}\Z")
_QUERY = {"beta": re.compile("true")}


def with_statement(document: dict[str, Any], statement: str) -> dict[str, Any]:
    system, block = document.get("system"), {"type": "text", "text": statement}
    if isinstance(system, str):
        return {**document, "system": [block, {"type": "text", "text": system}]}
    return {**document, "system": [block, *(system if isinstance(system, list) else ())]}


_HEADERS = ("anthropic-version", "anthropic-beta", "anthropic-workspace-id")
_OWN = frozenset({*(f"@header/{name}" for name in _HEADERS), "@query/beta", "@path/model"})
BETAS = OptionHeader(tables.TUNING, lambda name: _VERSION.sub("", name))
_SHARED: dict[str, Any] = {
    "dialect": DIALECT,
    "check": checks.messages,
    "add_statement": with_statement,
    "options": {"anthropic-beta": BETAS},
    "dialect_values": _OWN,
}
_STREAMED: dict[str, Any] = {"framing": Sse(), "shape": AnthropicShape}
#: Paths of Claude at Google. Project and location are the target's own: its base URL has them.
_CLAUDE = "/v1/projects/{project}/locations/{location}/publishers/anthropic/models/{model}"
_MESSAGES = TableApi(
    "anthropic_messages", Operation.CHAT, tables.MESSAGES, tables.MESSAGE, conversation=CONVERSATION,
    endpoints=(Endpoint("POST", "/v1/messages", query=_QUERY),), address=Address("/messages"),
    **_STREAMED, **_SHARED,
)  # fmt: skip
APIS: tuple[Api, ...] = (
    _MESSAGES,
    TableApi(
        "anthropic_count_tokens", Operation.CHAT, tables.COUNT_TOKENS, tables.COUNT,
        endpoints=(Endpoint("POST", "/v1/messages/count_tokens", query=_QUERY),),
        address=Address("/messages/count_tokens"), **_SHARED,
    ),
    TableApi(
        "anthropic_vertex", Operation.CHAT, tables.VERTEX, tables.MESSAGE,
        endpoints=(
            Endpoint("POST", f"{_CLAUDE}:rawPredict"), Endpoint("POST", f"{_CLAUDE}:streamRawPredict", stream=True),
        ),
        address=Address("/models/{model}:rawPredict"), streamed_at=Address("/models/{model}:streamRawPredict"),
        **_STREAMED, **_SHARED,
    ),
    TableApi(
        "anthropic_vertex_count_tokens", Operation.CHAT, tables.VERTEX_COUNT, tables.COUNT,
        endpoints=(Endpoint("POST", f"{_CLAUDE.removesuffix('{model}')}count-tokens:rawPredict"),),
        address=Address("/models/count-tokens:rawPredict"), **_SHARED,
    ),
    batches(_MESSAGES),
)  # fmt: skip
