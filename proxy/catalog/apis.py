"""The validated form of ``apis.yaml``: APIs that this installation serves beside those of this build.

A declaration says what in a request and a reply is the API's own. What it does not name is text, so a short one is a
safe one; what it names wrongly is what a review has to find. Unknown keys and nulls are errors.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from proxy.catalog import patterns
from proxy.catalog.models import Strict
from proxy.codecs import paths
from proxy.codecs.base import PRESENTED
from proxy.core.records import Operation

_SEGMENT = re.compile(r"[A-Za-z0-9._~:-]*(?:\{[a-z][a-z0-9_]{0,31}(?::path)?\})?[A-Za-z0-9._~:-]*")
_MEDIA = re.compile(r"[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,64}|(?:image|audio|video|text)/\*|")
_FORM = "multipart/form-data"
#: Headers that say who calls, what the body is or by which way it came: none of them is an API's own.
_RESERVED = re.compile(
    r"(?:x-compliance|x-forwarded|proxy|content|sec|x-amz|x-real|if|accept)-.*|authorization|cookie|host|connection|te"
    r"|upgrade|expect|transfer-encoding|keep-alive|forwarded|via|date|range|trailer|accept|user-agent|origin|referer"
    r"|.*(?:key|token|secret|password|credential|signature|auth).*"
)
_HEADER = re.compile(r"[a-z][a-z0-9-]{0,63}")


def _path(value: str) -> str:
    first, *parts = value.split("/")
    if first or not parts or not parts[0] or "{" in parts[0]:
        raise ValueError("a path begins with '/' and a word of its own")
    if any(not part or part in {".", ".."} or not _SEGMENT.fullmatch(part) for part in parts):
        raise ValueError(
            "each part of a path is a word (letters, digits, . _ ~ : -) with at most one {variable} or {variable:path}"
        )
    if len(set(paths.names(value))) != len(paths.names(value)):
        raise ValueError("a variable stands in a path once")
    return value


def _media(value: str) -> str:
    if not _MEDIA.fullmatch(value) or (value.startswith("multipart/") and value != _FORM):
        raise ValueError(f"'{value}' is no media type that is read: 'application/json', 'image/*', '' for none told")
    return value


def _told(value: str) -> str:
    if "*" in value:
        raise ValueError(f"'{value}': a reply is of one media type; name each")
    return _media(value)


def _header(value: str) -> str:
    if not _HEADER.fullmatch(value):
        raise ValueError("a header is named in small letters, digits and dashes")
    if value in PRESENTED or _RESERVED.fullmatch(value):
        raise ValueError(f"'{value}' belongs to the connection or to a credential and never passes")
    return value


def _pattern(value: str) -> str:
    patterns.compiled(value)
    return value


def _narrow(value: str) -> str:
    patterns.narrow(value)
    return value


def _operation(value: str) -> str:
    if value not in tuple(Operation):
        raise ValueError(f"'{value}' is no operation; known are {', '.join(Operation)}")
    return value


_STEP = r"(?:\*|[^.\[\]=*#~\s]{1,64})(?:\[\*\])?"
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Path = Annotated[str, Field(max_length=256), AfterValidator(_path)]
Media = Annotated[str, AfterValidator(_media)]
Told = Annotated[str, AfterValidator(_told)]
Header = Annotated[str, AfterValidator(_header)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Narrow = Annotated[str, AfterValidator(_narrow)]
#: A member wherever it stands; a member on a way of objects; a place, also below lists (``parts[*].text``).
Key = Annotated[str, Field(pattern=r"^[^\s@][^\s]{0,63}$")]
Dotted = Annotated[str, Field(pattern=r"^[^.\[\]=*#~\s@]{1,64}(\.[^.\[\]=*#~\s]{1,64}){0,7}$")]
Place = Annotated[str, Field(pattern=rf"^{_STEP}(\.{_STEP}){{0,7}}$")]
Growing = Annotated[str, Field(pattern=rf"^({_STEP}\.){{0,7}}[^.\[\]=*#~\s]{{1,64}}$")]
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/+-]{0,64}$")]
Words = Annotated[list[Word], Field(min_length=1, max_length=256)]
Keys = Annotated[list[Key], Field(max_length=512)]
Kind = Literal["image", "audio", "video", "file"]


class RouteDeclaration(Strict):
    """One path: as callers write it, with which methods, and as it stands below a target's ``base_url``."""

    path: Path
    methods: Annotated[list[Literal["POST", "PUT", "PATCH"]], Field(min_length=1)] = Field(["POST"])
    to: Path | None = None  # the same where it is left out

    @model_validator(mode="after")
    def _variables_are_there(self) -> Self:
        unknown = [name for name in paths.names(self.target) if name not in {"model", *paths.names(self.path)}]
        if unknown:
            raise ValueError(f"to: '{{{unknown[0]}}}' does not stand in 'path'")
        return self

    @property
    def target(self) -> str:
        """The template below a target's base URL."""
        return self.to or self.path


class ModelDeclaration(Strict):
    """Where a request names its model: a member of the body, or it is always the same; else ``{model}`` of the path."""

    member: Key | None = None
    fixed: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$")] | None = None


class RequestDeclaration(Strict):
    """What in a request is the API's own.

    ``members``, where given, are all that a request may have at the top and below; another one is a feature, refused
    unless a target names it. ``words`` and ``identifiers`` say what may stand under a key wherever it is,
    ``parameters`` whose numbers nobody looks at. What stands at an ``opaque`` place is read by nobody, and policy sees
    that it is there.
    """

    keys: Keys = Field([])
    members: Annotated[list[Dotted], Field(max_length=512)] | None = None
    words: Annotated[dict[Key, Words], Field(max_length=256)] = Field({})
    identifiers: Annotated[dict[Key, Narrow], Field(max_length=64)] = Field({})
    parameters: Annotated[list[Dotted], Field(max_length=256)] = Field([])
    opaque: Annotated[dict[Place, Kind], Field(max_length=32)] = Field({})
    files: Annotated[dict[Key, Kind], Field(max_length=64)] = Field({})


class ReplyDeclaration(Strict):
    """What in a reply, and in each event of a streamed one, is the API's own.

    Under a key of ``words`` a short word without blanks and with fewer than seven digits is no text. ``documents`` are
    keys of strings that are JSON. ``needs`` are members of which a whole reply has one; ``media`` further types of it.
    """

    keys: Keys = Field([])
    words: Keys = Field([])
    documents: Keys = Field([])
    opaque: Annotated[list[Place], Field(max_length=32)] = Field([])
    needs: dict[Key, Literal["string", "list", "object"]] = Field({})
    media: Annotated[list[Told], Field(max_length=32)] = Field([])


class StreamDeclaration(Strict):
    """How a streamed reply is cut, which of its texts grow, and how it ends.

    ``asked_by`` is the member by which a request asks for it; without one a reply may always be a stream. ``grows`` are
    places of texts that come in pieces, none where events of ``sse`` are pieces of one text; ``by`` is the member that
    tells several of them apart. ``ends`` is the member that says that all is said, by one of the values ``last`` where
    these are given; without it the body's end says so.
    """

    framing: Literal["sse", "ndjson", "json_array", "text"]
    media: Annotated[list[Told], Field(min_length=1)] | None = None
    asked_by: Key | None = None
    grows: Annotated[list[Growing], Field(max_length=32)] = Field([])
    by: Key | None = None
    ends: Dotted | None = None
    last: list[str | int | bool] = Field([])
    fails: Annotated[list[Dotted], Field(max_length=32)] = Field(["error"])

    @model_validator(mode="after")
    def _events_grow(self) -> Self:
        if self.framing == "text" and self.grows:
            raise ValueError("grows: a stream of framing 'text' is one text itself")
        if self.framing in {"ndjson", "json_array"} and not self.grows:
            raise ValueError("grows: an event of such a stream has texts that grow")
        if not self.grows and (self.by or self.ends):
            raise ValueError("by, ends: these are members of events, and a stream without 'grows' has none")
        if self.last and self.ends is None:
            raise ValueError("last: these are values of a member that 'ends' has to name")
        return self


def _one_object(members: dict[str, str]) -> dict[str, str]:
    if "message" not in members.values():
        raise ValueError("no member of an error holds the message")
    inside = [member for member in members if any(other.startswith(f"{member}.") for other in members)]
    if inside:
        raise ValueError(f"'{inside[0]}' cannot hold a value and members")
    return members


Error = Annotated[
    dict[Dotted, Literal["message", "status", "code", "request_id"]], Field(max_length=16), AfterValidator(_one_object)
]


class ApiDeclaration(Strict):
    """One API."""

    paths: Annotated[list[RouteDeclaration], Field(min_length=1, max_length=16)]
    operation: Annotated[str, AfterValidator(_operation)]
    media: Annotated[list[Media], Field(min_length=1, max_length=32)] = Field(["application/json"])
    model: ModelDeclaration = ModelDeclaration()
    query: dict[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")], Pattern] = Field({})
    headers: dict[Header, Pattern] = Field({})
    own: list[Annotated[str, Field(pattern=r"^(query|header)\.[A-Za-z0-9_.-]{1,64}$")]] = Field([])
    request: RequestDeclaration = RequestDeclaration()
    reply: ReplyDeclaration = ReplyDeclaration()
    stream: StreamDeclaration | None = None
    error: Error = Field({"error.message": "message", "error.code": "code", "error.request_id": "request_id"})

    @model_validator(mode="after")
    def _the_model_is_named_once(self) -> Self:
        for route in self.paths:
            in_path = "model" in paths.names(route.path)
            if in_path and self.model != ModelDeclaration():
                raise ValueError("model: the path names it")
            if not in_path and self.model == ModelDeclaration():
                raise ValueError(f"model: neither the path '{route.path}' nor anything else names it")
        return self

    @model_validator(mode="after")
    def _own_is_there_and_narrow(self) -> Self:
        for name in self.own:
            kind, _, one = name.partition(".")
            declared = self.query if kind == "query" else self.headers
            if one not in declared:
                raise ValueError(f"own: '{name}' is not declared")
            patterns.narrow(declared[one])
        return self

    @model_validator(mode="after")
    def _no_word_grows(self) -> Self:
        grown = {place.rpartition(".")[2] for place in (self.stream.grows if self.stream else ())}
        both = sorted(grown.intersection(self.reply.words))
        if both:
            raise ValueError(f"reply.words: '{both[0]}' holds a text that grows")
        return self


class Apis(Strict):
    """``apis.yaml``."""

    apis: Annotated[dict[Name, ApiDeclaration], Field(max_length=64)]
