"""Responses that a target keeps: ``previous_response_id`` and ``/v1/responses/{id}``, by handles of ours alone.

A request that names another identifier is none of these: there it is a feature, or the path is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import orjson

from proxy.codecs import reply as replies
from proxy.codecs import request
from proxy.codecs.api import TableApi
from proxy.codecs.base import Dialect, Endpoint, FilterFactory, Sealed, StreamRewriter
from proxy.codecs.conversation import Speech
from proxy.codecs.reply import ReplyTable
from proxy.core import kept
from proxy.core.kept_state import USES, Kept
from proxy.core.records import Operation, Payload
from proxy.core.wire import Incoming, Wire
from proxy.errors import MalformedRequestError, StatefulUnsupportedError

_PREVIOUS = "previous_response_id"
#: Which of a list's items are asked for.
_PAGES = {
    "limit": re.compile(r"\d{1,3}"),
    "order": re.compile(r"asc|desc"),
    "after": re.compile(r"[a-z]{2,5}_[A-Za-z0-9]{1,64}"),
}


@dataclass(slots=True, eq=False)
class ResponsesApi(TableApi):
    """Responses that may continue what a target keeps."""

    def decode(self, incoming: Incoming) -> Payload:
        """Read a request.

        Raises:
            MalformedRequestError, PayloadTooLargeError: it is none of this API.

        """
        if not kept.may_hold_one(incoming.body):
            return TableApi.decode(self, incoming)
        document = request.parse(incoming.body)
        handle = document.get(_PREVIOUS)
        if not kept.is_handle(handle):
            return TableApi.decode(self, incoming)
        own = {name: value for name, value in document.items() if name != _PREVIOUS}
        payload = self.read(own, incoming)
        return replace(payload, kept=Kept(handle), stateful=True)

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        """Write the request; what it continues goes under the target's own identifier."""
        wire = TableApi.encode(self, payload, texts, model)
        if payload.kept is None:
            return wire
        document = {**orjson.loads(wire.body), _PREVIOUS: payload.kept.id}
        return replace(wire, body=orjson.dumps(document))

    def written(self, wire: Wire) -> list[str]:
        """Return every text, key and number of a written request, but for the target's own identifier."""
        document = orjson.loads(wire.body)
        if kept.is_id(document.pop(_PREVIOUS, None)):
            wire = replace(wire, body=orjson.dumps(document))
        return TableApi.written(self, wire)


def everywhere(*roots: str) -> tuple[Endpoint, ...]:
    """Return the endpoints below each root."""
    below = (("GET", ""), ("DELETE", ""), ("POST", "/cancel"))
    single = tuple(Endpoint(method, f"{root}/responses/{{id}}{ending}") for root in roots for method, ending in below)
    return single + tuple(Endpoint("GET", f"{root}/responses/{{id}}/input_items", query=_PAGES) for root in roots)


@dataclass(slots=True, eq=False)
class KeptResponses:
    """Implements ``Api``: read, cancel and delete a response that a target keeps, and list what was sent for it."""

    name: str
    dialect: Dialect
    endpoints: tuple[Endpoint, ...]
    reply: ReplyTable
    streams: frozenset[str] = frozenset()
    speech: Speech | None = None

    def decode(self, incoming: Incoming) -> Payload:
        """Read a request.

        Raises:
            StatefulUnsupportedError: it names no handle of ours.
            MalformedRequestError: it has a body.

        """
        handle = incoming.variables.get("id", "")
        if not kept.is_handle(handle):
            raise StatefulUnsupportedError
        if incoming.body.strip() not in {b"", b"{}"}:
            raise MalformedRequestError("this path takes no body")
        return Payload(
            document={},
            operation=Operation.CHAT,
            model="",
            stream=False,
            stateful=True,
            tools=False,
            spans=(),
            incoming=incoming,
            kept=Kept(handle, USES[incoming.method]),
        )

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:  # noqa: ARG002 - no text is sent
        """Write the request."""
        assert payload.kept is not None  # noqa: S101 - made above
        incoming = payload.incoming
        path = f"/responses/{quote(payload.kept.id, safe='')}{incoming.template.partition('{id}')[2]}"
        return Wire(path, b"", method=incoming.method, query=tuple(incoming.query.items()))

    def written(self, wire: Wire) -> list[str]:
        """Return what of the query the caller chose freely."""
        return [value for name, value in wire.query if name == "after"]

    def accompanied(self, wire: Wire, statement: str) -> Wire | None:  # noqa: ARG002 - nothing is disclosed
        """Return the request as it is: it discloses nothing that a statement could go with."""
        return wire

    def texts(self, reply: bytes) -> list[str]:
        """Return the texts of a response, or of the word that it is deleted.

        Raises:
            ValueError: it is neither.

        """
        return replies.said(self._read(reply), self.reply)

    def rewrite(self, reply: bytes, make_filter: FilterFactory) -> bytes:
        """Return the reply with every text filtered."""
        return orjson.dumps(replies.changed(self._read(reply), make_filter, self.reply))

    def sealed(self, reply: bytes) -> list[str]:
        """Return what the target has sealed in it."""
        return [] if _is_deleted(orjson.loads(reply)) else replies.sealed(reply, self.reply)

    def stream(
        self,
        make_filter: FilterFactory | None,  # noqa: ARG002 - there is no stream
        media: str = "",  # noqa: ARG002
        sealed: Sealed | None = None,  # noqa: ARG002
    ) -> StreamRewriter:
        """Refuse: it does not stream.

        Raises:
            ValueError: always.

        """
        raise ValueError("this API does not stream")

    def _read(self, reply: bytes) -> dict[str, Any]:
        """Return a response, or the word that it is deleted.

        Raises:
            ValueError: it is neither.

        """
        document: Any = orjson.loads(reply)
        if not _is_deleted(document):
            replies.check(document, self.reply)
        return document  # type: ignore[no-any-return]


def _is_deleted(document: Any) -> bool:
    return isinstance(document, dict) and document.get("deleted") is True and "output" not in document
