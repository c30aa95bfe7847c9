"""A request as its endpoint read it, and a request as it leaves: method, path, query, headers and body of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

JSON, EVENTS = "application/json", "text/event-stream"
BINARY = "application/octet-stream"
#: The way to a value of a document: keys of objects and indices of lists.
Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """What a target has given to be shown again (a session, a state), in its own words."""

    target: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as its endpoint read it: only what the endpoint and its dialect name, each value decoded once.

    ``template`` is the endpoint's path with the names of its variables ("/v1/models/{id:path}"), ``stream`` whether
    the endpoint always streams. ``headers`` have lower-case names; ``media`` has neither parameters nor capitals.
    """

    body: bytes
    method: str = "POST"
    template: str = ""
    stream: bool = False
    endless: bool = False  # its reply ends nowhere of itself
    batch: bool = False  # its body may hold many requests
    variables: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = JSON
    parameters: Mapping[str, str] = field(default_factory=dict)  # of the media type, names in lower case
    replies: frozenset[str] = frozenset()  # media types beside JSON that a whole reply may be of
    mirrored: Mapping[str, tuple[Keys, ...]] = field(default_factory=dict)  # header -> places in the body it repeats
    references: Mapping[str, Reference] = field(default_factory=dict)  # what a target gave, by what it is called

    @property
    def beside(self) -> tuple[str, ...]:
        """What the caller wrote beside the body; names are the endpoint's own."""
        return (*self.variables.values(), *self.query.values(), *self.headers.values())


BODILESS = Incoming(b"")


@dataclass(frozen=True, slots=True)
class Wire:
    """A request as it leaves, to the byte: upstreams add the target's address and credential, and nothing else.

    ``path`` stands below the target's base URL, percent-encoded; names and values of the query are not yet.
    """

    path: str
    body: bytes
    method: str = "POST"
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    media: str = JSON

    @property
    def beside(self) -> tuple[str, ...]:
        """What its reader sees beside the body: parts of the path, the query, the values of headers."""
        parts = (unquote(part) for part in self.path.split("/") if part)
        return (*parts, *(text for pair in self.query for text in pair), *(value for _, value in self.headers))
