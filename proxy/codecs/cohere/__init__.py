"""Cohere's dialect in version 2, as Cohere and compatible model servers speak it.

Not served: version 1 (``/v1/chat``, ``/v1/generate``, ``/v1/embed``), ``/v1/detokenize`` (token ids cannot be read),
``/v2/parse``, recordings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.codecs import checks
from proxy.codecs.api import TableApi, at, with_system_message
from proxy.codecs.base import Api
from proxy.codecs.cohere import tables
from proxy.codecs.cohere.dialect import DIALECT
from proxy.codecs.cohere.shape import ChatShape
from proxy.codecs.framing.sse import Sse
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

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
