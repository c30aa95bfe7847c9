"""The validated form of ``apis.yaml``: APIs that this installation serves in addition to those of this build.

A declaration names the parts of requests and replies that are the API's own. Everything else is text, so a short
declaration is a safe one, and a review has to look for parts that are named wrongly. Unknown keys and nulls are errors.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from proxy.catalog import patterns
from proxy.catalog.law import Strict
from proxy.catalog.models import KnownOperation
from proxy.codecs import paths
from proxy.codecs.base import PRESENTED

_SEGMENT = re.compile(r"[A-Za-z0-9._~:-]*(?:\{[a-z][a-z0-9_]{0,31}(?::path)?\})?[A-Za-z0-9._~:-]*")
_MEDIA = re.compile(r"[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,64}|(?:image|audio|video|text)/\*|")
_FORM = "multipart/form-data"
#: Headers about the caller, the body or the connection: none belongs to an API.
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
        raise ValueError("a path may contain a variable only once")
    return value


def _media(value: str) -> str:
    if not _MEDIA.fullmatch(value) or (value.startswith("multipart/") and value != _FORM):
        raise ValueError(f"'{value}' is not a supported media type: 'application/json', 'image/*', '' for none")
    return value


def _exact_media(value: str) -> str:
    if "*" in value:
        raise ValueError(f"'{value}': a reply has one media type; name each")
    return _media(value)


def _header(value: str) -> str:
    if not _HEADER.fullmatch(value):
        raise ValueError("a header name consists of lower-case letters, digits and dashes")
    if value in PRESENTED or _RESERVED.fullmatch(value):
        raise ValueError(f"'{value}' belongs to the connection or to a credential and is never passed on")
    return value


def _pattern(value: str) -> str:
    patterns.compiled(value)
    return value


def _narrow(value: str) -> str:
    patterns.narrow(value)
    return value


_STEP = r"(?:\*|[^.\[\]=*#~\s]{1,64})(?:\[\*\])?"
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Path = Annotated[str, Field(max_length=256), AfterValidator(_path)]
Media = Annotated[str, AfterValidator(_media)]
ExactMedia = Annotated[str, AfterValidator(_exact_media)]
Header = Annotated[str, AfterValidator(_header)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Narrow = Annotated[str, AfterValidator(_narrow)]
#: A member at any depth; a path through objects; a path that may lead through lists (``parts[*].text``).
Key = Annotated[str, Field(pattern=r"^[^\s@][^\s]{0,63}$")]
Dotted = Annotated[str, Field(pattern=r"^[^.\[\]=*#~\s@]{1,64}(\.[^.\[\]=*#~\s]{1,64}){0,7}$")]
Place = Annotated[str, Field(pattern=rf"^{_STEP}(\.{_STEP}){{0,7}}$")]
Growing = Annotated[str, Field(pattern=rf"^({_STEP}\.){{0,7}}[^.\[\]=*#~\s]{{1,64}}$")]
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/+-]{0,64}$")]
Words = Annotated[list[Word], Field(min_length=1, max_length=256)]
Keys = Annotated[list[Key], Field(max_length=512)]
Kind = Literal["image", "audio", "video", "file"]


class RouteDeclaration(Strict):
    """One path: as callers write it, its methods, and the path below a target's ``base_url``."""

    path: Path
    methods: Annotated[list[Literal["POST", "PUT", "PATCH"]], Field(min_length=1)] = Field(["POST"])
    to: Path | None = None  # the same path if absent

    @model_validator(mode="after")
    def _variables_are_there(self) -> Self:
        unknown = [name for name in paths.names(self.target) if name not in {"model", *paths.names(self.path)}]
        if unknown:
            raise ValueError(f"to: '{{{unknown[0]}}}' is not in 'path'")
        return self

    @property
    def target(self) -> str:
        """The path template below a target's base URL."""
        return self.to or self.path


class ModelDeclaration(Strict):
    """The place of a request's model: a member of the body, or a fixed name; else ``{model}`` in the path."""

    member: Key | None = None
    fixed: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$")] | None = None


class RequestDeclaration(Strict):
    """The parts of a request that are the API's own.

    ``members``, if present, are all that a request may have, at any depth; another one is a feature, refused unless a
    target names it. ``words`` and ``identifiers`` restrict the values of a key at any depth; the numbers of
    ``parameters`` are not inspected. An ``opaque`` place is unread, and policy sees that it exists. ``tools`` are the
    places of the names of tools that a request declares.
    """

    keys: Keys = Field([])
    members: Annotated[list[Dotted], Field(max_length=512)] | None = None
    words: Annotated[dict[Key, Words], Field(max_length=256)] = Field({})
    identifiers: Annotated[dict[Key, Narrow], Field(max_length=64)] = Field({})
    parameters: Annotated[list[Dotted], Field(max_length=256)] = Field([])
    opaque: Annotated[dict[Place, Kind], Field(max_length=32)] = Field({})
    files: Annotated[dict[Key, Kind], Field(max_length=64)] = Field({})
    tools: Annotated[list[Place], Field(max_length=16)] = Field([])


class ReplyDeclaration(Strict):
    """The parts of a reply, and of each event of a streamed one, that are the API's own.

    Under a key of ``words`` a short word without blanks and with fewer than seven digits is not text. ``documents`` are
    keys of strings that are JSON. A whole reply has one of the members ``needs``; ``media`` are its further types.
    ``calls`` are the places of what a called tool receives, with the member beside it that names the tool. What looks
    like a call counts as one as well, unless ``calls`` is empty.
    """

    keys: Keys = Field([])
    words: Keys = Field([])
    documents: Keys = Field([])
    opaque: Annotated[list[Place], Field(max_length=32)] = Field([])
    needs: dict[Key, Literal["string", "list", "object"]] = Field({})
    media: Annotated[list[ExactMedia], Field(max_length=32)] = Field([])
    calls: Annotated[dict[Growing, Key], Field(max_length=16)] = Field({"tool_calls[*].function.arguments": "name"})


class StreamDeclaration(Strict):
    """The framing of a streamed reply, its incremental texts and its end.

    ``asked_by`` is the member that requests a stream; without it a reply may always be one. ``grows`` are the places of
    texts that arrive in pieces, none if events of ``sse`` are pieces of one text; ``by`` is the member that
    distinguishes several of them. ``ends`` is the member that marks the end, by one of the values ``last`` if present;
    without it the end of the body does.
    """

    framing: Literal["sse", "ndjson", "json_array", "text"]
    media: Annotated[list[ExactMedia], Field(min_length=1)] | None = None
    asked_by: Key | None = None
    grows: Annotated[list[Growing], Field(max_length=32)] = Field([])
    by: Key | None = None
    ends: Dotted | None = None
    last: list[str | int | bool] = Field([])
    fails: Annotated[list[Dotted], Field(max_length=32)] = Field(["error"])

    @model_validator(mode="after")
    def _events_grow(self) -> Self:
        if self.framing == "text" and self.grows:
            raise ValueError("grows: a stream of framing 'text' is a single text")
        if self.framing in {"ndjson", "json_array"} and not self.grows:
            raise ValueError("grows: required for this framing")
        if not self.grows and (self.by or self.ends):
            raise ValueError("by, ends: these are members of events, which a stream without 'grows' does not have")
        if self.last and self.ends is None:
            raise ValueError("last: values of a member that 'ends' has to name")
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
    operation: KnownOperation
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
                raise ValueError(f"model: the path '{route.path}' does not name it, nor does anything else")
        return self

    @model_validator(mode="after")
    def _own_is_there_and_narrow(self) -> Self:
        for name in self.own:
            kind, _, key = name.partition(".")
            declared = self.query if kind == "query" else self.headers
            if key not in declared:
                raise ValueError(f"own: '{name}' is not declared")
            patterns.narrow(declared[key])
        return self

    @model_validator(mode="after")
    def _no_word_grows(self) -> Self:
        grown = {path.rpartition(".")[2] for path in (self.stream.grows if self.stream else ())}
        both = sorted(grown.intersection(self.reply.words))
        if both:
            raise ValueError(f"reply.words: '{both[0]}' is also one of 'grows'")
        return self


class Apis(Strict):
    """``apis.yaml``."""

    apis: Annotated[dict[Name, ApiDeclaration], Field(max_length=64)]
