"""One request as received, and its caller: how the reply is written to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from proxy.codecs.base import Api, Dialect
from proxy.codecs.translation import UNTRANSLATED, TranslationPlan
from proxy.core.records import Exchange
from proxy.core.wire import JSON, Incoming


class ClientGoneError(Exception):
    """The caller has closed its connection."""


class Client(Protocol):
    """The caller's side of one exchange. Every method raises ClientGoneError once the caller has disconnected."""

    async def answer(self, status: int, body: bytes, headers: Mapping[str, str], media: str = JSON) -> None:
        """Send a whole reply."""
        ...

    async def begin(self, media: str, headers: Mapping[str, str]) -> None:
        """Send the head of a streamed reply of this media type."""
        ...

    async def write(self, chunk: bytes) -> None:
        """Send a piece of the streamed reply."""
        ...

    async def end(self) -> None:
        """End it cleanly."""
        ...

    async def abort(self, event: bytes) -> None:
        """Send an error event and break the connection, so that a cut stream cannot look complete."""
        ...


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """One authenticated request as received, with its client."""

    exchange: Exchange
    api: Api
    incoming: Incoming
    client: Client
    error_dialect: Dialect | None = None  # renders faults for this caller, where that is not the API's dialect
    plan: TranslationPlan = UNTRANSLATED  # how targets that speak another dialect can be addressed

    def through(self, api: Api) -> ClientRequest:
        """Return the request read and answered by this API."""
        return self if api is self.api else replace(self, api=api)

    def planned(self, plan: TranslationPlan) -> ClientRequest:
        """Return the request with how targets that speak another dialect can be addressed."""
        return self if plan is self.plan else replace(self, plan=plan)

    @property
    def dialect(self) -> Dialect:
        """The dialect that renders faults for this request."""
        dialect = self.error_dialect or self.api.dialect
        return dialect.for_request(dialect, self.incoming)

    @property
    def size(self) -> int:
        """Bytes of its body."""
        return len(self.incoming.body)
