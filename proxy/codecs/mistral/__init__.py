"""Mistral's APIs besides those of OpenAI's dialect: filling in the middle, classifiers of chats and texts, OCR.

Its chat, embeddings and moderations are OpenAI's with members and chunks of their own, which stand in OpenAI's tables:
both have the same paths, and no header tells their clients apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from proxy.codecs import checks, paths
from proxy.codecs.api import TableApi, at
from proxy.codecs.base import Api, Dialect, in_stream
from proxy.codecs.framing.sse import Sse
from proxy.codecs.limit_headers import openai_headers
from proxy.codecs.mistral import tables
from proxy.codecs.openai.chat_shape import ChoicesShape
from proxy.codecs.openai.dialect import error as openai_error
from proxy.codecs.openai.tables import CHAT_REPLY
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError


def error(status: int, code: str, message: str, request_id: str) -> bytes:
    """Render the dialect's error object, which is OpenAI's inner one."""
    details: dict[str, Any] = orjson.loads(openai_error(status, code, message, request_id))["error"]
    return orjson.dumps({"object": "error", **details})


#: Resources kept by Mistral, or run from them.
_KEPT = "agents conversations libraries connectors workflows rag webhooks observability".split()


DIALECT = Dialect(
    limits=openai_headers,
    unpaid=429,
    name="mistral",
    error=error,
    error_event=in_stream(error),
    stateful_paths=paths.with_subpaths(*(f"/v1/{name}" for name in _KEPT)),
)


__all__ = ["APIS", "DIALECT"]


_ARE_MESSAGES = checks.objects("input", "message")


def _with_messages(document: Mapping[str, Any]) -> None:
    value = document.get("input")
    if isinstance(value, list) and any(isinstance(element, list) for element in value):
        raise MalformedRequestError("'input' must be the messages of one conversation")
    _ARE_MESSAGES(document)


def _with_conversations(document: Mapping[str, Any]) -> None:
    value = document.get("input")
    for conversation in value if isinstance(value, list) and value else [value]:
        if not isinstance(conversation, dict):
            raise MalformedRequestError("'input' must be an object with 'messages', or a list of such")
        checks.messages(conversation)


APIS: tuple[Api, ...] = (
    TableApi(
        "mistral_fim", Operation.COMPLETION, tables.FIM, CHAT_REPLY, check=checks.text("prompt"),
        framing=Sse(), shape=ChoicesShape, **at(DIALECT, "/fim/completions", root="/v1"),
    ),
    TableApi(
        "mistral_chat_moderations", Operation.MODERATION, tables.CHAT_MODERATION, tables.JUDGEMENT,
        check=_with_messages, **at(DIALECT, "/chat/moderations", root="/v1"),
    ),
    TableApi(
        "mistral_classifications", Operation.MODERATION, tables.CLASSIFICATION, tables.JUDGEMENT,
        check=checks.texts("input"), **at(DIALECT, "/classifications", root="/v1"),
    ),
    TableApi(
        "mistral_chat_classifications", Operation.MODERATION, tables.CHAT_CLASSIFICATION, tables.JUDGEMENT,
        check=_with_conversations, **at(DIALECT, "/chat/classifications", root="/v1"),
    ),
    TableApi("mistral_ocr", Operation.IMAGE, tables.OCR, tables.OCR_REPLY, **at(DIALECT, "/ocr", root="/v1")),
)  # fmt: skip
