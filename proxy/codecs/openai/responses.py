"""``POST /v1/responses`` without what a target keeps, ``/v1/responses/input_tokens`` and ``/v1/responses/compact``.

OpenAI keeps a response that the request does not say to forget: a request that leaves ``store`` out goes with false.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from proxy.codecs.api import Address, TableApi
from proxy.codecs.framing.sse import Sse
from proxy.codecs.openai import responses_tables as tables
from proxy.codecs.openai.dialect import AZURE, DIALECT, OPENAI, everywhere
from proxy.codecs.openai.kept import KeptResponses, ResponsesApi
from proxy.codecs.openai.kept import everywhere as kept_at
from proxy.codecs.openai.responses_conversation_replies import SPEECH
from proxy.codecs.openai.responses_stream import ResponsesShape
from proxy.codecs.openai.tables import KEEPS
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError


def _error_event(_media: str, code: str, message: str, _request_id: str) -> bytes:
    """Render an error inside a stream, which is flat there; its number is not known here."""
    said = {"type": "error", "code": code, "message": message, "param": None, "sequence_number": 0}
    return b"event: error\ndata: " + orjson.dumps(said) + b"\n\n"


_DIALECT = replace(DIALECT, error_event=_error_event)


def _check(document: Mapping[str, Any]) -> None:
    given = document.get("input")
    if given is None and document.get("prompt"):
        return
    if not (given and isinstance(given, str | list)):
        raise MalformedRequestError("'input' must be a string or a non-empty list of items")
    if isinstance(given, list) and not all(isinstance(item, dict) for item in given):
        raise MalformedRequestError("every item of 'input' must be an object")


def _stated(document: dict[str, Any], statement: str) -> dict[str, Any]:
    """Return the request with the statement as a first message of its own."""
    given = document.get("input") or []
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    return {**document, "input": [{"type": "message", "role": "system", "content": statement}, *items]}


RESPONSES = ResponsesApi(
    name="openai_responses",
    dialect=_DIALECT,
    endpoints=everywhere("/responses", dated=False),
    operation=Operation.CHAT,
    request=tables.RESPONSES,
    reply=tables.RESPONSES_REPLY,
    address=Address("/responses"),
    framing=Sse(),
    shape=ResponsesShape,
    check=_check,
    state=_stated,
    speech=SPEECH,
)
#: Without the default of a response, since what they answer with is not kept.
_COUNTED = replace(tables.RESPONSES, keeps=KEEPS)
INPUT_TOKENS = TableApi(
    name="openai_responses_tokens",
    dialect=_DIALECT,
    endpoints=everywhere("/responses/input_tokens", dated=False),
    operation=Operation.CHAT,
    request=_COUNTED,
    reply=tables.TOKENS_REPLY,
    address=Address("/responses/input_tokens"),
    check=_check,
    state=_stated,
)
COMPACT = TableApi(
    name="openai_responses_compact",
    dialect=_DIALECT,
    endpoints=everywhere("/responses/compact", dated=False),
    operation=Operation.CHAT,
    request=_COUNTED,
    reply=tables.RESPONSES_REPLY,
    address=Address("/responses/compact"),
    check=_check,
    state=_stated,
)
KEPT = KeptResponses(
    name="openai_responses_kept",
    dialect=_DIALECT,
    endpoints=kept_at(OPENAI, AZURE, "/openai"),
    reply=tables.KEPT_REPLY,
)
