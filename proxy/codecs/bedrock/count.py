"""CountTokens: a body of Converse, or one of InvokeModel in base64, read as what it is."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from proxy.codecs import numbers, request
from proxy.codecs.api import Address, TableApi
from proxy.codecs.base import Api
from proxy.codecs.bedrock import converse
from proxy.codecs.bedrock.dialect import DIALECT
from proxy.codecs.bedrock.invoke import INVOKE
from proxy.codecs.bedrock.shape import CONVERSE, at
from proxy.core.records import CHANGED, Operation, Payload, Unchanged
from proxy.core.wire import Incoming, Wire
from proxy.errors import MalformedRequestError

_PATH = "/model/{model}/count-tokens"
_CONVERSE, _INVOKE = "converse", "invokeModel"
_STRANGE = "'input' must hold either what Converse takes or the body of InvokeModel in base64, and nothing else"


@dataclass(frozen=True, slots=True)
class _Held:
    """The body to be counted, and the member that holds it."""

    under: str
    body: bytes

    @property
    def api(self) -> Api:
        return _COUNTED if self.under == _CONVERSE else INVOKE

    def around(self, body: bytes) -> bytes:
        """Return the outer body with another one inside."""
        wrapped: Any = orjson.Fragment(body) if self.under == _CONVERSE else {"body": base64.b64encode(body).decode()}
        return numbers.dumps({"input": {self.under: wrapped}})


def _inner(body: bytes) -> _Held:
    match request.parse(body):
        case {"input": {"converse": dict() as converse_body, **other}, **more} if not (other or more):
            try:
                return _Held(_CONVERSE, numbers.dumps(converse_body))
            except orjson.JSONEncodeError as error:
                raise MalformedRequestError("'input' is nested too deep") from error
        case {"input": {"invokeModel": {"body": str() as text, **rest}, **other}, **more} if not (
            rest or other or more
        ):
            try:
                return _Held(_INVOKE, base64.b64decode(text, validate=True))
            except ValueError as error:
                raise MalformedRequestError(_STRANGE) from error
    raise MalformedRequestError(_STRANGE)


@dataclass(slots=True, eq=False)
class CountApi(TableApi):
    """Implements ``Api``; the counted body is read and written by its own API."""

    def decode(self, incoming: Incoming) -> Payload:
        inner = _inner(incoming.body)
        payload = inner.api.decode(replace(incoming, body=inner.body))
        return replace(payload, incoming=replace(payload.incoming, body=incoming.body))

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        inner = _inner(payload.incoming.body)
        wire = inner.api.encode(payload, texts, model)
        path = wire.path.rpartition("/")[0] + _PATH[_PATH.rindex("/") :]
        return replace(wire, path=path, body=inner.around(wire.body))

    def outgoing_texts(self, wire: Wire, unchanged: Unchanged = CHANGED) -> list[str]:
        inner = _inner(wire.body)
        return inner.api.outgoing_texts(replace(wire, body=inner.body), unchanged)

    def with_statement(self, wire: Wire, statement: str) -> Wire | None:
        inner = _inner(wire.body)
        stated = inner.api.with_statement(replace(wire, body=inner.body), statement)
        return None if stated is None else replace(wire, body=inner.around(stated.body))


_COUNTED = replace(CONVERSE, name="bedrock_count_tokens", request=converse.COUNTED)
COUNT = CountApi(
    "bedrock_count_tokens", Operation.CHAT, converse.COUNTED, converse.COUNT, dialect=DIALECT,
    endpoints=(at("count-tokens"),), address=Address(_PATH),
)  # fmt: skip
