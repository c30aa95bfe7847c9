"""An API of JSON objects, described by tables: apart from these a new dialect needs only a shape. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from proxy.codecs import envelope, numbers, paths, request
from proxy.codecs import reply as replies
from proxy.codecs.base import Dialect, Endpoint, FilterFactory, Sealed, StreamRewriter
from proxy.codecs.checks import Check
from proxy.codecs.conversation import ConversationCodec
from proxy.codecs.framing import Framing
from proxy.codecs.reply import ARRAY, ReplyTable
from proxy.codecs.request import RequestTable
from proxy.codecs.stream import EventRewriter, Shape
from proxy.codecs.usage import Meter
from proxy.codecs.whole_reply import WholeReply
from proxy.core.records import CHANGED, OpaquePart, Operation, Payload, Unchanged
from proxy.core.wire import Incoming, Wire
from proxy.errors import MalformedRequestError


def _anything(_document: Mapping[str, Any]) -> None:
    return None


def _as_it_is(document: dict[str, Any]) -> dict[str, Any]:
    return document


def _nothing_more(_document: Mapping[str, Any]) -> Iterable[str]:
    return ()


def _nowhere(_document: dict[str, Any], _statement: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Address:
    """Where an API stands at its targets.

    ``{model}`` in the path is the target's own name for the model, ``{name}`` another variable of the caller's path.
    """

    path: str  # below the target's base URL
    query: tuple[tuple[str, str], ...] = ()


def at(dialect: Dialect, *below: str, root: str = "", recognized_by: str = "") -> dict[str, Any]:
    """Return where an API stands, as fields of ``TableApi``. Targets serve it at the first path, below their base URL.

    ``recognized_by`` lists the members by which its bodies are recognized where another API has the same path.
    """
    endpoints = tuple(Endpoint("POST", root + path, recognized_by=frozenset(recognized_by.split())) for path in below)
    return {"dialect": dialect, "endpoints": endpoints, "address": Address(below[0])}


def with_system_message(document: dict[str, Any], statement: str) -> dict[str, Any]:
    """Return a chat with a statement before the caller's messages."""
    return {**document, "messages": [{"role": "system", "content": statement}, *document["messages"]]}


@dataclass(frozen=True, slots=True)
class OptionHeader:
    """A header that lists options of the API, separated by commas. An option not known to only tune is a feature.

    A feature is named without the date of its version: ``anthropic-beta.files-api``.
    """

    tuning: frozenset[str]
    version: Callable[[str], str] = str  # an option without its version

    def unknown(self, names: Iterable[str]) -> Iterator[str]:
        """Yield the options, without their version, that are not known to only tune."""
        for name in names:
            option = self.named(name)
            if option and option not in self.tuning:
                yield option

    def named(self, name: str) -> str:
        """Return an option of the header without its version."""
        return self.version(name.strip())


@dataclass(slots=True, eq=False)
class TableApi:
    """Implements ``Api``.

    ``normalize`` returns a request in the one spelling that the tables know, where readers take several; ``check``
    raises MalformedRequestError for what is not a request of this API, as ``normalize`` and ``more_features`` may.
    ``add_statement`` returns a request with a statement to its recipient, None where there is no place for one.
    ``shape`` makes the shape of one streamed reply.
    """

    name: str
    operation: Operation
    request: RequestTable
    reply: ReplyTable
    dialect: Dialect
    endpoints: tuple[Endpoint, ...]
    address: Address
    streamed_at: Address | None = None  # of streamed replies, where that differs
    framing: Framing | None = None  # None: it does not stream
    framed: tuple[Framing, ...] = ()  # further ones, chosen by the media type of the reply
    shape: Callable[[], Shape] | None = None
    normalize: Callable[[dict[str, Any]], dict[str, Any]] = _as_it_is
    check: Check = _anything
    add_statement: Callable[[dict[str, Any], str], dict[str, Any] | None] = _nowhere
    options: Mapping[str, OptionHeader] = field(default_factory=dict)  # by header
    more_features: Callable[[Mapping[str, Any]], Iterable[str]] = (
        _nothing_more  # further features, found in the values of members
    )
    dialect_values: frozenset[str] = frozenset({"@path/model"})  # its own, outside the body (see ``envelope``)
    unread: tuple[OpaquePart, ...] = ()  # unread parts of a whole reply
    conversation: ConversationCodec | None = None  # for translation
    streams: frozenset[str] = field(init=False)  # media types of its streamed replies

    def __post_init__(self) -> None:
        """Collect the media types of the framings."""
        framings = (self.framing, *self.framed) if self.framing is not None else ()
        self.streams = frozenset(media for framing in framings for media in framing.media)

    def decode(self, incoming: Incoming) -> Payload:
        return self.read(request.parse(incoming.body), incoming)

    def read(self, body: dict[str, Any], incoming: Incoming) -> Payload:
        """Read a request whose body is already parsed.

        Raises:
            MalformedRequestError, PayloadTooLargeError: it is not a request of this API.

        """
        document = self.normalize(body)
        self.check(document)
        payload = request.decode(document, self.request, self.operation, incoming.variables.get("model", ""))
        if payload.stream and self.framing is None:
            raise MalformedRequestError("this path does not stream")
        options = tuple(self._header_features(incoming.headers))
        requested = (*options, *self.more_features(document))
        keeps = payload.keeps_state or any(name.rpartition(".")[2] in self.request.keeping for name in requested)
        payload = replace(
            payload,
            stream=payload.stream or incoming.stream,
            features=tuple(dict.fromkeys((*payload.features, *requested))),
            optional=frozenset(name for name in options if name.rpartition(".")[2] not in self.request.keeping),
            keeps_state=keeps,
            stateful=payload.stateful or keeps,
            unread=self.unread,
        )
        at = paths.names(self.address.path)
        if not all(name in at for name in incoming.variables):
            sent = {name: value for name, value in incoming.variables.items() if name in at}
            incoming = replace(incoming, variables=sent)
        return envelope.read(payload, incoming, self.dialect_values)

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        at = self.streamed_at if payload.stream and self.streamed_at is not None else self.address
        body = request.encode(payload, texts, model, self.request)
        changed = envelope.rewritten(payload, texts)
        named = {**changed.variables, "model": model}
        return Wire(
            paths.filled(at.path, named),
            body,
            query=(*at.query, *changed.query.items()),
            headers=tuple(self._kept_options(changed.headers, payload.dropped)),
        )

    def outgoing_texts(self, wire: Wire, unchanged: Unchanged = CHANGED) -> list[str]:
        options = [value for name, value in wire.headers if name in self.options]
        return [*request.body_texts(wire.body, self.request, unchanged), *envelope.texts(wire, options)]

    def with_statement(self, wire: Wire, statement: str) -> Wire | None:
        document = self.add_statement(numbers.loads(wire.body), statement)
        return replace(wire, body=numbers.dumps(document)) if document is not None else None

    def parse_reply(self, reply: bytes) -> dict[str, Any]:
        """Return the document of a whole reply.

        Raises:
            ValueError: it is not a reply of this API.

        """
        return replies.parse(reply, self.reply)

    def render_reply(self, document: dict[str, Any]) -> bytes:
        """Return the bytes of a reply's document."""
        return numbers.dumps(document[ARRAY] if document.keys() == {ARRAY} else document)

    def opened(self, reply: bytes) -> WholeReply:
        return WholeReply(reply, self.parse_reply(reply), self.reply, self.render_reply)

    def stream(
        self,
        make_filter: FilterFactory | None,
        media: str = "",
        sealed: Sealed | None = None,
        meter: Meter | None = None,
    ) -> StreamRewriter:
        if self.framing is None or self.shape is None:
            raise ValueError("this API does not stream")
        framing = next(
            (candidate for candidate in (self.framing, *self.framed) if media in candidate.media), self.framing
        )
        return EventRewriter(framing, self.shape(), make_filter, sealed, meter)

    def _header_features(self, headers: Mapping[str, str]) -> Iterator[str]:
        """Yield the features that headers request."""
        for header, options in self.options.items():
            for option in options.unknown(headers.get(header, "").split(",")):
                yield f"{header}.{option}"

    def _kept_options(self, headers: Mapping[str, str], dropped: Collection[str]) -> Iterator[tuple[str, str]]:
        """Yield the headers to send, without the options that are dropped; a list left empty is not a header."""
        for header, value in headers.items():
            options = self.options.get(header) if dropped else None
            names = value.split(",") if options is not None else ()
            passed = [name for name in names if options is None or f"{header}.{options.named(name)}" not in dropped]
            if len(passed) == len(names):
                yield header, value
            elif passed:
                yield header, ",".join(passed)
