"""``/v1/responses`` with its ``input_tokens`` and ``compact``, ``/v1/responses/{id}`` and ``/v1/conversations``.

OpenAI keeps a response unless the request says otherwise: a request without ``store`` is sent with false.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from proxy.codecs import checks
from proxy.codecs.api import Address, TableApi
from proxy.codecs.framing import sse
from proxy.codecs.framing.sse import Sse
from proxy.codecs.kept_api import KeptApi, used_at
from proxy.codecs.openai import responses_tables as tables
from proxy.codecs.openai.dialect import DIALECT, ROOTS, at, everywhere
from proxy.codecs.openai.kept import CONVERSATION_USES, RESPONSE_USES, ResponsesApi
from proxy.codecs.openai.responses_conversation_replies import CONVERSATION
from proxy.codecs.openai.responses_stream import ResponsesShape
from proxy.codecs.openai.tables import KEEPS
from proxy.core.records import Operation
from proxy.core.state import kept
from proxy.errors import MalformedRequestError


def _error_event(_media: str, code: str, message: str, _request_id: str) -> bytes:
    """Render an error inside a stream, which is flat there; its sequence number is unknown here."""
    event = {"type": "error", "code": code, "message": message, "param": None, "sequence_number": 0}
    return sse.encode(orjson.dumps(event), "error")


_DIALECT = replace(DIALECT, error_event=_error_event, refused=400)  # Codex repeats every other status


def _at(path: str) -> dict[str, Any]:
    return {**at(path, dated=False), "dialect": _DIALECT}


def _check(document: Mapping[str, Any]) -> None:
    value = document.get("input")
    if value is None and document.get("prompt"):
        return
    if not (value and isinstance(value, str | list)):
        raise MalformedRequestError("'input' must be a string or a non-empty list of items")
    if isinstance(value, list) and not all(isinstance(item, dict) for item in value):
        raise MalformedRequestError("every item of 'input' must be an object")


def _with_storing(document: dict[str, Any]) -> dict[str, Any]:
    """Return a request that stores its response if it is to be made in the background.

    Raises:
        MalformedRequestError: it says that nothing is to be stored.

    """
    if document.get("background") is not True or document.get("store") is True:
        return document
    if document.get("store") is not None:
        raise MalformedRequestError("'background' needs 'store': true, since the response is fetched later")
    return {**document, "store": True}


def _add_statement(document: dict[str, Any], statement: str) -> dict[str, Any]:
    value = document.get("input") or []
    items = [{"role": "user", "content": value}] if isinstance(value, str) else value
    return {**document, "input": [_message(statement), *items]}


_ARE_OBJECTS = checks.objects("items", "item")


def _check_items(document: Mapping[str, Any]) -> None:
    if document.get("items") is not None:
        _ARE_OBJECTS(document)


def _add_statement_first(document: dict[str, Any], statement: str) -> dict[str, Any] | None:
    """Return the added items with the statement before them; labels alone have no place for one."""
    items = document.get("items")
    return {**document, "items": [_message(statement), *items]} if items else None


def _message(statement: str) -> dict[str, Any]:
    return {"type": "message", "role": "system", "content": statement}


RESPONSES = ResponsesApi(
    "openai_responses", Operation.CHAT, tables.RESPONSES, tables.RESPONSES_REPLY, framing=Sse(), shape=ResponsesShape,
    normalize=_with_storing, check=_check, add_statement=_add_statement, conversation=CONVERSATION, **_at("/responses"),
)  # fmt: skip
#: Without the default of a response, since the answers are not kept.
_COUNTED = replace(tables.RESPONSES, keeps={**KEEPS, "background": tables.BACKGROUND})
INPUT_TOKENS = TableApi(
    "openai_responses_tokens", Operation.CHAT, _COUNTED, tables.TOKENS_REPLY, check=_check,
    add_statement=_add_statement, **_at("/responses/input_tokens"),
)  # fmt: skip
COMPACT = TableApi(
    "openai_responses_compact", Operation.CHAT, _COUNTED, tables.RESPONSES_REPLY, check=_check,
    add_statement=_add_statement, **_at("/responses/compact"),
)  # fmt: skip
KEPT = KeptApi(
    kept.OFFERED, Operation.CHAT, tables.RESPONSES, tables.KEPT_REPLY, dialect=_DIALECT,
    endpoints=used_at("/responses", RESPONSE_USES, *ROOTS), address=Address("/responses"), framing=Sse(),
    shape=ResponsesShape, uses=RESPONSE_USES,
)  # fmt: skip
CONVERSATIONS = KeptApi(
    kept.CONVERSATIONS, Operation.CHAT, tables.CONVERSATION, tables.CONVERSATION_REPLY, dialect=_DIALECT,
    endpoints=(*everywhere("/conversations", dated=False), *used_at("/conversations", CONVERSATION_USES, *ROOTS)),
    address=Address("/conversations"), check=_check_items, add_statement=_add_statement_first, prefix=kept.CONVERSATION,
    uses=CONVERSATION_USES,
)  # fmt: skip
