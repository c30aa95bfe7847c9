"""What targets keep, known to callers by handles alone: created where the path names none, else used. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from proxy.codecs import numbers, paths
from proxy.codecs import reply as replies
from proxy.codecs.api import TableApi
from proxy.codecs.base import Api, Endpoint
from proxy.core.kept_state import ADD, Kept
from proxy.core.records import CHANGED, Operation, Payload, Unchanged
from proxy.core.state import kept
from proxy.core.wire import Incoming, Wire
from proxy.errors import MalformedRequestError, StatefulUnsupportedError

#: An identifier of an item, assigned by the target.
ITEM = re.compile(r"[a-z]{2,5}_[A-Za-z0-9]{1,64}")
#: The member under which a reply that is a single item is read.
_ALONE = "item"


@dataclass(frozen=True, slots=True)
class Use:
    """One operation on something kept: its method, and its path below that of the thing."""

    method: str
    below: str
    name: str  # as ``Kept.use``
    query: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    streams: bool = False  # its reply is always a stream of lines


def takes_body(api: Api, endpoint: Endpoint) -> bool:
    """Whether a request of an endpoint has a body, as far as that depends on the operation on something kept."""
    below = endpoint.path.partition("{id}")[2] if "{id}" in endpoint.path else None
    uses = api.uses if isinstance(api, KeptApi) and below is not None else ()
    return not any(use.name != ADD for use in uses if (use.method, use.below) == (endpoint.method, below))


def used_at(path: str, uses: Iterable[Use], *roots: str) -> tuple[Endpoint, ...]:
    """Return the endpoints of the operations on what is kept below a path, at each root."""
    return tuple(
        Endpoint(use.method, f"{root}{path}/{{id}}{use.below}", query=use.query) for root in roots for use in uses
    )


@dataclass(slots=True, eq=False)
class KeptApi(TableApi):
    """Something that targets keep: created where the path names none, else used under its handle.

    ``prefix`` begins its handles. A request that adds something has a body, which the table reads.
    """

    prefix: str = kept.RESPONSE
    uses: tuple[Use, ...] = ()

    def decode(self, incoming: Incoming) -> Payload:
        """Read a request.

        Raises:
            StatefulUnsupportedError: it names no handle of ours.
            MalformedRequestError: it has an unexpected body, names an invalid item, or asks for the rest of a stream:
                events are counted as they leave here, and the middle of a text cannot be read without its beginning.

        """
        handle = incoming.variables.get("id")
        if handle is None:
            return replace(TableApi.decode(self, incoming), stateful=True, must_store=True)
        if not kept.is_handle(handle, self.prefix):
            raise StatefulUnsupportedError
        if not ITEM.fullmatch(incoming.variables.get("item", "msg_1")):
            raise MalformedRequestError("an item must be named by the identifier that it came with")
        if "starting_after" in incoming.query:
            raise MalformedRequestError("leave out 'starting_after': a kept stream can only be read from its beginning")
        below = incoming.template.partition("{id}")[2]
        use = next(
            candidate.name for candidate in self.uses if (candidate.method, candidate.below) == (incoming.method, below)
        )
        payload = TableApi.decode(self, incoming) if use == ADD else _bodiless(incoming, self.operation)
        return replace(payload, incoming=incoming, kept=Kept(handle, use), stateful=True, must_store=use == ADD)

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        if payload.kept is None:
            return TableApi.encode(self, payload, texts, model)
        incoming = payload.incoming
        body = TableApi.encode(self, payload, texts, model).body if payload.must_store else b""
        below = paths.filled(incoming.template.partition("{id}")[2], incoming.variables)
        path = f"{self.address.path}/{quote(payload.kept.id, safe='')}{below}"
        return Wire(path, body, method=incoming.method, query=tuple(incoming.query.items()))

    def outgoing_texts(self, wire: Wire, unchanged: Unchanged = CHANGED) -> list[str]:
        """Return what the caller chose: whatever in the body is not the dialect's own, and names of items."""
        items = [value for name, value in wire.query if name == "after"]
        items += wire.path.split("/items/")[1:]
        return [*(TableApi.outgoing_texts(self, replace(wire, query=()), unchanged) if wire.body else ()), *items]

    def with_statement(self, wire: Wire, statement: str) -> Wire | None:
        """Return the request with a statement; a request without a body discloses nothing that one could accompany."""
        return TableApi.with_statement(self, wire, statement) if wire.body else wire

    def render_reply(self, document: dict[str, Any]) -> bytes:
        return numbers.dumps(document[_ALONE] if document.keys() == {_ALONE} else document)

    def parse_reply(self, reply: bytes) -> dict[str, Any]:
        """Return what is kept, the confirmation that it was deleted, or one item as a member.

        Raises:
            ValueError: it is none of these.

        """
        document: dict[str, Any] = replies.expect(replies.load(reply), dict, "not a reply of this API")
        if _ALONE in self.reply.needs and "type" in document and "object" not in document:
            document = {_ALONE: document}
        if not kept.says_deleted(document):
            replies.check(document, self.reply)
        return document


def _bodiless(incoming: Incoming, operation: Operation) -> Payload:
    """Return a request that sends nothing but a path.

    Raises:
        MalformedRequestError: it has a body.

    """
    if incoming.body.strip() not in {b"", b"{}"}:
        raise MalformedRequestError("this path takes no body")
    stream = incoming.query.get("stream") == "true"
    return Payload({}, operation, model="", stream=stream, stateful=True, tools=False, spans=())
