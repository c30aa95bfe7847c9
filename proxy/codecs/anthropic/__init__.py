"""Anthropic's Messages API, as Anthropic and the model servers that follow it speak it."""

from __future__ import annotations

import re
from typing import Any

from proxy.codecs.anthropic import tables
from proxy.codecs.anthropic.conversation_replies import SPEECH
from proxy.codecs.anthropic.dialect import DIALECT
from proxy.codecs.anthropic.shape import MessageShape
from proxy.codecs.api import Address, Options, TableApi, need_messages
from proxy.codecs.base import Api, Endpoint
from proxy.codecs.framing.sse import Sse
from proxy.core.records import Operation

__all__ = ["APIS", "BETAS", "DIALECT", "stated"]

_VERSION = re.compile(r"-\d{4}-?\d{2}-?\d{2}\Z")
_QUERY = {"beta": re.compile("true")}


def stated(document: dict[str, Any], statement: str) -> dict[str, Any]:
    """Return a request with a statement before the caller's own instructions."""
    said, block = document.get("system"), {"type": "text", "text": statement}
    if isinstance(said, str):
        return {**document, "system": [block, {"type": "text", "text": said}]}
    return {**document, "system": [block, *(said if isinstance(said, list) else ())]}


_OWN = frozenset({"@header/anthropic-version", "@header/anthropic-beta", "@query/beta"})
BETAS = Options(tables.TUNING, lambda name: _VERSION.sub("", name))
_OPTIONS = {"anthropic-beta": BETAS}

_MESSAGES = TableApi(
    name="anthropic_messages",
    dialect=DIALECT,
    endpoints=(Endpoint("POST", "/v1/messages", query=_QUERY),),
    operation=Operation.CHAT,
    request=tables.MESSAGES,
    reply=tables.MESSAGE,
    address=Address("/messages"),
    framing=Sse(),
    shape=MessageShape,
    check=need_messages,
    state=stated,
    options=_OPTIONS,
    own=_OWN,
    speech=SPEECH,
)
_COUNT_TOKENS = TableApi(
    name="anthropic_count_tokens",
    dialect=DIALECT,
    endpoints=(Endpoint("POST", "/v1/messages/count_tokens", query=_QUERY),),
    operation=Operation.CHAT,
    request=tables.COUNT_TOKENS,
    reply=tables.COUNT,
    address=Address("/messages/count_tokens"),
    check=need_messages,
    state=stated,
    options=_OPTIONS,
    own=_OWN,
)
APIS: tuple[Api, ...] = (_MESSAGES, _COUNT_TOKENS)
