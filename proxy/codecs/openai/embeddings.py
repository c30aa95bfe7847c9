"""``POST /v1/embeddings``: the input is text like any other; the reply holds vectors and no text."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from proxy.codecs import request
from proxy.codecs.base import Endpoint, FilterFactory, Sealed, StreamRewriter
from proxy.codecs.conversation import Speech
from proxy.codecs.openai import tables
from proxy.codecs.openai.dialect import DIALECT, everywhere
from proxy.core.records import Operation, Payload
from proxy.core.wire import Incoming, Wire
from proxy.errors import MalformedRequestError

_UNREADABLE = (
    "; token arrays cannot be read, so send the text they stand for (LangChain: check_embedding_ctx_length=False)"
)


class OpenAIEmbeddings:
    """The embeddings API."""

    name = "openai_embeddings"
    dialect = DIALECT
    endpoints: tuple[Endpoint, ...] = everywhere("/embeddings")
    streams: frozenset[str] = frozenset()
    speech: Speech | None = None

    def decode(self, incoming: Incoming) -> Payload:
        """Read a request; token arrays are refused, since their text cannot be read."""
        document = request.parse(incoming.body)
        if document.get("stream"):
            raise MalformedRequestError("embeddings do not stream")
        request.need_texts(document, "input", _UNREADABLE)
        model = incoming.variables.get("model", "")
        return request.decode(document, tables.EMBEDDINGS, Operation.EMBEDDING, model)

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        """Write the request."""
        return Wire("/embeddings", request.encode(payload, texts, model, tables.EMBEDDINGS))

    def written(self, wire: Wire) -> list[str]:
        """Return every text, key and number of a written request."""
        return request.written(wire.body, tables.EMBEDDINGS)

    def accompanied(self, wire: Wire, statement: str) -> None:
        """Return nothing: a statement would be embedded with the input."""

    def texts(self, reply: bytes) -> list[str]:
        """Return nothing: vectors hold no text."""
        document = orjson.loads(reply)
        if not isinstance(document, dict) or not isinstance(document.get("data"), list):
            raise ValueError("not a list of embeddings")  # noqa: TRY004 - a value of the wrong shape
        return []

    def rewrite(self, reply: bytes, make_filter: FilterFactory) -> bytes:  # noqa: ARG002 - no text to filter
        """Return the reply as it is."""
        return reply

    def sealed(self, reply: bytes) -> list[str]:  # noqa: ARG002 - nothing is
        """Return nothing: vectors hold no text."""
        return []

    def stream(
        self,
        make_filter: FilterFactory | None,  # noqa: ARG002 - never reached
        media: str = "",  # noqa: ARG002 - one framing
        sealed: Sealed | None = None,  # noqa: ARG002 - nothing is
    ) -> StreamRewriter:
        """Refuse: this API does not stream."""
        raise ValueError("embeddings do not stream")
