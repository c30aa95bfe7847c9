"""An API of a model server: model, version and verb stand in the path, which is also the target's. Pure.

Requests to such servers hold tensors, and have no place for a statement to the recipient. ``DescribedApi`` covers paths
without a body (the description of a model).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from proxy.codecs import envelope, numbers, paths, request, tensors
from proxy.codecs.api import Address, TableApi
from proxy.codecs.members import Members
from proxy.codecs.request import RequestTable
from proxy.core.records import CHANGED, OpaquePart, Payload, Unchanged
from proxy.core.wire import JSON, Incoming, Wire
from proxy.errors import MalformedRequestError

#: A request's document and its unread parts.
ParsedRequest = tuple[dict[str, Any], tuple[OpaquePart, ...]]
#: The address is the requested path.
OWN = Address("")
#: The dialect's own values outside the body. A version or label is a text like any other.
_OWN = frozenset({"@path/model"})


@dataclass(slots=True, eq=False)
class ModelApi(TableApi):
    """Implements ``Api``. They differ in ``parse_request``, ``render_request`` and their counterparts for replies."""

    consumed: ClassVar[frozenset[str]] = frozenset()  # headers needed only to read the body
    words: frozenset[str] = frozenset()  # members without tensors

    def parse_request(self, body: bytes, headers: Mapping[str, str]) -> ParsedRequest:  # noqa: ARG002 - none matters here
        """Return a request's document and its unread parts.

        Raises:
            ValueError, ProxyError: it is not a request of this API.

        """
        return tensors.members(request.parse(body), self.request.keys, self.words)

    def render_request(self, document: Mapping[str, Any]) -> tuple[bytes, Mapping[str, str], str]:
        """Return a request's bytes, the headers needed to read them, and their media type."""
        return numbers.dumps(document), {}, JSON

    def decode(self, incoming: Incoming) -> Payload:
        try:
            document, opaque = self.parse_request(incoming.body, incoming.headers)
        except ValueError as error:
            raise MalformedRequestError(str(error)) from error
        self.check(document)
        payload = request.decode(document, self.request, self.operation, incoming.variables.get("model", ""))
        payload = replace(request.with_opaque(payload, opaque), stream=incoming.stream)
        headers = {name: value for name, value in incoming.headers.items() if name not in self.consumed}
        return envelope.read(payload, replace(incoming, headers=headers), _OWN)

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        body, headers, media = self.render_request(request.rewrite(payload, texts, model, self.request))
        return Wire(_path(payload, texts, model), body, headers=tuple(headers.items()), media=media)

    def outgoing_texts(self, wire: Wire, unchanged: Unchanged = CHANGED) -> list[str]:
        document, _ = self.parse_request(wire.body, {name.lower(): value for name, value in wire.headers})
        path = paths.path_texts((endpoint.path for endpoint in self.endpoints), wire.path)
        return [*request.document_texts(document, self.request, unchanged), *path]

    def with_statement(self, wire: Wire, statement: str) -> None:
        """Return None: a statement would be another input of the model."""


@dataclass(slots=True, eq=False)
class DescribedApi(ModelApi):
    """Implements ``Api`` for paths that describe a model: nothing is sent but the path."""

    def parse_request(self, body: bytes, headers: Mapping[str, str]) -> ParsedRequest:  # noqa: ARG002
        if body:
            raise ValueError("this path takes no body")
        return {}, ()

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        return Wire(_path(payload, texts, model), b"", method="GET")


#: The table of requests without a body.
BODILESS = RequestTable(Members({}), frozenset(), model="", stream="")


def _path(payload: Payload, texts: Mapping[int, str], model: str) -> str:
    """Return the requested path with the target's own model and the new texts of its other variables."""
    return paths.filled(payload.incoming.template, {**envelope.rewritten(payload, texts).variables, "model": model})
