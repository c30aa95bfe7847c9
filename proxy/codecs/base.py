"""What a dialect must do: read requests, write them back changed, rewrite replies, render errors. Pure.

A dialect is a package that exports ``DIALECT`` and ``APIS``; ``proxy.codecs.endpoints`` finds the packages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, Self

from proxy.codecs.conversation import Speech
from proxy.core.records import Payload
from proxy.core.state.handles import Handles
from proxy.core.wire import JSON, Incoming, Wire


class TextFilter(Protocol):
    """A transducer over one text of a reply: the output of all feeds and the flush is the filtered whole."""

    def feed(self, text: str) -> str:
        """Return what can be said already."""
        ...

    def flush(self) -> str:
        """Return what was held back; the text is complete."""
        ...


#: Is told each text that the reply's maker has signed or encrypted, once it is whole.
Sealed = Callable[[str], None]

#: Makes the filter of one text of the reply. The argument says whether the text is JSON inside a JSON string.
FilterFactory = Callable[[bool], TextFilter]


class StreamRewriter(Protocol):
    """Rewrites a streamed reply, event by event, for every chunking of its bytes."""

    complete: bool  # all is there that the dialect says there is: what may follow is waited for only shortly

    def feed(self, chunk: bytes) -> bytes:
        """Return the bytes that may go to the client.

        Raises:
            ValueError: the stream is not what the dialect says.

        """
        ...

    def finish(self) -> bytes:
        """Return what was held back; the body has ended.

        Raises:
            ValueError: a stream of this dialect does not end here.

        """
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method and path at which an API is served.

    ``path`` is a template: ``{name}`` stands for one segment or a part of one, ``{name:path}`` for several, which may
    hold encoded slashes. What of a request's query is not named in ``query`` (name -> pattern of its values) never
    reaches the codec. ``media`` are the types of a body, "image/*" any of a kind, "" one that says none; any JSON
    endpoint takes those that say nothing too. A body with the header ``binary`` is one of bytes, whatever its type
    says. Where several APIs stand at one path, a member of the body that ``told_by`` names tells whose it is.
    """

    method: str
    path: str
    stream: bool = False  # its replies always stream
    endless: bool = False  # its replies end nowhere of themselves: where a limit ends one, that is no fault
    query: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    batch: bool = False  # its body may hold many requests, and be read for longer
    media: frozenset[str] = frozenset({JSON})
    binary: str = ""
    replies: frozenset[str] = frozenset()  # media types of whole replies that are handed on as such; others are JSON
    told_by: frozenset[str] = frozenset()
    array_unless: tuple[str, str] | None = None  # it answers errors too with an array, unless the query says this


#: The scheme of an AWS signature: the key stands in it where clients put the id of theirs.
SIGNED = "aws4-hmac-sha256"
#: Where a credential may stand, in this order: schemes of Authorization, headers, a parameter of the query ("?key").
PRESENTED = ("bearer", "basic", "x-api-key", "api-key")


def _unnamed(dialect: Dialect, _incoming: Incoming) -> Dialect:
    return dialect


def _unbound(api: Api, _incoming: Incoming, _handles: Handles) -> Api:
    return api


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """What the APIs of one provider dialect share: its errors, its lists of models, its headers.

    ``error(status, code, message, request_id)`` renders a body, ``error_event(media, code, message, request_id)`` an
    error inside a stream of that media type that has begun, ``models(names)`` and ``model(name)`` what is on offer.
    """

    name: str
    error: Callable[[int, str, str, str], bytes]
    error_event: Callable[[str, str, str, str], bytes]
    models: Callable[[Sequence[str]], bytes] = lambda _names: b"[]"  # asked for only where one is ``listed``
    model: Callable[[str], bytes] = lambda _name: b"{}"
    listed: tuple[Endpoint, ...] = ()  # where: a path with the variable {id:path} or {id} shows one model
    unlisted: bool = False  # one that is not in a list is shown too, if a route takes any name
    health: tuple[str, ...] = ()  # paths at which anybody may ask whether the service is up, with GET
    kept: tuple[str, ...] = ()  # templates of paths that refer to what a target keeps: refused, whatever the method
    marks: frozenset[str] = frozenset()  # headers that only its clients send
    presented: tuple[str, ...] = PRESENTED
    passed: Mapping[str, re.Pattern[str]] = field(default_factory=dict)  # headers that go on -> pattern of values
    headers: Callable[[int, str], Mapping[str, str]] = lambda _status, _code: {}  # that its errors carry
    heads: Callable[[bytes], Mapping[str, str]] = lambda _reply: {}  # without which nobody can read this whole reply
    identified: tuple[str, ...] = ()  # headers in which its clients look for the exchange's id, beside x-request-id
    answers: frozenset[int] = frozenset({200})  # statuses of whole replies; of another reply nothing is passed on
    about: Callable[[Dialect, Incoming], Dialect] = _unnamed  # its errors for one request, where they name the request
    returned: Mapping[str, re.Pattern[str]] = field(default_factory=dict)  # headers of replies that go on -> pattern
    given: tuple[str, ...] = ()  # headers of replies that hold what the target gives to be shown again
    bound: Callable[[Api, Incoming, Handles], Api] = _unbound  # an API of it for one request, which may hold these
    remembers: bool = False  # its targets keep what they are told and may name it in a reply to something else

    @property
    def rewritten(self) -> bool:
        """Whether its replies never go on as they came: what a target gives to be shown again may stand in them."""
        return self.bound is not _unbound

    def in_arrays(self) -> Self:
        """Return the dialect with each error as the one element of an array."""

        def error(status: int, code: str, message: str, request_id: str) -> bytes:
            return b"[" + self.error(status, code, message, request_id) + b"]"

        return replace(self, error=error)


class Api(Protocol):
    """One API of one dialect."""

    name: str  # "openai_chat"
    dialect: Dialect
    endpoints: tuple[Endpoint, ...]
    speech: Speech | None  # how it says a conversation; without it nothing is translated into it or from it

    @property
    def streams(self) -> frozenset[str]:
        """The media types of its streamed replies."""
        ...

    def decode(self, incoming: Incoming) -> Payload:
        """Read a request.

        Raises:
            MalformedRequestError: not JSON, or not a request of this dialect.

        """
        ...

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        """Write the request with new text for some spans, addressed to the target's own model name."""
        ...

    def written(self, wire: Wire) -> list[str]:
        """Return every text, key and number of a written request that is not the dialect's own, wherever it stands."""
        ...

    def accompanied(self, wire: Wire, statement: str) -> Wire | None:
        """Return a written request with a statement to its recipient; None where the dialect has no place for one."""
        ...

    def texts(self, reply: bytes) -> list[str]:
        """Return the texts a whole reply holds, for scanning.

        Raises:
            ValueError: the reply is not what the dialect says.

        """
        ...

    def rewrite(self, reply: bytes, make_filter: FilterFactory) -> bytes:
        """Return a whole reply with every text filtered."""
        ...

    def sealed(self, reply: bytes) -> list[str]:
        """Return the texts of a whole reply that its maker has signed or encrypted."""
        ...

    def stream(
        self, make_filter: FilterFactory | None, media: str = "", sealed: Sealed | None = None
    ) -> StreamRewriter:
        """Return a rewriter for one streamed reply of this media type; without a factory its events pass unchanged."""
        ...
