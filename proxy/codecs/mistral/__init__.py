"""Mistral's APIs beside those of OpenAI's dialect: filling in the middle, classifiers of chats and texts, OCR.

Its chat, embeddings and moderations are OpenAI's with members and chunks of their own, which stand in OpenAI's tables:
both are at the same paths, and no header tells whose client asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxy.codecs import request
from proxy.codecs.api import TableApi, at, need_messages
from proxy.codecs.base import Api, FilterFactory, Sealed, StreamRewriter
from proxy.codecs.framing.sse import Sse
from proxy.codecs.mistral import tables
from proxy.codecs.mistral.dialect import DIALECT
from proxy.codecs.openai import chat_stream
from proxy.codecs.openai.tables import CHAT_REPLY
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

__all__ = ["APIS", "DIALECT"]


@dataclass(slots=True, eq=False)
class _Chunked(TableApi):
    """An API whose replies stream like a chat completion."""

    def stream(
        self,
        make_filter: FilterFactory | None,
        media: str = "",  # noqa: ARG002 - one framing
        sealed: Sealed | None = None,
    ) -> StreamRewriter:
        """Return a rewriter for one streamed reply."""
        return chat_stream.rewriter(make_filter, sealed)


def _with_prompt(document: Mapping[str, Any]) -> None:
    if not isinstance(document.get("prompt"), str):
        raise MalformedRequestError("'prompt' must be a string")


def _with_messages(document: Mapping[str, Any]) -> None:
    given = document.get("input")
    if isinstance(given, list) and any(isinstance(one, list) for one in given):
        raise MalformedRequestError("'input' must be the messages of one conversation")
    request.need_objects(document, "input", "message")


def _with_conversations(document: Mapping[str, Any]) -> None:
    given = document.get("input")
    for one in given if isinstance(given, list) and given else [given]:
        if not isinstance(one, dict):
            raise MalformedRequestError("'input' must be an object with 'messages', or a list of such")
        need_messages(one)


def _with_texts(document: Mapping[str, Any]) -> None:
    request.need_texts(document, "input")


_FIM = _Chunked(
    name="mistral_fim",
    operation=Operation.COMPLETION,
    request=tables.FIM,
    reply=CHAT_REPLY,
    framing=Sse(),
    check=_with_prompt,
    **at(DIALECT, "/fim/completions", root="/v1"),
)
_CHAT_MODERATIONS = TableApi(
    name="mistral_chat_moderations",
    operation=Operation.MODERATION,
    request=tables.CHAT_MODERATION,
    reply=tables.JUDGEMENT,
    check=_with_messages,
    **at(DIALECT, "/chat/moderations", root="/v1"),
)
_CLASSIFICATIONS = TableApi(
    name="mistral_classifications",
    operation=Operation.MODERATION,
    request=tables.CLASSIFICATION,
    reply=tables.JUDGEMENT,
    check=_with_texts,
    **at(DIALECT, "/classifications", root="/v1"),
)
_CHAT_CLASSIFICATIONS = TableApi(
    name="mistral_chat_classifications",
    operation=Operation.MODERATION,
    request=tables.CHAT_CLASSIFICATION,
    reply=tables.JUDGEMENT,
    check=_with_conversations,
    **at(DIALECT, "/chat/classifications", root="/v1"),
)
_OCR = TableApi(
    name="mistral_ocr",
    operation=Operation.IMAGE,
    request=tables.OCR,
    reply=tables.OCR_REPLY,
    **at(DIALECT, "/ocr", root="/v1"),
)
APIS: tuple[Api, ...] = (_FIM, _CHAT_MODERATIONS, _CLASSIFICATIONS, _CHAT_CLASSIFICATIONS, _OCR)
