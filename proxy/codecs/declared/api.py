"""A declared API: the form of its bodies, which parts are its own, how its stream grows. Pure.

Anything undeclared is text: every member, key and long number, in requests, replies and events. Requests may be JSON of
any kind, forms, texts or bytes, as its endpoints allow; replies JSON, texts or bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from proxy.codecs import envelope, multipart, numbers, paths, request
from proxy.codecs import reply as replies
from proxy.codecs.api import TableApi
from proxy.codecs.base import SERVER_ERROR, FilterFactory, Sealed, StreamRewriter
from proxy.codecs.bodies import BODY, FILES, BodyFormat, Json, Raw, TextBody, Unspecified, text_of
from proxy.codecs.bodies.fields import URLENCODED, Multipart, UrlEncoded
from proxy.codecs.form_api import flag
from proxy.codecs.framing import Framing, sse
from proxy.codecs.framing.json_array import JsonArray
from proxy.codecs.framing.ndjson import Ndjson
from proxy.codecs.framing.sse import Sse
from proxy.codecs.repeats import RepeatedKeyError
from proxy.codecs.stream import TextRewriter
from proxy.codecs.usage import Meter
from proxy.codecs.whole_reply import WholeReply
from proxy.core.documents import is_text
from proxy.core.records import CHANGED, KEPT, OpaquePart, Payload, Unchanged
from proxy.core.wire import JSON, Incoming, Wire

#: Keys of documents that no body has.
KEYS = frozenset({BODY, FILES})
#: Media types of clients and servers that do not know what they send.
UNSPECIFIED = frozenset({"", "application/octet-stream"})
_XML = "+xml"
_JSON = "+json"
#: An unread part of a whole reply.
UNREAD = "reply"


@dataclass(slots=True, eq=False)
class DeclaredApi(TableApi):
    """Implements ``Api``. Without a shape its streams are one text, whatever the framing.

    ``addresses`` maps templates of endpoints to those of paths below a target's base URL; the first is the default.
    ``streamed``: its replies may always be streams. ``closed``: a member missing from the table is a feature.
    ``texts_too``: a whole reply may be plain text. ``bytes_too``: it may be unread bytes.
    """

    addresses: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)  # name of a form's field -> kind of its file
    streamed: bool = False
    closed: bool = False
    texts_too: bool = False
    bytes_too: bool = False

    def decode(self, incoming: Incoming) -> Payload:
        read = self._body(incoming.media).read(incoming)
        payload = request.decode(read.document, self.request, self.operation, incoming.variables.get("model", ""))
        streams, stores = self.request.stream, self.operation.effect == KEPT
        payload = replace(
            request.with_opaque(payload, read.opaque),
            stateful=stores,
            must_store=stores,
            stream=self.framing is not None and (self.streamed or bool(streams and flag(read.document, streams))),
            features=payload.features if self.closed else (),
            unread=self.unread,
        )
        sent = paths.names(self._address(incoming.template))
        variables = {name: value for name, value in incoming.variables.items() if name in sent}
        return envelope.read(payload, replace(incoming, variables=variables), self.dialect_values)

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        incoming = payload.incoming
        new = request.rewrite(payload, texts, model, self.request)
        body, media = self._body(incoming.media).write(incoming, payload.document, new)
        changed = envelope.rewritten(payload, texts)
        path = paths.filled(self._address(incoming.template), {**changed.variables, "model": model})
        outside = tuple(changed.query.items()), tuple(changed.headers.items())
        return Wire(path, body, incoming.method, *outside, media=media)

    def outgoing_texts(self, wire: Wire, unchanged: Unchanged = CHANGED) -> list[str]:
        incoming = envelope.returned(wire)
        texts = request.document_texts(self._body(incoming.media).read(incoming).document, self.request, unchanged)
        return [*texts, *paths.path_texts(self.addresses.values(), wire.path), *envelope.texts(wire)]

    def with_statement(self, wire: Wire, statement: str) -> Wire | None:  # noqa: ARG002 - there is no place for one
        """Return None: no place for a statement is declared."""
        return None

    def opened(self, reply: bytes) -> WholeReply:
        value = _json(reply)
        document = self._document(reply) if value is None else self._checked(value[0])
        return WholeReply(reply, document, self.reply, _text if value is None else _json_text)

    def stream(
        self,
        make_filter: FilterFactory | None,
        media: str = "",
        sealed: Sealed | None = None,
        meter: Meter | None = None,
    ) -> StreamRewriter:
        if self.framing is not None and self.shape is None:
            return TextRewriter(self.framing, make_filter)
        return super(DeclaredApi, self).stream(make_filter, media, sealed, meter)

    def _body(self, media: str) -> BodyFormat:
        """Return the format of the bodies of a media type."""
        if media == multipart.MEDIA:
            return Multipart(self.files, by_media=True)
        return _BODIES.get(media) or (Json() if media.endswith(_JSON) else TextBody() if _is_text(media) else Raw())

    def _address(self, template: str) -> str:
        return self.addresses.get(template) or next(iter(self.addresses.values()))

    def _document(self, reply: bytes) -> dict[str, Any]:
        """Return a whole reply that is not JSON as a document, an empty one if it is not read.

        Raises:
            ValueError: it is not a reply of this API.

        """
        text = text_of(reply)
        if text is None and self.bytes_too and reply:
            return {}
        if text is None or not self.texts_too:
            raise ValueError("not a reply of this API")
        return {BODY: text}

    def _checked(self, value: Any) -> dict[str, Any]:
        """Return a whole reply that is JSON as a document; raises as ``_document``."""
        needs = self.reply.needs
        if needs and not (isinstance(value, dict) and any(isinstance(value.get(k), kind) for k, kind in needs.items())):
            raise ValueError("not a reply of this API")
        return value if isinstance(value, dict) and BODY not in value else {BODY: value}


def _text(document: Mapping[str, Any]) -> bytes:
    return str(document[BODY]).encode()


def _json_text(document: Mapping[str, Any]) -> bytes:
    return numbers.dumps(document.get(BODY, document))


def _json(reply: bytes) -> tuple[Any] | None:
    """Return the JSON value of a reply, None if it is not JSON.

    Raises:
        RepeatedKeyError: an object in it repeats a key.

    """
    try:
        return (replies.load(reply),)
    except RepeatedKeyError:
        raise
    except ValueError:
        return None


def _is_text(media: str) -> bool:
    return is_text(media) or media.endswith(_XML)


_BODIES: Mapping[str, BodyFormat] = {
    JSON: Json(),
    URLENCODED: UrlEncoded(),
    **dict.fromkeys(UNSPECIFIED, Unspecified()),
}


def unread(kind: str) -> tuple[OpaquePart, ...]:
    """Return the opaque part of a whole reply that is not read."""
    return (OpaquePart(UNREAD, kind),)


#: Values that an error may hold.
MESSAGE, STATUS, CODE, REQUEST_ID = "message", "status", "code", "request_id"


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """``members``: path without lists -> message, status, code or request_id. ``framing`` is that of its streams."""

    members: Mapping[str, str]
    framing: Framing | None = None

    def body(self, status: int, code: str, message: str, request_id: str) -> bytes:
        """Render an error."""
        values = {MESSAGE: message, STATUS: status, CODE: code, REQUEST_ID: request_id}
        document: dict[str, Any] = {}
        for path, what in self.members.items():
            *above, last = path.split(".")
            holder = document
            for key in above:
                holder = holder.setdefault(key, {})
            holder[last] = values[what]
        return orjson.dumps(document)

    def event(self, _media: str, code: str, message: str, request_id: str) -> bytes:
        """Render an error inside a stream that has begun; nothing in one of plain text, which is cut off."""
        body = self.body(SERVER_ERROR, code, message, request_id)
        if isinstance(self.framing, Sse):
            return sse.encode(body, "error")
        if isinstance(self.framing, Ndjson):
            return body + b"\n"
        return b",\n" + body + b"\n]" if isinstance(self.framing, JsonArray) else b""
