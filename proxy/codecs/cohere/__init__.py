"""Cohere's dialect in version 2, as Cohere and compatible model servers speak it.

Not served: version 1 (``/v1/chat``, ``/v1/generate``, ``/v1/embed``), ``/v1/detokenize`` (token ids cannot be read),
``/v2/parse``, recordings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from proxy.codecs import checks, paths
from proxy.codecs.api import TableApi, at, with_system_message
from proxy.codecs.base import Api, Dialect, Endpoint, listing, showing
from proxy.codecs.cohere import tables
from proxy.codecs.cohere.shape import ChatShape
from proxy.codecs.framing import sse
from proxy.codecs.framing.sse import Sse
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError


def error(_status: int, code: str, message: str, request_id: str) -> bytes:
    """Render the dialect's error object."""
    return orjson.dumps({"id": request_id, "message": message, "code": code})


def error_event(_media: str, code: str, message: str, request_id: str) -> bytes:
    """Render an error as the end of the message, as the dialect does; the stream is not ended cleanly after it."""
    delta = {"finish_reason": "ERROR", "error": message, "code": code}
    return sse.encode(orjson.dumps({"type": "message-end", "id": request_id, "delta": delta}), "message-end")


def _describe(name: str) -> dict[str, Any]:
    """Capabilities of a model are its targets' business; every served one is listed."""
    return {"name": name, "endpoints": ["chat", "embed", "rerank"], "finetuned": False, "default_endpoints": []}


DIALECT = Dialect(
    name="cohere",
    error=error,
    error_event=error_event,
    models=listing("models", _describe),
    model=showing(_describe),
    listed=(Endpoint("GET", "/v1/models"), Endpoint("GET", "/v1/models/{id:path}")),
    stateful_paths=paths.with_subpaths(
        *"/v2/batches /v1/datasets /v1/embed-jobs /v1/connectors /v1/finetuning".split()
    ),
    client_headers=frozenset({"x-fern-sdk-name"}),
)


__all__ = ["APIS", "DIALECT", "RERANK"]


def _with_inputs(document: Mapping[str, Any]) -> None:
    inputs = [document[name] for name in ("texts", "images", "inputs") if document.get(name) is not None]
    if not inputs or not all(isinstance(value, list) for value in inputs):
        raise MalformedRequestError("'texts', 'images' or 'inputs' must be a list")


def _with_documents(document: Mapping[str, Any]) -> None:
    documents = document.get("documents")
    if not isinstance(document.get("query"), str) or not isinstance(documents, list):
        raise MalformedRequestError("'query' must be a string and 'documents' a list")
    if not all(map(_is_flat, documents)):
        raise MalformedRequestError("a document must be a string or an object of strings: pictures cannot be read")


def _is_flat(document: Any) -> bool:
    """Whether a document holds no parts: servers fetch pictures named there."""
    fields = document.values() if isinstance(document, dict) else [document]
    return not any(isinstance(field, dict | list) for field in fields)


RERANK = TableApi(
    "cohere_rerank", Operation.RERANK, tables.RERANK, tables.RERANK_REPLY, check=_with_documents,
    **at(DIALECT, "/v2/rerank"),
)  # fmt: skip
APIS: tuple[Api, ...] = (
    TableApi(
        "cohere_chat", Operation.CHAT, tables.CHAT, tables.CHAT_REPLY, check=checks.messages,
        framing=Sse(), shape=ChatShape, add_statement=with_system_message, **at(DIALECT, "/v2/chat"),
    ),
    TableApi(
        "cohere_embed", Operation.EMBEDDING, tables.EMBED, tables.EMBED_REPLY, check=_with_inputs,
        **at(DIALECT, "/v2/embed"),
    ),
    RERANK,
    TableApi("cohere_tokenize", Operation.CHAT, tables.TOKENIZE, tables.TOKENIZE_REPLY, **at(DIALECT, "/v1/tokenize")),
)  # fmt: skip
