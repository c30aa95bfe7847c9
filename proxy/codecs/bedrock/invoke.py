"""InvokeModel and InvokeModelWithResponseStream: bodies in the models' own shapes, recognized by their members.

A model's name does not tell: it may be an ARN, or the catalog's own. A body in another shape than its model reads gains
nothing: each table takes what it does not name for text, or for a feature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from proxy.codecs import checks, numbers, request
from proxy.codecs.anthropic import with_statement as stated_to_claude
from proxy.codecs.api import Address, TableApi, with_system_message
from proxy.codecs.bedrock import families
from proxy.codecs.bedrock.dialect import DIALECT, OWN
from proxy.codecs.bedrock.invoke_shape import InvokeShape
from proxy.codecs.bedrock.shape import OPTIONS, at, betas, with_statement
from proxy.codecs.framing.aws_event_stream import AwsEventStream
from proxy.core.records import CHANGED, Operation, Payload, Unchanged
from proxy.core.wire import Incoming, Wire

_SHARED: dict[str, Any] = {
    "name": "bedrock_invoke",
    "dialect": DIALECT,
    "endpoints": (at("invoke"), at("invoke-with-response-stream", stream=True)),
    "reply": families.REPLY,
    "address": Address("/model/{model}/invoke"),
    "streamed_at": Address("/model/{model}/invoke-with-response-stream"),
    "framing": AwsEventStream(chunks=True),
    "shape": InvokeShape,
    "options": OPTIONS,
    "dialect_values": OWN | {"@path/model"},
}


_family = partial(TableApi, **_SHARED)
_CLAUDE = _family(
    request=families.CLAUDE,
    operation=Operation.CHAT,
    check=checks.messages,
    add_statement=stated_to_claude,
    more_features=betas,
)
_NOVA = _family(request=families.NOVA, operation=Operation.CHAT, check=checks.messages, add_statement=with_statement)
_CHAT = _family(
    request=families.CHAT, operation=Operation.CHAT, check=checks.messages, add_statement=with_system_message
)
_PROMPTED = _family(request=families.PROMPTED, operation=Operation.CHAT)
_EMBEDDED = _family(request=families.PROMPTED, operation=Operation.EMBEDDING)


def _of(document: Mapping[str, Any]) -> TableApi:
    """Return the API of a body's shape."""
    if "messages" not in document:
        return _EMBEDDED if families.EMBEDDED & document.keys() else _PROMPTED
    if "anthropic_version" in document:
        return _CLAUDE
    return _NOVA if _is_novas(document) else _CHAT


def _is_novas(document: Mapping[str, Any]) -> bool:
    """Whether content is a list of parts without a type."""
    if not {"schemaVersion", "inferenceConfig", "toolConfig"}.isdisjoint(document):
        return True
    messages = document["messages"]
    first = messages[0] if isinstance(messages, list) and messages else None
    content = first.get("content") if isinstance(first, dict) else None
    return isinstance(content, list) and all(isinstance(part, dict) and "type" not in part for part in content)


@dataclass(slots=True, eq=False)
class InvokeApi(TableApi):
    """Implements ``Api``. Replies have one table, requests that of their shape."""

    def decode(self, incoming: Incoming) -> Payload:
        document = request.parse(incoming.body)
        return _of(document).read(document, incoming)

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        return _of(payload.document).encode(payload, texts, model)

    def outgoing_texts(self, wire: Wire, unchanged: Unchanged = CHANGED) -> list[str]:
        return _of(numbers.loads(wire.body)).outgoing_texts(wire, unchanged)

    def with_statement(self, wire: Wire, statement: str) -> Wire | None:
        return _of(numbers.loads(wire.body)).with_statement(wire, statement)


INVOKE = InvokeApi(request=families.CLAUDE, operation=Operation.CHAT, **_SHARED)
