"""What a target keeps, by handles of ours alone: responses and conversations.

``previous_response_id`` and ``conversation`` of a request, ``/v1/responses/{id}`` and ``/v1/conversations``. Another
identifier is a feature in a request, and refused in a path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from proxy.codecs import numbers, request
from proxy.codecs.api import TableApi
from proxy.codecs.kept_api import ITEM, Use
from proxy.core.kept_state import ADD, Kept
from proxy.core.records import CHANGED, Payload, Unchanged
from proxy.core.state import kept
from proxy.core.wire import Incoming, Wire
from proxy.errors import MalformedRequestError

_PREVIOUS, _CONVERSATION = "previous_response_id", "conversation"
#: Query parameters of a list of items.
_PAGES = {"limit": re.compile(r"\d{1,3}"), "order": re.compile(r"asc|desc"), "after": ITEM}
#: Query parameters of reading a response; ``starting_after`` is accepted so that it can be refused with a message.
_READ = {
    "stream": re.compile(r"true|false"),
    "include_obfuscation": re.compile(r"true|false"),
    "starting_after": re.compile(r"\d{1,10}"),
}
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


@dataclass(slots=True, eq=False)
class ResponsesApi(TableApi):
    """Responses that may continue what a target keeps."""

    def decode(self, incoming: Incoming) -> Payload:
        if not kept.may_hold_one(incoming.body):
            return TableApi.decode(self, incoming)
        document = request.parse(incoming.body)
        named = dict(_named(document))
        if len(named) > 1:
            raise MalformedRequestError("a request continues a response or a conversation, not both")
        payload = self.read({name: value for name, value in document.items() if name not in named}, incoming)
        for reference in named.values():
            payload = replace(payload, kept=reference, stateful=True, must_store=reference.use == ADD)
        return payload

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        """Write the request; what it continues goes under the target's own identifier."""
        wire = TableApi.encode(self, payload, texts, model)
        if payload.kept is None:
            return wire
        name = _CONVERSATION if payload.must_store else _PREVIOUS
        return replace(wire, body=numbers.dumps({**numbers.loads(wire.body), name: payload.kept.id}))

    def outgoing_texts(self, wire: Wire, unchanged: Unchanged = CHANGED) -> list[str]:
        """Return every text, key and number of a written request except the target's own identifier."""
        document = numbers.loads(wire.body)
        members = [name for name in (_PREVIOUS, _CONVERSATION) if kept.is_id(document.get(name))]
        for name in members:
            del document[name]
        return TableApi.outgoing_texts(
            self, replace(wire, body=numbers.dumps(document)) if members else wire, unchanged
        )


def _named(document: Mapping[str, Any]) -> Iterator[tuple[str, Kept]]:
    """Yield each member that names a handle, and its use: to continue a response, to add a turn."""
    if kept.is_handle(document.get(_PREVIOUS), kept.RESPONSE):
        yield _PREVIOUS, Kept(document[_PREVIOUS])
    conversation = document.get(_CONVERSATION)
    handle = conversation.get("id") if isinstance(conversation, dict) and len(conversation) == 1 else conversation
    if kept.is_handle(handle, kept.CONVERSATION):
        yield _CONVERSATION, Kept(handle, ADD)
