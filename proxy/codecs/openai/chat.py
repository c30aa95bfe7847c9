"""``POST /v1/chat/completions``, whole and streamed, with tools.

Every string of a reply is filtered except the dialect's own keys. Tool-call arguments are JSON inside a JSON string:
what is put back there is escaped at least once. Token log-probabilities are dropped from a filtered reply, because
they spell the unfiltered text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import orjson

from proxy.codecs import reply as replies
from proxy.codecs import request
from proxy.codecs.base import Endpoint, FilterFactory, Sealed, StreamRewriter
from proxy.codecs.conversation import Speech
from proxy.codecs.openai import tables
from proxy.codecs.openai.chat_stream import rewriter
from proxy.codecs.openai.conversation_replies import SPEECH
from proxy.codecs.openai.dialect import DIALECT, everywhere
from proxy.core.records import Operation, Payload
from proxy.core.wire import EVENTS, Incoming, Wire


class OpenAIChat:
    """The chat completions API."""

    name = "openai_chat"
    dialect = DIALECT
    endpoints: tuple[Endpoint, ...] = (*everywhere("/chat/completions"), Endpoint("POST", "/chat/completions"))
    streams = frozenset({EVENTS})
    speech: Speech | None = SPEECH

    def decode(self, incoming: Incoming) -> Payload:
        """Read a request."""
        document = request.parse(incoming.body)
        request.need_objects(document, "messages", "message")
        return request.decode(document, tables.CHAT, Operation.CHAT, incoming.variables.get("model", ""))

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        """Write the request."""
        return Wire("/chat/completions", request.encode(payload, texts, model, tables.CHAT))

    def written(self, wire: Wire) -> list[str]:
        """Return every text, key and number of a written request."""
        return request.written(wire.body, tables.CHAT)

    def accompanied(self, wire: Wire, statement: str) -> Wire:
        """Return the request with the statement as a first message of its own, beside the caller's."""
        document = orjson.loads(wire.body)
        said = [message.get("role") for message in document["messages"]]
        role = "developer" if "developer" in said and "system" not in said else "system"
        document["messages"] = [{"role": role, "content": statement}, *document["messages"]]
        return replace(wire, body=orjson.dumps(document))

    def texts(self, reply: bytes) -> list[str]:
        """Return every text of a whole reply."""
        return replies.texts(reply, tables.CHAT_REPLY)

    def rewrite(self, reply: bytes, make_filter: FilterFactory) -> bytes:
        """Return a whole reply with every text filtered."""
        return replies.rewrite(reply, make_filter, tables.CHAT_REPLY)

    def sealed(self, reply: bytes) -> list[str]:
        """Return the texts of a whole reply that its maker has signed or encrypted."""
        return replies.sealed(reply, tables.CHAT_REPLY)

    def stream(
        self,
        make_filter: FilterFactory | None,
        media: str = "",  # noqa: ARG002 - one framing
        sealed: Sealed | None = None,
    ) -> StreamRewriter:
        """Return a rewriter for one streamed reply."""
        return rewriter(make_filter, sealed)
