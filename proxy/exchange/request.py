"""One request as it came in, and its caller: who waits for the reply, and how it is written to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from proxy.codecs.base import Api, Dialect
from proxy.codecs.translation import UNTRANSLATED, Ways
from proxy.core.records import Exchange
from proxy.core.wire import JSON, Incoming


class ClientGoneError(Exception):
    """The caller has closed its connection."""


class Client(Protocol):
    """The caller's side of one exchange. Every method raises ClientGoneError when nobody listens."""

    async def answer(self, status: int, body: bytes, headers: Mapping[str, str], media: str = JSON) -> None:
        """Send a whole reply."""
        ...

    async def begin(self, media: str, headers: Mapping[str, str]) -> None:
        """Send the head of a streamed reply of this media type."""
        ...

    async def write(self, chunk: bytes) -> None:
        """Send a piece of it."""
        ...

    async def end(self) -> None:
        """End it cleanly."""
        ...

    async def abort(self, event: bytes) -> None:
        """Send an error event and break off, so that a cut stream cannot look complete."""
        ...


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """One authenticated request as it came in, and who waits for the reply."""

    exchange: Exchange
    api: Api
    incoming: Incoming
    client: Client
    told: Dialect | None = None  # how this caller is told of faults, where it is not just as the API's dialect does
    ways: Ways = UNTRANSLATED  # how targets that speak another dialect can be asked, once it is read

    @property
    def dialect(self) -> Dialect:
        """What renders faults for this request."""
        dialect = self.told or self.api.dialect
        return dialect.about(dialect, self.incoming)

    @property
    def size(self) -> int:
        """Bytes of its body."""
        return len(self.incoming.body)
