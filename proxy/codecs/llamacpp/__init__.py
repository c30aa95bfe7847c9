"""llama.cpp's native APIs: completions, filling in the middle, embeddings, tokens, templates.

Not served: token ids (``/detokenize``, prompts in numbers), since nobody reads them, pictures in prompts, and what
shows or changes the server (``/slots``, ``/props``, ``/lora-adapters``, ``/v1/streams``, its tools and its proxy).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.codecs import request
from proxy.codecs.api import at, need_messages
from proxy.codecs.base import Api
from proxy.codecs.framing.sse import Sse
from proxy.codecs.listed_api import ListedApi
from proxy.codecs.llamacpp import tables
from proxy.codecs.llamacpp.dialect import DIALECT
from proxy.codecs.llamacpp.shape import CompletionShape
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

__all__ = ["APIS", "DIALECT"]

_UNREADABLE = "; token ids, pictures and mixed prompts cannot be read, so send the text they stand for"


def _with_prompt(document: Mapping[str, Any]) -> None:
    request.need_texts(document, "prompt", _UNREADABLE)
    if document.get("stream") is True and not isinstance(document["prompt"], str):
        raise MalformedRequestError("'prompt' must be one string where the reply streams")


def _with_gap(document: Mapping[str, Any]) -> None:
    for name in ("input_prefix", "input_suffix", "prompt"):
        if not isinstance(document.get(name, ""), str):
            raise MalformedRequestError(f"'{name}' must be a string{_UNREADABLE}")


def _with_content(document: Mapping[str, Any]) -> None:
    request.need_texts(document, "content", _UNREADABLE)


_STREAMED: dict[str, Any] = {"framing": Sse(), "shape": CompletionShape, "reply": tables.COMPLETED}
_COMPLETION = ListedApi(
    name="llamacpp_completion",
    operation=Operation.COMPLETION,
    request=tables.COMPLETION,
    check=_with_prompt,
    **_STREAMED,
    **at(DIALECT, "/completion", "/completions"),
)
_INFILL = ListedApi(
    name="llamacpp_infill",
    operation=Operation.COMPLETION,
    request=tables.INFILL,
    check=_with_gap,
    **_STREAMED,
    **at(DIALECT, "/infill"),
)
_EMBEDDING = ListedApi(
    name="llamacpp_embedding",
    operation=Operation.EMBEDDING,
    request=tables.EMBEDDING,
    reply=tables.EMBEDDED,
    check=_with_content,
    **at(DIALECT, "/embedding", "/embeddings"),
)
_TOKENIZE = ListedApi(
    name="llamacpp_tokenize",
    operation=Operation.COMPLETION,
    request=tables.TOKENIZE,
    reply=tables.TOKENIZED,
    **at(DIALECT, "/tokenize"),
)
_TEMPLATE = ListedApi(
    name="llamacpp_template",
    operation=Operation.CHAT,
    request=tables.TEMPLATE,
    reply=tables.TEMPLATED,
    check=need_messages,
    **at(DIALECT, "/apply-template"),
)
APIS: tuple[Api, ...] = (_COMPLETION, _INFILL, _EMBEDDING, _TOKENIZE, _TEMPLATE)
