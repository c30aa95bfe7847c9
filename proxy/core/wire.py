"""An incoming request as its endpoint read it, and an outgoing one: method, path, query, headers and body.

The UTC day in the id of an exchange says in which partition of the log its records are (``audit.day_of``).
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

JSON, EVENTS = "application/json", "text/event-stream"
BINARY = "application/octet-stream"
#: The path to a value of a document: object keys and list indices.
Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A target's own identifier that later requests must repeat (a session, a state)."""

    target: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as its endpoint read it: only the parts that endpoint and dialect name, each value decoded once.

    ``template`` is the endpoint's path with the names of its variables ("/v1/models/{id:path}"); ``stream`` says that
    the endpoint always streams. ``headers`` have lower-case names; ``media`` is in lower case without parameters.
    """

    body: bytes
    method: str = "POST"
    template: str = ""
    stream: bool = False
    endless: bool = False  # the reply has no end of its own
    batch: bool = False  # the body may hold many requests
    variables: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = JSON
    parameters: Mapping[str, str] = field(default_factory=dict)  # of the media type, names in lower case
    replies: frozenset[str] = frozenset()  # media types of a whole reply besides JSON
    mirrored: Mapping[str, tuple[Keys, ...]] = field(default_factory=dict)  # header -> places in the body it repeats
    references: Mapping[str, Reference] = field(default_factory=dict)  # kind -> reference

    @property
    def outside_body(self) -> tuple[str, ...]:
        """The caller's values outside the body."""
        return (*self.variables.values(), *self.query.values(), *self.headers.values())


BODILESS = Incoming(b"")


@dataclass(frozen=True, slots=True)
class Wire:
    """An outgoing request, to the byte: upstreams add only the target's address and credential.

    ``path`` is relative to the target's base URL and percent-encoded; the query is not yet encoded.
    """

    path: str
    body: bytes
    method: str = "POST"
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    media: str = JSON

    @property
    def outside_body(self) -> tuple[str, ...]:
        """The texts outside the body: segments of the path, the query, the values of headers."""
        return (*(unquote(part) for part in self.path.split("/") if part), *self.beside_path)

    @property
    def beside_path(self) -> tuple[str, ...]:
        """Those of the query and the headers."""
        return (*(text for pair in self.query for text in pair), *(value for _, value in self.headers))


_VERSION, _VARIANT = 7, 0b10


def new_exchange_id(now: float) -> str:
    """Return a UUID of version 7 (RFC 9562, 5.7): the millisecond, in Unix seconds, and 74 random bits."""
    head, tail = secrets.randbits(12), secrets.randbits(62)
    return str(uuid.UUID(int=int(now * 1000) << 80 | _VERSION << 76 | head << 64 | _VARIANT << 62 | tail))
