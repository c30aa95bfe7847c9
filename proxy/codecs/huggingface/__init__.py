"""The APIs of Hugging Face's servers: text-generation-inference (TGI) and text-embeddings-inference (TEI).

A server serves one model and is not asked which: a path may name it (``/models/NAME/embed``), else it is ``tgi`` or
``tei``. Not served: token ids (``/decode``, ``inputs`` in numbers), since they cannot be read, and ``/chat_tokenize``.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any

import orjson

from proxy.codecs.api import Address, TableApi
from proxy.codecs.base import SERVER_ERROR, Api, Dialect, Endpoint, in_stream
from proxy.codecs.framing.sse import Sse
from proxy.codecs.huggingface import tables
from proxy.codecs.reply import expect
from proxy.codecs.stream import Meaning, TextPiece, every_channel
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

_TEXT = "text"


class TokenShape:
    """Implements ``Shape``. Special tokens, which clients drop, are not pieces of the text."""

    table = tables.TOKEN
    number = "index"

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        if "error" in event:
            return Meaning(fails=True)
        token = expect(event.get("token"), dict, "not an event of a streamed text")
        grows = isinstance(token.get(_TEXT), str) and token.get("special") is not True
        pieces = (TextPiece(_TEXT, token, _TEXT),) if grows else ()
        if event.get("generated_text") is not None or event.get("details"):
            return Meaning(pieces, every_channel, ends=True)
        return Meaning(pieces, droppable=grows)

    def tail(self, _channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        token = {"id": 0, _TEXT: text, "logprob": 0.0, "special": False}
        return "", {"index": 0, "token": token, "generated_text": None, "details": None}


_KINDS = {429: "overloaded", 503: "overloaded"}


def error(status: int, code: str, message: str, _request_id: str) -> bytes:
    """Render the error object of both servers."""
    kind = _KINDS.get(status, "validation" if status < SERVER_ERROR else "generation")
    return orjson.dumps({"error": message, "error_type": kind, "code": code})


DIALECT = Dialect(name="huggingface", error=error, error_event=in_stream(error))


__all__ = ["APIS", "DIALECT"]

#: A picture in a prompt: a multimodal server fetches its address, or opens its data URL.
_PICTURE = re.compile(r"!\[\s*\]\s*\(")
_NO_PICTURE = "a picture in 'inputs' cannot be read: send it as a part of a chat's content (/v1/chat/completions)"
_TEXTS = "'inputs' must be texts; token ids cannot be read, so send the text they stand for"


def _with_prompt(document: Mapping[str, Any]) -> None:
    prompt = document.get("inputs")
    if not isinstance(prompt, str):
        raise MalformedRequestError("'inputs' must be a string")
    if _PICTURE.search(prompt):
        raise MalformedRequestError(_NO_PICTURE)


def _with_inputs(document: Mapping[str, Any]) -> None:
    if not _are_texts(document.get("inputs"), 1):
        raise MalformedRequestError(_TEXTS)


def _with_pairs(document: Mapping[str, Any]) -> None:
    if not _are_texts(document.get("inputs"), 2):
        raise MalformedRequestError(_TEXTS)


def _with_sentences(document: Mapping[str, Any]) -> None:
    inputs = document.get("inputs")
    if not isinstance(inputs, dict) or not _are_texts([inputs.get("source_sentence"), inputs.get("sentences")], 2):
        raise MalformedRequestError("'inputs' must hold 'source_sentence' and 'sentences'")


def _with_query(document: Mapping[str, Any]) -> None:
    if not _are_texts([document.get("query"), document.get("texts")], 2):
        raise MalformedRequestError("'query' must be a string and 'texts' a list of strings")


def _are_texts(node: Any, depth: int) -> bool:
    """Whether a node is a string, or strings in lists nested at most this deep."""
    if isinstance(node, list):
        return depth > 0 and all(_are_texts(element, depth - 1) for element in node)
    return isinstance(node, str)


def _everywhere(path: str, *, stream: bool = False) -> tuple[Endpoint, ...]:
    """Return the endpoints of an API at its server's path, and below the name of a model."""
    recognized_by = frozenset({"inputs", "texts"})
    roots = ("", "/models/{model:path}")
    return tuple(Endpoint("POST", f"{root}{path}", stream=stream, recognized_by=recognized_by) for root in roots)


def _at(path: str) -> dict[str, Any]:
    return {"dialect": DIALECT, "endpoints": _everywhere(path), "address": Address(path)}


_STREAMED: dict[str, Any] = {"framing": Sse(), "shape": TokenShape}
APIS: tuple[Api, ...] = (
    TableApi(
        "tgi_generate", Operation.COMPLETION, tables.GENERATE, tables.GENERATED, check=_with_prompt,
        dialect=DIALECT, endpoints=(*_everywhere("/generate"), *_everywhere("/generate_stream", stream=True)),
        address=Address("/generate"), streamed_at=Address("/generate_stream"), **_STREAMED,
    ),
    TableApi(
        "tgi_root", Operation.COMPLETION, tables.ROOT, tables.GENERATED, check=_with_prompt, dialect=DIALECT,
        endpoints=(Endpoint("POST", "/"), Endpoint("POST", "/models/{model:path}")), address=Address("/"), **_STREAMED,
    ),
    TableApi(
        "tgi_tokenize", Operation.COMPLETION, tables.TOKENIZE, tables.TOKENIZED, check=_with_inputs, **_at("/tokenize")
    ),
    TableApi("tei_embed", Operation.EMBEDDING, tables.EMBED, tables.ANSWERED, check=_with_inputs, **_at("/embed")),
    TableApi(
        "tei_embed_all", Operation.EMBEDDING, tables.EMBED, tables.ANSWERED, check=_with_inputs, **_at("/embed_all")
    ),
    TableApi(
        "tei_embed_sparse", Operation.EMBEDDING, tables.EMBED, tables.ANSWERED, check=_with_inputs,
        **_at("/embed_sparse"),
    ),
    TableApi(
        "tei_predict", Operation.MODERATION, tables.PREDICT, tables.ANSWERED, check=_with_pairs, **_at("/predict")
    ),
    TableApi("tei_rerank", Operation.RERANK, tables.RERANK, tables.ANSWERED, check=_with_query, **_at("/rerank")),
    TableApi(
        "tei_similarity", Operation.EMBEDDING, tables.SIMILARITY, tables.ANSWERED, check=_with_sentences,
        **_at("/similarity"),
    ),
)  # fmt: skip
