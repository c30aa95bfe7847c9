"""llama.cpp's native APIs: completions, filling in the middle, embeddings, tokens, templates.

Not served: token ids (``/detokenize``, prompts in numbers), since nobody reads them, pictures in prompts, and what
shows or changes the server (``/slots``, ``/props``, ``/lora-adapters``, ``/v1/streams``, its tools and its proxy).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.codecs import request
from proxy.codecs.api import Address
from proxy.codecs.base import Api, Endpoint
from proxy.codecs.framing.sse import Sse
from proxy.codecs.listed_api import ListedApi
from proxy.codecs.llamacpp import tables
from proxy.codecs.llamacpp.dialect import DIALECT
from proxy.codecs.llamacpp.shape import CompletionShape
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

__all__ = ["APIS", "DIALECT"]

_UNREADABLE = "token ids, pictures and mixed prompts cannot be read, so send the text they stand for"


def _with_prompt(document: Mapping[str, Any]) -> None:
    prompt = document.get("prompt")
    if not isinstance(prompt, str):
        _need_texts(prompt, "prompt")
        if document.get("stream") is True:
            raise MalformedRequestError("'prompt' must be one string where the reply streams")


def _with_gap(document: Mapping[str, Any]) -> None:
    for name in ("input_prefix", "input_suffix", "prompt"):
        if not isinstance(document.get(name, ""), str):
            raise MalformedRequestError(f"'{name}' must be a string; {_UNREADABLE}")


def _with_content(document: Mapping[str, Any]) -> None:
    _need_texts(document.get("content"), "content")


def _need_texts(given: Any, name: str) -> None:
    texts = given if isinstance(given, list) else [given]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise MalformedRequestError(f"'{name}' must be a string or a list of strings; {_UNREADABLE}")


def _with_messages(document: Mapping[str, Any]) -> None:
    request.need_objects(document, "messages", "message")


def _at(*paths: str) -> dict[str, Any]:
    endpoints = tuple(Endpoint("POST", path) for path in paths)
    return {"dialect": DIALECT, "endpoints": endpoints, "address": Address(paths[0])}


_STREAMED: dict[str, Any] = {"framing": Sse(), "shape": CompletionShape, "reply": tables.COMPLETED}
_COMPLETION = ListedApi(
    name="llamacpp_completion",
    operation=Operation.COMPLETION,
    request=tables.COMPLETION,
    check=_with_prompt,
    **_STREAMED,
    **_at("/completion", "/completions"),
)
_INFILL = ListedApi(
    name="llamacpp_infill",
    operation=Operation.COMPLETION,
    request=tables.INFILL,
    check=_with_gap,
    **_STREAMED,
    **_at("/infill"),
)
_EMBEDDING = ListedApi(
    name="llamacpp_embedding",
    operation=Operation.EMBEDDING,
    request=tables.EMBEDDING,
    reply=tables.EMBEDDED,
    check=_with_content,
    **_at("/embedding", "/embeddings"),
)
_TOKENIZE = ListedApi(
    name="llamacpp_tokenize",
    operation=Operation.COMPLETION,
    request=tables.TOKENIZE,
    reply=tables.TOKENIZED,
    **_at("/tokenize"),
)
_TEMPLATE = ListedApi(
    name="llamacpp_template",
    operation=Operation.CHAT,
    request=tables.TEMPLATE,
    reply=tables.TEMPLATED,
    check=_with_messages,
    **_at("/apply-template"),
)
APIS: tuple[Api, ...] = (_COMPLETION, _INFILL, _EMBEDDING, _TOKENIZE, _TEMPLATE)
