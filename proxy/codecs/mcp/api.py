"""The one API of MCP: messages to a server named by the path, and the end of a session. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from proxy.codecs import envelope, loose, numbers, request
from proxy.codecs import reply as replies
from proxy.codecs.api import TableApi
from proxy.codecs.base import FilterFactory, Sealed, StreamRewriter
from proxy.codecs.mcp import mirrors, tables
from proxy.codecs.mcp.messages import McpShape, Messages
from proxy.codecs.stream import EventRewriter
from proxy.codecs.usage import Meter
from proxy.codecs.whole_reply import WholeReply
from proxy.core.records import CHANGED, Payload, TextSpan, Unchanged
from proxy.core.state.handles import Handles
from proxy.core.wire import Incoming, Reference, Wire
from proxy.errors import HeaderMismatchError, MalformedRequestError

_PARAMS, _STATE = "params", "requestState"
_EVENTS = "text/event-stream"
_MINE = frozenset({"accept", mirrors.SESSION, mirrors.VERSION})
_LISTEN, _END, _TELL = "GET", "DELETE", "POST"
_AGAIN = "last-event-id"


@dataclass(slots=True, eq=False)
class McpApi(TableApi):
    """Implements ``Api``. ``handles`` are the caller's; without them nothing given by a server is accepted.

    ``listens``: the request opens the stream of a session. ``ends``: it ends one.
    """

    handles: Handles | None = None
    listens: bool = False
    ends: bool = False

    def decode(self, incoming: Incoming) -> Payload:
        """Read one message.

        Raises:
            MalformedRequestError: it is not one, or several.
            HeaderMismatchError: a header differs from the body.
            UnknownHandleError: a session or state was not given to this caller.

        """
        if _AGAIN in incoming.headers:
            raise MalformedRequestError("streams cannot be resumed: send the message again")
        references = {name: self._open_handle(name, value) for name, value in _handles(incoming)}
        if incoming.method != _TELL:
            return self._bodiless(incoming, references)
        document = request.parse(incoming.body)
        check(document)
        document, state = _without_state(document)
        if state is not None:
            references[_STATE] = self._open_handle(_STATE, state)
        payload = request.decode(document, self.request, self.operation, incoming.variables.get("model", ""))
        requested = _method_features(document)
        keeps = payload.keeps_state or mirrors.SESSION in references or _keeps(document)
        payload = replace(
            payload,
            stream="id" in document and "method" in document,
            features=tuple(dict.fromkeys((*payload.features, *requested))),
            keeps_state=keeps,
            stateful=keeps,
        )
        return self._with_envelope(payload, incoming, references, document)

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        """Write the message, with headers that repeat its current values.

        Raises:
            HeaderMismatchError: a header can no longer repeat it.

        """
        incoming, references = payload.incoming, payload.incoming.references
        session = ((mirrors.SESSION, references[mirrors.SESSION].value),) if mirrors.SESSION in references else ()
        version = tuple((name, value) for name, value in incoming.headers.items() if name == mirrors.VERSION)
        takes = ("accept", _EVENTS if incoming.method == _LISTEN else f"application/json, {_EVENTS}")
        if incoming.method != _TELL:
            return Wire(self.address.path, b"", incoming.method, headers=(takes, *version, *session))
        if any(payload.spans[at].pointer.startswith("@header/") for at in texts if at < len(payload.spans)):
            raise HeaderMismatchError("the name of a header holds what may not be sent")
        body = request.encode(payload, texts, model, self.request)
        headers = (takes, *version, *mirrors.rewrite(incoming.mirrored, numbers.loads(body)), *session)
        return Wire(self.address.path, _with_state(body, references.get(_STATE)), headers=headers)

    def outgoing_texts(self, wire: Wire, unchanged: Unchanged = CHANGED) -> list[str]:
        document, _ = _without_state(numbers.loads(wire.body or b"{}"))
        return [*request.body_texts(numbers.dumps(document), self.request, unchanged), *_header_texts(wire)]

    def opened(self, reply: bytes) -> WholeReply:
        """Read a whole reply, for this caller alone; an acknowledgement is empty.

        Raises:
            ValueError: it is not a response.

        """
        if not reply or self.ends:
            return WholeReply(b"", {}, self.reply)
        document = self.parse_reply(reply)
        private = self._private(document)
        body = reply if private is document else loose.dumps(private, halves=loose.halved(reply))
        return WholeReply(body, private, self.reply, self.render_reply)

    def stream(
        self,
        make_filter: FilterFactory | None,
        media: str = "",  # noqa: ARG002 - there is one
        sealed: Sealed | None = None,  # noqa: ARG002 - what comes back sealed is a handle of ours
        meter: Meter | None = None,  # noqa: ARG002 - tools count nothing
    ) -> StreamRewriter:
        return EventRewriter(Messages(self._mine, endless=self.listens), McpShape(), make_filter)

    def _bodiless(self, incoming: Incoming, references: Mapping[str, Reference]) -> Payload:
        """Return a request that listens to a session or ends it."""
        if mirrors.SESSION not in references or incoming.method not in {_LISTEN, _END} or incoming.body:
            raise MalformedRequestError("GET and DELETE need a session, and no body")
        payload = request.decode({}, self.request, self.operation, incoming.variables.get("model", ""))
        listens = incoming.method == _LISTEN
        return self._with_envelope(
            replace(payload, stream=listens, stateful=True, keeps_state=True), incoming, references, {}
        )

    def _open_handle(self, kind: str, handle: str) -> Reference:
        if self.handles is None:
            raise MalformedRequestError("this session or state is unknown here")
        return self.handles.opened(kind, handle)

    def _seal(self, state: Any) -> str | None:
        """Return the handle of a state, None for anything else."""
        return self.handles.sealed(_STATE, state) if self.handles is not None and isinstance(state, str) else None

    def _with_envelope(
        self, payload: Payload, incoming: Incoming, references: Mapping[str, Reference], document: Mapping[str, Any]
    ) -> Payload:
        mirrored = mirrors.read(incoming.headers, document)
        headers = {name: value for name, value in incoming.headers.items() if name == mirrors.VERSION}
        read = envelope.read(
            payload, replace(incoming, headers=headers, mirrored=mirrored, references=references), self.dialect_values
        )
        names = tuple(
            TextSpan(f"@header/{name}", "@header.mcp-param", name.removeprefix(mirrors.PARAM), "key")
            for name in mirrored
            if name.startswith(mirrors.PARAM)
        )
        return replace(read, spans=(*read.spans, *names))

    def _mine(self, message: bytes) -> bytes:
        """Return a server's message with its state under a handle, and private to this caller."""
        document = replies.load(message)
        private = self._private(document)
        return message if private is document else loose.dumps(private, halves=loose.halved(message))

    def _private(self, document: Any) -> Any:
        """Return what a message means, with its state under a handle, and private to this caller."""
        result = document.get("result") if isinstance(document, dict) else None
        if not isinstance(result, dict):
            return document
        private = dict(result)
        if result.get("cacheScope") == "public":
            private["cacheScope"] = "private"
        if _STATE in result:
            private[_STATE] = self._seal(result[_STATE])
        return document if private == result else document | {"result": private}


def check(document: Mapping[str, Any]) -> None:
    """Refuse anything but a JSON-RPC message.

    Raises:
        MalformedRequestError: it is not one.

    """
    if document.get("jsonrpc") != "2.0":
        raise MalformedRequestError("'jsonrpc' must be '2.0'")
    if "id" in document and (isinstance(document["id"], bool) or not isinstance(document["id"], str | int)):
        raise MalformedRequestError("'id' must be a string or an integer")
    asks, answers = "method" in document, [name for name in ("result", "error") if name in document]
    if asks and (answers or not isinstance(document["method"], str)):
        raise MalformedRequestError("'method' must be a string, without a result")
    if not asks and (len(answers) != 1 or "id" not in document or not isinstance(document[answers[0]], dict)):
        raise MalformedRequestError("the body must be a request, a notification or a response")
    if not isinstance(document.get(_PARAMS, {}), dict):
        raise MalformedRequestError("'params' must be an object")


def _handles(incoming: Incoming) -> Iterator[tuple[str, str]]:
    if mirrors.SESSION in incoming.headers:
        yield mirrors.SESSION, incoming.headers[mirrors.SESSION]


def _method_features(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield an unknown method as a feature."""
    method = document.get("method")
    if isinstance(method, str) and method not in tables.METHODS:
        yield f"method.{method}"


def _keeps(document: Mapping[str, Any]) -> bool:
    return str(document.get("method", "")).startswith(tables.KEEPING)


def _without_state(document: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Return a message without the state given by a server, and that."""
    params = document.get(_PARAMS)
    state = params.get(_STATE) if isinstance(params, dict) else None
    if not isinstance(params, dict) or not isinstance(state, str):
        return document, None
    return document | {_PARAMS: {key: value for key, value in params.items() if key != _STATE}}, state


def _with_state(body: bytes, state: Reference | None) -> bytes:
    if state is None:
        return body
    document = numbers.loads(body)
    return numbers.dumps(document | {_PARAMS: {**document.get(_PARAMS, {}), _STATE: state.value}})


def _header_texts(wire: Wire) -> Iterator[str]:
    """Yield the texts in headers of a written message."""
    for name, value in wire.headers:
        if name not in _MINE:
            yield mirrors.decode(value) or value
            if name.startswith(mirrors.PARAM):
                yield name.removeprefix(mirrors.PARAM)
