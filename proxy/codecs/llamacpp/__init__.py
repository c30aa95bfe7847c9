"""llama.cpp's native APIs: completions, filling in the middle, embeddings, tokens, templates.

Not served: token ids (``/detokenize``, prompts in numbers), since they cannot be read, pictures in prompts, and what
shows or changes the server (``/slots``, ``/props``, ``/lora-adapters``, ``/v1/streams``, its tools and its proxy).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

from proxy.codecs import checks
from proxy.codecs.api import TableApi, at
from proxy.codecs.base import Api
from proxy.codecs.framing.sse import Sse
from proxy.codecs.llamacpp import tables
from proxy.codecs.openai import dialect as openai
from proxy.codecs.reply import expect
from proxy.codecs.stream import Meaning, Shape, TextPiece, every_channel
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

_TEXT = "content"


class CompletionShape(Shape):
    """Implements ``Shape``."""

    table = tables.COMPLETED

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        if "error" in event:
            return Meaning(fails=True)
        expect(event.get(_TEXT), str, "not an event of a completion")
        pieces = (TextPiece(_TEXT, event, _TEXT),)
        if event.get("stop") is True:
            return Meaning(pieces, every_channel, ends=True)
        return Meaning(pieces, droppable="prompt_progress" not in event)

    def tail(self, _channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        return "", {"index": 0, _TEXT: text, "tokens": [], "stop": False}


__all__ = ["APIS", "DIALECT"]

DIALECT = replace(openai.DIALECT, name="llamacpp", listed=(), stateful_paths=())
_UNREADABLE = "; token ids, pictures and mixed prompts cannot be read, so send the text they stand for"


_PROMPTS = checks.texts("prompt", _UNREADABLE)


def _with_prompt(document: Mapping[str, Any]) -> None:
    _PROMPTS(document)
    if document.get("stream") is True and not isinstance(document["prompt"], str):
        raise MalformedRequestError("'prompt' must be one string where the reply streams")


def _with_gap(document: Mapping[str, Any]) -> None:
    for name in ("input_prefix", "input_suffix", "prompt"):
        if not isinstance(document.get(name, ""), str):
            raise MalformedRequestError(f"'{name}' must be a string{_UNREADABLE}")


_STREAMED: dict[str, Any] = {"framing": Sse(), "shape": CompletionShape}
APIS: tuple[Api, ...] = (
    TableApi(
        "llamacpp_completion", Operation.COMPLETION, tables.COMPLETION, tables.COMPLETED, check=_with_prompt,
        **_STREAMED, **at(DIALECT, "/completion", "/completions"),
    ),
    TableApi(
        "llamacpp_infill", Operation.COMPLETION, tables.INFILL, tables.COMPLETED, check=_with_gap,
        **_STREAMED, **at(DIALECT, "/infill"),
    ),
    TableApi(
        "llamacpp_embedding", Operation.EMBEDDING, tables.EMBEDDING, tables.EMBEDDED,
        check=checks.texts("content", _UNREADABLE), **at(DIALECT, "/embedding", "/embeddings"),
    ),
    TableApi(
        "llamacpp_tokenize", Operation.COMPLETION, tables.TOKENIZE, tables.TOKENIZED,
        **at(DIALECT, "/tokenize", recognized_by="content"),
    ),
    TableApi(
        "llamacpp_template", Operation.CHAT, tables.TEMPLATE, tables.TEMPLATED, check=checks.messages,
        **at(DIALECT, "/apply-template"),
    ),
)  # fmt: skip
