"""Ollama's own dialect (``/api/*``), as its server and clients speak it. Its OpenAI paths are OpenAI's dialect.

Sources: the documentation of Ollama's API and the types of its Python client 0.6. A local server does not serve models
that it would hand on to a cloud (``proxy.core.routing.routing``), and a reply of one is refused (``elsewhere``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from proxy.codecs import checks
from proxy.codecs.api import TableApi, at, with_system_message
from proxy.codecs.base import Api, Dialect, Endpoint, in_stream, listing, message_alone
from proxy.codecs.framing.ndjson import Ndjson
from proxy.codecs.ollama import stream, tables
from proxy.codecs.ollama.conversation_replies import CONVERSATION
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

#: Models are listed with the time of their last change, which is unknown here.
_NEVER = "1970-01-01T00:00:00Z"


def _describe(name: str) -> dict[str, Any]:
    details = {"format": "", "family": "", "families": None, "parameter_size": "", "quantization_level": ""}
    return {"name": name, "model": name, "modified_at": _NEVER, "size": 0, "digest": "", "details": details}


DIALECT = Dialect(
    name="ollama",
    error=message_alone,
    error_event=in_stream(message_alone),
    models=listing("models", _describe),
    listed=(Endpoint("GET", "/api/tags"),),
)


def _with_messages(document: Mapping[str, Any]) -> None:
    messages = document.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise MalformedRequestError("'messages' must be a list of objects")


def _with_prompt(document: Mapping[str, Any]) -> None:
    for name in ("prompt", "system"):
        if not isinstance(document.get(name), str | None):
            raise MalformedRequestError(f"'{name}' must be a string")


def _system(document: dict[str, Any], statement: str) -> dict[str, Any]:
    return document | {"system": "\n\n".join(filter(None, (statement, document.get("system"))))}


CHAT = TableApi(
    "ollama_chat", Operation.CHAT, tables.CHAT, tables.CHAT_REPLY, framing=Ndjson(), shape=stream.chat,
    check=_with_messages, add_statement=with_system_message, conversation=CONVERSATION, **at(DIALECT, "/api/chat"),
)  # fmt: skip
GENERATE = TableApi(
    "ollama_generate", Operation.CHAT, tables.GENERATE, tables.GENERATE_REPLY, framing=Ndjson(),
    shape=stream.generate, check=_with_prompt, add_statement=_system, **at(DIALECT, "/api/generate"),
)  # fmt: skip
_embedding = partial(TableApi, operation=Operation.EMBEDDING, request=tables.EMBED, reply=tables.EMBED_REPLY)
EMBED = _embedding(name="ollama_embed", check=checks.texts("input"), **at(DIALECT, "/api/embed"))
EMBEDDINGS = _embedding(name="ollama_embeddings", check=_with_prompt, **at(DIALECT, "/api/embeddings"))


__all__ = ["APIS", "DIALECT"]

APIS: tuple[Api, ...] = (CHAT, GENERATE, EMBED, EMBEDDINGS)
