"""One request as received, and its caller: how the reply is written to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self

from proxy.codecs.base import Api, Dialect
from proxy.codecs.translation import UNTRANSLATED, TranslationPlan
from proxy.core.deidentification import known_pseudonyms
from proxy.core.keyring import Keyring
from proxy.core.records import Exchange
from proxy.core.routing.routing import NOBODY, Candidate, Sender
from proxy.core.state.handles import Handles
from proxy.core.targets.registered import Catalog
from proxy.core.wire import JSON, Incoming
from proxy.exchange.spending import Spending
from proxy.runtime.offload import PATTERNS, weight


class ClientGoneError(Exception):
    """The caller has closed its connection."""


class Client(ABC):
    """The caller's side of one exchange: it gets one head, whatever happens.

    Every method raises ClientGoneError once the caller has disconnected.
    """

    also: Mapping[str, str] = MappingProxyType({})  # headers of every reply
    head: str | None = None  # the media type of a stream that has begun, "" for a whole reply, None before either
    model: str = ""  # that was asked for, once the request is read

    @property
    def cache_control(self) -> str:
        """What the request's ``Cache-Control`` says, "" without one."""
        return ""

    async def answer(self, status: int, body: bytes, headers: Mapping[str, str], media: str = JSON) -> None:
        """Send a whole reply."""
        self._take_head("")
        await self._answer(status, body, {**self.also, **headers}, media)

    async def begin(self, media: str, headers: Mapping[str, str]) -> None:
        """Send the head of a streamed reply of this media type."""
        self._take_head(media)
        await self._begin(media, {**self.also, **headers})

    async def fail(self, status: int, body: bytes, headers: Mapping[str, str], event: Callable[[str], bytes]) -> None:
        """Answer with a fault; a stream that has begun gets its event, by media type, and is cut."""
        if self.head is None:
            await self.answer(status, body, headers)
        elif self.head:
            await self.abort(event(self.head))

    def _take_head(self, media: str) -> None:
        if self.head is not None:
            raise RuntimeError("a reply has begun already")
        self.head = media

    @abstractmethod
    async def _answer(self, status: int, body: bytes, headers: Mapping[str, str], media: str) -> None: ...

    @abstractmethod
    async def _begin(self, media: str, headers: Mapping[str, str]) -> None: ...

    @abstractmethod
    async def write(self, chunk: bytes) -> None:
        """Send a piece of the streamed reply."""

    @abstractmethod
    async def end(self) -> None:
        """End it cleanly."""

    @abstractmethod
    async def abort(self, event: bytes) -> None:
        """Send an error event and break the connection, so that a cut stream cannot look complete."""


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """One authenticated request as received, with its client."""

    exchange: Exchange
    api: Api
    incoming: Incoming
    client: Client
    error_dialect: Dialect | None = None  # renders faults for this caller, where that is not the API's dialect
    most_text: int = 0  # characters that may be read in its texts, 0 for any number
    size: int = field(default=0, repr=False, compare=False)  # how much work it is: before it is decoded, to decode it

    def __post_init__(self) -> None:
        """Weigh the body and what stands outside it."""
        if self.size:
            return
        outside = PATTERNS * sum(map(len, self.incoming.outside_body))
        object.__setattr__(self, "size", weight(self.incoming.body) + outside)

    @property
    def dialect(self) -> Dialect:
        """The dialect that renders faults for this request."""
        dialect = self.error_dialect or self.api.dialect
        return dialect.for_request(dialect, self.incoming)


@dataclass(frozen=True, slots=True)
class AddressedRequest(ClientRequest):
    """A request with whose names hold for it and, once it was read, where it can go: each worked out once."""

    domain: str = field(kw_only=True)  # of its pseudonyms and handles
    handles: Handles = field(kw_only=True)  # of sessions and the like
    ranked: Sequence[Candidate] = ()  # the targets that could serve it, available or not
    plan: TranslationPlan = UNTRANSLATED  # how those that speak another dialect can be addressed
    sender: Sender = NOBODY
    spending: Spending | None = None  # at its limits, where there are any

    @classmethod
    def of(cls, request: ClientRequest, catalog: Catalog, keyring: Keyring) -> Self:
        """Return a request read and answered by the API that its handles belong to."""
        exchange = request.exchange
        domain = known_pseudonyms.domain(exchange, catalog.activities.get(exchange.declared.activity, {}))
        handles = Handles.of(exchange, keyring, request.incoming.variables.get("model", ""))
        api = request.api.dialect.bind(request.api, request.incoming, handles)
        client, error_dialect, most_text = request.client, request.error_dialect, request.most_text
        received = (exchange, api, request.incoming, client, error_dialect, most_text, request.size)
        return cls(*received, domain=domain, handles=handles)

    def passed_on(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return the target's headers that are passed on, with handles in place of what the caller sends back."""
        dialect = self.api.dialect
        passed = {
            name: headers[name]
            for name, pattern in dialect.reply_headers.items()
            if pattern.fullmatch(headers.get(name, ""))
        }
        named = (name for name in dialect.handle_headers if headers.get(name))
        return passed | {name: self.handles.sealed(name, headers[name]) for name in named}

    def answered_by(self, target: str) -> Self:
        """Return the request as the reply of a target is read, which may issue handles."""
        handles = self.handles.by(target)
        return replace(self, api=self.api.dialect.bind(self.api, self.incoming, handles), handles=handles)
