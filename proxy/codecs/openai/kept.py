"""What a target keeps, by handles of ours alone: responses and conversations.

``previous_response_id`` and ``conversation`` of a request, ``/v1/responses/{id}`` and ``/v1/conversations``. A request
that names another identifier is none of these: there it is a feature, or the path is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import orjson

from proxy.codecs import paths, request
from proxy.codecs import reply as replies
from proxy.codecs.api import TableApi
from proxy.codecs.base import Endpoint, FilterFactory
from proxy.codecs.openai.dialect import AZURE, OPENAI
from proxy.core.kept_state import ADD, Kept
from proxy.core.records import Operation, Payload
from proxy.core.state import kept
from proxy.core.wire import Incoming, Wire
from proxy.errors import MalformedRequestError, StatefulUnsupportedError

_PREVIOUS, _CONVERSATION = "previous_response_id", "conversation"
#: An identifier of an item, which is the target's own.
_ITEM = re.compile(r"[a-z]{2,5}_[A-Za-z0-9]{1,64}")
#: Which of a list's items are asked for.
_PAGES = {"limit": re.compile(r"\d{1,3}"), "order": re.compile(r"asc|desc"), "after": _ITEM}
#: How a response is read; the number after which a stream is to go on is known, so that it can be refused.
_READ = {
    "stream": re.compile(r"true|false"),
    "include_obfuscation": re.compile(r"true|false"),
    "starting_after": re.compile(r"\d{1,10}"),
}
#: The member under which a reply that is one item alone is read.
_ALONE = "item"


@dataclass(frozen=True, slots=True)
class Use:
    """What is done with something that is kept, and where: by which method, at which path below its own."""

    method: str
    below: str
    name: str  # as ``Kept.use``
    query: Mapping[str, re.Pattern[str]] = field(default_factory=dict)


RESPONSE_USES = (
    Use("GET", "", "read", _READ),
    Use("DELETE", "", "delete"),
    Use("POST", "/cancel", "cancel"),
    Use("GET", "/input_items", "read", _PAGES),
)
CONVERSATION_USES = (
    Use("GET", "", "read"),
    Use("POST", "", ADD),
    Use("DELETE", "", "delete"),
    Use("GET", "/items", "read", _PAGES),
    Use("POST", "/items", ADD),
    Use("GET", "/items/{item}", "read"),
    Use("DELETE", "/items/{item}", "remove"),
)


def used_at(path: str, uses: Iterable[Use]) -> tuple[Endpoint, ...]:
    """Return where what is kept below a path is used, at OpenAI's path and at Azure's."""
    return tuple(
        Endpoint(use.method, f"{root}{path}/{{id}}{use.below}", query=use.query)
        for root in (OPENAI, AZURE, "/openai")
        for use in uses
    )


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
        named = dict(_named(document))
        if len(named) > 1:
            raise MalformedRequestError("a request continues a response or a conversation, not both")
        payload = self.read({name: value for name, value in document.items() if name not in named}, incoming)
        for held in named.values():
            payload = replace(payload, kept=held, stateful=True, lasting=held.use == ADD)
        return payload

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        """Write the request; what it continues goes under the target's own identifier."""
        wire = TableApi.encode(self, payload, texts, model)
        if payload.kept is None:
            return wire
        name = _CONVERSATION if payload.lasting else _PREVIOUS
        return replace(wire, body=orjson.dumps({**orjson.loads(wire.body), name: payload.kept.id}))

    def written(self, wire: Wire) -> list[str]:
        """Return every text, key and number of a written request, but for the target's own identifier."""
        document = orjson.loads(wire.body)
        own = [name for name in (_PREVIOUS, _CONVERSATION) if kept.is_id(document.get(name))]
        for name in own:
            del document[name]
        return TableApi.written(self, replace(wire, body=orjson.dumps(document)) if own else wire)


def _named(document: Mapping[str, Any]) -> Iterator[tuple[str, Kept]]:
    """Yield each member that names a handle, and what is asked of it: to continue a response, to add a turn."""
    if kept.is_handle(document.get(_PREVIOUS), kept.RESPONSE):
        yield _PREVIOUS, Kept(document[_PREVIOUS])
    held = document.get(_CONVERSATION)
    handle = held.get("id") if isinstance(held, dict) and len(held) == 1 else held
    if kept.is_handle(handle, kept.CONVERSATION):
        yield _CONVERSATION, Kept(handle, ADD)


@dataclass(slots=True, eq=False)
class KeptApi(TableApi):
    """What a target keeps: made where the path names none, else used under its handle.

    ``begins`` is how its handles begin. A request that adds something has a body, which the table reads.
    """

    begins: str = kept.RESPONSE
    uses: tuple[Use, ...] = ()

    def decode(self, incoming: Incoming) -> Payload:
        """Read a request.

        Raises:
            StatefulUnsupportedError: it names no handle of ours.
            MalformedRequestError: it has a body for nothing, or names an item that is none. Or it asks for the end of a
                stream: events are counted as they leave here, and the middle of a text cannot be read without its
                beginning.

        """
        handle = incoming.variables.get("id")
        if handle is None:
            return replace(TableApi.decode(self, incoming), stateful=True, lasting=True)
        if not kept.is_handle(handle, self.begins):
            raise StatefulUnsupportedError
        if not _ITEM.fullmatch(incoming.variables.get("item", "msg_1")):
            raise MalformedRequestError("an item is named by the identifier that it came with")
        if "starting_after" in incoming.query:
            raise MalformedRequestError("leave out 'starting_after': here a kept stream is read from its beginning")
        below = incoming.template.partition("{id}")[2]
        use = next(one.name for one in self.uses if (one.method, one.below) == (incoming.method, below))
        payload = TableApi.decode(self, incoming) if use == ADD else _bodiless(incoming)
        return replace(payload, incoming=incoming, kept=Kept(handle, use), stateful=True, lasting=use == ADD)

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        """Write the request."""
        if payload.kept is None:
            return TableApi.encode(self, payload, texts, model)
        incoming = payload.incoming
        body = TableApi.encode(self, payload, texts, model).body if payload.lasting else b""
        below = paths.filled(incoming.template.partition("{id}")[2], incoming.variables)
        path = f"{self.address.path}/{quote(payload.kept.id, safe='')}{below}"
        return Wire(path, body, method=incoming.method, query=tuple(incoming.query.items()))

    def written(self, wire: Wire) -> list[str]:
        """Return what the caller chose: all of the body that is not the dialect's own, and names of items."""
        items = [value for name, value in wire.query if name == "after"]
        items += wire.path.split("/items/")[1:]
        return [*(TableApi.written(self, replace(wire, query=())) if wire.body else ()), *items]

    def accompanied(self, wire: Wire, statement: str) -> Wire | None:
        """Return the request with a statement; one without a body discloses nothing that it could go with."""
        return TableApi.accompanied(self, wire, statement) if wire.body else wire

    def texts(self, reply: bytes) -> list[str]:
        """Return the texts of what is kept, of an item of it, or of the word that it is deleted.

        Raises:
            ValueError: it is none of these.

        """
        return replies.said(self._read(reply), self.reply)

    def rewrite(self, reply: bytes, make_filter: FilterFactory) -> bytes:
        """Return the reply with every text filtered."""
        changed = replies.changed(self._read(reply), make_filter, self.reply)
        return orjson.dumps(changed[_ALONE] if changed.keys() == {_ALONE} else changed)

    def sealed(self, reply: bytes) -> list[str]:
        """Return what the target has sealed in it."""
        document = self._read(reply)
        return [] if _is_deleted(document) else replies.sealed(orjson.dumps(document), self.reply)

    def _read(self, reply: bytes) -> dict[str, Any]:
        """Return what is kept, or the word that it is deleted, or one item as a member.

        Raises:
            ValueError: it is none of these.

        """
        document: Any = orjson.loads(reply)
        if isinstance(document, dict) and "type" in document and "object" not in document:
            document = {_ALONE: document}
        if not _is_deleted(document):
            replies.check(document, self.reply)
        return document  # type: ignore[no-any-return]


def _bodiless(incoming: Incoming) -> Payload:
    """Return a request that sends nothing but a path.

    Raises:
        MalformedRequestError: it has a body.

    """
    if incoming.body.strip() not in {b"", b"{}"}:
        raise MalformedRequestError("this path takes no body")
    stream = incoming.query.get("stream") == "true"
    return Payload({}, Operation.CHAT, model="", stream=stream, stateful=True, tools=False, spans=())


def _is_deleted(document: Any) -> bool:
    return isinstance(document, dict) and document.get("deleted") is True and "output" not in document
