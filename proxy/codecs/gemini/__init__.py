"""Google's Gemini API, as Gemini (``/v1beta/models/*``) and Vertex AI (``/v1/projects/*``) speak it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from proxy.codecs import checks
from proxy.codecs.api import Address, TableApi
from proxy.codecs.base import Api, Endpoint
from proxy.codecs.framing.json_array import JsonArray
from proxy.codecs.framing.sse import Sse
from proxy.codecs.gemini import tables
from proxy.codecs.gemini.conversation_replies import CONVERSATION
from proxy.codecs.gemini.dialect import DIALECT
from proxy.codecs.gemini.shape import ContentShape
from proxy.codecs.gemini.spelling import canonical
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

#: Paths of models. Project, location and publisher are the target's own: its base URL has them.
_PLACES = (
    "/v1beta/models",
    "/v1/models",
    "/v1beta1/projects/{project}/locations/{location}/publishers/{publisher}/models",
    "/v1/projects/{project}/locations/{location}/publishers/{publisher}/models",
    "/v1beta1/publishers/{publisher}/models",
    "/v1/publishers/{publisher}/models",
)
_WHOLE = {"alt": re.compile("json")}
_STREAMED = {"alt": re.compile("json|sse")}
_SSE = ("alt", "sse")


def _whole(verb: str) -> tuple[Endpoint, ...]:
    return tuple(Endpoint("POST", f"{path}/{{model}}:{verb}", query=_WHOLE) for path in _PLACES)


def _streamed(verb: str) -> tuple[Endpoint, ...]:
    return tuple(
        Endpoint("POST", f"{path}/{{model}}:{verb}", stream=True, query=_STREAMED, array_unless=_SSE)
        for path in _PLACES
    )


_with_contents = checks.objects("contents", "content")
_are_objects = checks.objects("requests", "request")


def _counted(document: Mapping[str, Any]) -> None:
    counted = document.get("generateContentRequest")
    _with_contents(counted if isinstance(counted, dict) else document)


def _with_content(document: Mapping[str, Any]) -> None:
    if not isinstance(document.get("content"), dict):
        raise MalformedRequestError("'content' must be an object")


def _with_requests(document: Mapping[str, Any]) -> None:
    _are_objects(document)
    for element in document["requests"]:
        _with_content(element)


def _add_statement(document: dict[str, Any], statement: str) -> dict[str, Any]:
    counted = document.get("generateContentRequest")
    if isinstance(counted, dict):
        return {**document, "generateContentRequest": _add_statement(counted, statement)}
    instruction = document.get("systemInstruction")
    members = (
        instruction
        if isinstance(instruction, dict)
        else {"parts": [{"text": instruction}] if isinstance(instruction, str) else []}
    )
    parts = members.get("parts")
    return {
        **document,
        "systemInstruction": {**members, "parts": [{"text": statement}, *(parts if isinstance(parts, list) else ())]},
    }


_SHARED: dict[str, Any] = {
    "dialect": DIALECT,
    "normalize": canonical,
    "dialect_values": frozenset({"@path/model", "@query/alt"}),
}
GENERATE = TableApi(
    "gemini_generate", Operation.CHAT, tables.GENERATE, tables.REPLY,
    endpoints=(*_whole("generateContent"), *_streamed("streamGenerateContent")),
    address=Address("/models/{model}:generateContent"), streamed_at=Address("/models/{model}:streamGenerateContent"),
    framing=Sse(), framed=(JsonArray(ends_with_body=False),), shape=ContentShape, check=_with_contents,
    add_statement=_add_statement, conversation=CONVERSATION, **_SHARED,
)  # fmt: skip
COUNT_TOKENS = TableApi(
    "gemini_count_tokens", Operation.CHAT, tables.COUNT_TOKENS, tables.COUNT, endpoints=_whole("countTokens"),
    address=Address("/models/{model}:countTokens"), check=_counted, add_statement=_add_statement, **_SHARED,
)  # fmt: skip
EMBED = TableApi(
    "gemini_embed", Operation.EMBEDDING, tables.EMBED, tables.EMBEDDED, endpoints=_whole("embedContent"),
    address=Address("/models/{model}:embedContent"), check=_with_content, **_SHARED,
)  # fmt: skip
BATCH_EMBED = TableApi(
    "gemini_batch_embed", Operation.EMBEDDING, tables.BATCH_EMBED, tables.EMBEDDED,
    endpoints=_whole("batchEmbedContents"), address=Address("/models/{model}:batchEmbedContents"),
    check=_with_requests, **_SHARED,
)  # fmt: skip


__all__ = ["APIS", "DIALECT"]

APIS: tuple[Api, ...] = (GENERATE, COUNT_TOKENS, EMBED, BATCH_EMBED)
