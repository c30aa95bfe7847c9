"""What a dialect implements: read requests, write them changed, rewrite replies, render errors. Pure.

A dialect is a package that exports ``DIALECT`` and ``APIS``; ``proxy.codecs.endpoints`` finds the packages. Below are
bodies of errors and lists of models that several dialects share.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, Self

import orjson

from proxy.codecs.conversation import ConversationCodec
from proxy.codecs.framing import CountedFrames, sse
from proxy.codecs.framing.ndjson import FILE_MEDIA
from proxy.codecs.limit_headers import limit_headers
from proxy.codecs.usage import Meter
from proxy.core.limits import LimitStanding
from proxy.core.records import CHANGED, Payload, Unchanged
from proxy.core.replies.position import Position
from proxy.core.state.handles import Handles
from proxy.core.wire import JSON, Incoming, Wire

if TYPE_CHECKING:
    from proxy.codecs.whole_reply import WholeReply


class TextFilter(Protocol):
    """A transducer over one text of a reply: the outputs of all feeds and the flush, joined, are the filtered text."""

    def feed(self, text: str) -> str:
        """Return what can be released already."""
        ...

    def flush(self) -> str:
        """Return what was held back; the text is complete."""
        ...


#: Receives each text that the reply's maker has signed or encrypted, once complete.
Sealed = Callable[[str], None]

#: Makes the filter of the text of the reply that stands at a position.
FilterFactory = Callable[[Position], TextFilter]


class StreamRewriter(Protocol):
    """Rewrites a streamed reply, event by event, for every chunking of its bytes."""

    complete: bool  # the dialect's end was seen: anything further is awaited only briefly
    frames: CountedFrames  # of the target's stream

    def feed(self, chunk: bytes) -> bytes:
        """Return the bytes that may go to the client.

        Raises:
            ValueError: the stream violates the dialect.
            UpstreamError: the stream reports an error, or an event exceeds the limit.

        """
        ...

    def finish(self) -> bytes:
        """Return what was held back; the body has ended.

        Raises:
            ValueError, UpstreamError: a stream of this dialect does not end here, or as ``feed``.

        """
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method and path at which an API is served.

    ``path`` is a template: ``{name}`` matches one segment or part of one, ``{name:path}`` several, which may contain
    encoded slashes. Query parameters not named in ``query`` (name -> pattern of its values) never reach the codec.
    ``media`` are the accepted types of a body, "image/*" any of a kind, "" none given; a JSON endpoint also accepts
    bodies without a type. A body with the header ``binary`` is bytes, whatever its type says. Where several APIs share
    a path, the members in ``recognized_by`` tell whose body it is.
    """

    method: str
    path: str
    stream: bool = False  # its replies always stream
    endless: bool = False  # its replies have no end of their own: a limit that ends one is not a fault
    query: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    batch: bool = False  # its body may hold many requests, and may take longer to read
    media: frozenset[str] = frozenset({JSON})
    binary: str = ""
    replies: frozenset[str] = frozenset()  # media types of whole replies that pass as such; others are JSON
    recognized_by: frozenset[str] = frozenset()
    array_unless: tuple[str, str] | None = None  # errors come in an array too, unless the query says this


_FORBIDDEN, _UNPAID = 403, 402
#: The scheme of an AWS signature: clients put the key where their access key id belongs.
SIGNED = "aws4-hmac-sha256"
#: Where a credential may stand, in this order: schemes of Authorization, headers, a parameter of the query ("?key").
PRESENTED = ("bearer", "basic", "x-api-key", "api-key")


def _same_dialect(dialect: Dialect, _incoming: Incoming) -> Dialect:
    return dialect


def _same_api(api: Api, _incoming: Incoming, _handles: Handles) -> Api:
    return api


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """What the APIs of one provider dialect share: errors, lists of models, headers.

    ``error(status, code, message, request_id)`` renders a body, ``error_event(media, code, message, request_id)`` an
    error inside a stream of that media type that has begun, ``models(names)`` and ``model(name)`` the models on offer.
    """

    name: str
    error: Callable[[int, str, str, str], bytes]
    error_event: Callable[[str, str, str, str], bytes]
    models: Callable[[Sequence[str]], bytes] = lambda _names: b"[]"  # used only where ``listed``
    model: Callable[[str], bytes] = lambda _name: b"{}"
    listed: tuple[Endpoint, ...] = ()  # endpoints; a path with the variable {id:path} or {id} shows one model
    health: tuple[str, ...] = ()  # paths of health checks, open to anybody, with GET
    stateful_paths: tuple[str, ...] = ()  # templates of paths that refer to what a target keeps: always refused
    client_headers: frozenset[str] = frozenset()  # headers that only its clients send
    credential_places: tuple[str, ...] = PRESENTED
    forwarded: Mapping[str, re.Pattern[str]] = field(
        default_factory=dict
    )  # headers passed on -> pattern of their values
    headers: Callable[[int, str], Mapping[str, str]] = lambda _status, _code: {}  # of its errors
    limits: Callable[[Sequence[LimitStanding]], Mapping[str, str]] = limit_headers  # headers that say what is left
    heads: Callable[[bytes], Mapping[str, str]] = lambda _reply: {}  # needed to read a whole reply
    id_headers: tuple[str, ...] = ()  # further headers in which clients expect the exchange's id
    unpaid: int = 402  # of a budget that is spent
    refused: int = 403  # of refusals: some clients show a 403 as a wrong key, or repeat it
    reply_statuses: frozenset[int] = frozenset({200})  # statuses whose replies pass; of others nothing does
    for_request: Callable[[Dialect, Incoming], Dialect] = _same_dialect  # for errors that name the request
    reply_headers: Mapping[str, re.Pattern[str]] = field(
        default_factory=dict
    )  # headers of replies passed on -> pattern of their values
    handle_headers: tuple[str, ...] = ()  # reply headers that the target expects back: callers get handles
    bind: Callable[[Api, Incoming, Handles], Api] = _same_api  # binds an API to the handles of one request
    remembers: bool = False  # its targets may repeat what one request said in the reply to another

    def refusal_status(self, status: int) -> int:
        """Return the status with which a refusal is shown to a person, and not repeated, by the dialect's clients."""
        return self.refused if status == _FORBIDDEN else self.unpaid if status == _UNPAID else status

    @property
    def rewritten(self) -> bool:
        """Whether replies are always rewritten: they may hold what the target gives to be presented again."""
        return self.bind is not _same_api

    def in_arrays(self) -> Self:
        """Return the dialect with each error as the only element of an array."""

        def error(status: int, code: str, message: str, request_id: str) -> bytes:
            return b"[" + self.error(status, code, message, request_id) + b"]"

        return replace(self, error=error)


class Api(Protocol):
    """One API of one dialect."""

    name: str  # "openai_chat"
    dialect: Dialect
    endpoints: tuple[Endpoint, ...]
    conversation: ConversationCodec | None  # None: not translated

    @property
    def streams(self) -> frozenset[str]:
        """The media types of its streamed replies."""
        ...

    def decode(self, incoming: Incoming) -> Payload:
        """Read a request.

        Raises:
            MalformedRequestError: it is not a request of this dialect.
            PayloadTooLargeError: it holds more than is read.
            StatefulUnsupportedError: it refers to something kept by a target under no handle of ours.

        """
        ...

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        """Write the request with new text for some spans, addressed to the target's own model name."""
        ...

    def outgoing_texts(self, wire: Wire, unchanged: Unchanged = CHANGED) -> list[str]:
        """Return every text, key and number of a written request that is not the dialect's own, wherever it stands.

        What is ``unchanged`` may be left out.
        """
        ...

    def with_statement(self, wire: Wire, statement: str) -> Wire | None:
        """Return a written request with a statement to its recipient; None where the dialect has no place for one."""
        ...

    def opened(self, reply: bytes) -> WholeReply:
        """Read a whole reply.

        Raises:
            ValueError: it is not a reply of this API.

        """
        ...

    def stream(
        self,
        make_filter: FilterFactory | None,
        media: str = "",
        sealed: Sealed | None = None,
        meter: Meter | None = None,
    ) -> StreamRewriter:
        """Return a rewriter for one streamed reply of this media type; without a factory events pass unchanged.

        Raises:
            ValueError: this API does not stream.

        """
        ...


SERVER_ERROR = 500  # the first status that blames the server

#: Renders an error: status, code, message, request id -> body.
ErrorBody = Callable[[int, str, str, str], bytes]


def message_alone(_status: int, _code: str, message: str, _request_id: str) -> bytes:
    """Render an error as ``{"error": "..."}``."""
    return orjson.dumps({"error": message})


def in_stream(error: ErrorBody, event: str = "") -> Callable[[str, str, str, str], bytes]:
    """Return what renders an error inside a stream: a line of JSON lines, else a server-sent event of this name.

    The stream is not ended cleanly after it.
    """

    def render(media: str, code: str, message: str, request_id: str) -> bytes:
        body = error(SERVER_ERROR, code, message, request_id)
        return body + b"\n" if media in FILE_MEDIA else sse.encode(body, event)

    return render


def listing(member: str, describe: Callable[[str], dict[str, Any]], **more: Any) -> Callable[[Sequence[str]], bytes]:
    """Return what renders a list of models on one page: each described, under a member of an object."""
    return lambda names: orjson.dumps({**more, member: [describe(name) for name in names]})


def showing(describe: Callable[[str], dict[str, Any]]) -> Callable[[str], bytes]:
    """Return what renders one model."""
    return lambda name: orjson.dumps(describe(name))
