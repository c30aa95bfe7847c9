"""Compiles the APIs declared in ``apis.yaml``, each with a dialect of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from proxy.catalog import documents, patterns
from proxy.catalog.apis import ApiDeclaration, Apis, RequestDeclaration, StreamDeclaration
from proxy.codecs import media, paths
from proxy.codecs.api import Address
from proxy.codecs.base import Dialect, Endpoint
from proxy.codecs.declared import api as codec
from proxy.codecs.declared.api import ErrorShape
from proxy.codecs.declared.shape import GrowingShape, Growth
from proxy.codecs.endpoints import DIALECTS, Table
from proxy.codecs.framing import Framing
from proxy.codecs.framing.json_array import JsonArray
from proxy.codecs.framing.ndjson import Ndjson
from proxy.codecs.framing.plain import PlainText
from proxy.codecs.framing.sse import Sse
from proxy.codecs.members import ANYTHING, Members
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.core.documents import is_text
from proxy.core.records import Operation
from proxy.core.targets.capabilities import OWN

#: Paths of the proxy itself, besides those of its dialects.
RESERVED = ("/healthz", "/livez", "/readyz", "/metrics", "/admin/{rest:path}", "/v1/compliance/{rest:path}")
_KINDS: Mapping[str, type] = {"string": str, "list": list, "object": dict}
#: A word of the API in a reply: no blank, no address, fewer than seven digits.
_WORD = re.compile(r"(?!(?:\D*\d){7})[A-Za-z0-9._:/+-]{0,64}")
#: Values of the field or member that requests a stream.
_BOOLEANS = frozenset("true false True False 1 0".split())


@dataclass(frozen=True, slots=True, eq=False)
class DeclaredApis:
    """The APIs that an installation declares. ``revision``: the first 20 hex digits of its digest, "" without any."""

    dialects: tuple[tuple[Dialect, tuple[codec.DeclaredApi, ...]], ...] = ()
    revision: str = ""

    @property
    def names(self) -> frozenset[str]:
        """The names of the declared APIs in the catalog."""
        return frozenset(api.name for _, apis in self.dialects for api in apis)

    def table(self) -> Table:
        """Return all endpoints: those of this build and the declared ones."""
        return Table((*DIALECTS, *self.dialects))


NOTHING = DeclaredApis()


def read(path: Path) -> DeclaredApis:
    """Read and validate a file of declarations.

    Raises:
        ConfigurationError: it is missing or not valid; the message names the file, the path in it and the line.

    """
    declared = documents.file(path, Apis)
    if not declared.apis:
        return NOTHING
    dialects = tuple(_dialect(name, api) for name, api in declared.apis.items())
    _check_paths(path, declared)
    return DeclaredApis(dialects, documents.revision_of(documents.dumped(declared)))


def _check_paths(path: Path, declared: Apis) -> None:
    """Refuse a path that overlaps with another one.

    Raises:
        ConfigurationError: there is one.

    """
    taken = [(reserved, "the proxy itself") for reserved in RESERVED]
    for dialect, apis in DIALECTS:
        endpoints = [*dialect.listed, *(endpoint for api in apis for endpoint in api.endpoints)]
        served = (*(endpoint.path for endpoint in endpoints), *dialect.stateful_paths, *dialect.health)
        taken += [(path_, f"the dialect {dialect.name}") for path_ in served]
    for name, api in declared.apis.items():
        for number, route in enumerate(api.paths):
            other = next(((other, owner) for other, owner in taken if paths.overlap(route.path, other)), None)
            if other is not None:
                loc = ("apis", name, "paths", number, "path")
                raise documents.at(path, loc, f"'{route.path}' overlaps with '{other[0]}' of {other[1]}")
        taken += [(route.path, f"'{name}'") for route in api.paths]


def _dialect(name: str, declaration: ApiDeclaration) -> tuple[Dialect, tuple[codec.DeclaredApi, ...]]:
    framing = _framing(declaration.stream)
    shape = ErrorShape(declaration.error, framing)
    dialect = Dialect(
        name=OWN + name,
        error=shape.body,
        error_event=shape.event,
        forwarded={header: patterns.compiled(pattern) for header, pattern in declaration.headers.items()},
    )
    reply = _reply(declaration)
    binary = [type_ for type_ in declaration.reply.media if not _is_text(type_)]
    api = codec.DeclaredApi(
        name=OWN + name,
        dialect=dialect,
        endpoints=tuple(_endpoints(declaration)),
        operation=Operation(declaration.operation),
        request=_request(declaration),
        reply=reply,
        address=Address(declaration.paths[0].target),
        framing=framing,
        shape=partial(GrowingShape, reply, _growth(declaration.stream))
        if declaration.stream and declaration.stream.grows
        else None,
        dialect_values=frozenset({"@path/model", *(f"@{value.replace('.', '/', 1)}" for value in declaration.own)}),
        unread=codec.unread(media.kind(binary[0])) if binary else (),
        addresses={route.path: route.target for route in declaration.paths},
        files=declaration.request.files,
        streamed=declaration.stream is not None and declaration.stream.asked_by is None,
        closed=declaration.request.members is not None,
        texts_too=len(binary) < len(declaration.reply.media),
        bytes_too=bool(binary),
    )
    return dialect, (api,)


def _is_text(type_: str) -> bool:
    return not type_ or is_text(type_) or type_.endswith("+xml")


def _endpoints(declaration: ApiDeclaration) -> Iterator[Endpoint]:
    query = {name: patterns.compiled(pattern) for name, pattern in declaration.query.items()}
    accepted, replies = frozenset(declaration.media), frozenset(declaration.reply.media)
    for route in declaration.paths:
        for method in dict.fromkeys(route.methods):
            yield Endpoint(method, route.path, query=query, media=accepted, replies=replies)


def _request(declaration: ApiDeclaration) -> RequestTable:
    request = declaration.request
    switch = declaration.stream.asked_by if declaration.stream is not None else None
    words = {key: frozenset(named) for key, named in request.words.items()} | ({switch: _BOOLEANS} if switch else {})
    return RequestTable(
        members=_members(request, declaration.model.member, switch),
        keys=codec.KEYS.union(_keys(declaration, words, switch)),
        words=words,
        identifiers={key: patterns.narrow(pattern) for key, pattern in request.identifiers.items()},
        parameters=frozenset(request.parameters),
        opaque=request.opaque,
        tools=tuple(request.tools),
        model=declaration.model.member or "",
        unnamed=declaration.model.fixed or "",
        stream=switch or "",
    )


def _keys(declaration: ApiDeclaration, words: Mapping[str, Any], switch: str | None) -> Iterator[str]:
    """Yield the API's own keys in a request: all that the declaration names anywhere."""
    request = declaration.request
    yield from (*request.keys, *words, *request.identifiers, *request.files)
    for path in (*(request.members or ()), *request.parameters, *request.opaque, *request.tools):
        yield from (step.removesuffix("[*]") for step in path.split(".") if step not in {"*", "*[*]"})
    yield from (name for name in (declaration.model.member, switch) if name)


def _members(declaration: RequestDeclaration, *more: str | None) -> Members:
    """Return the tree of members that a request may have."""
    tree: dict[str, Any] = {}
    for path in (*(declaration.members or ()), *codec.KEYS, *(name for name in more if name)):
        below = tree
        for key in path.split("."):
            below = below.setdefault(key, {})
    return _branch(tree)


def _branch(tree: Mapping[str, Any]) -> Members:
    return Members({key: _branch(below) if below else ANYTHING for key, below in tree.items()})


def _reply(declaration: ApiDeclaration) -> ReplyTable:
    reply, stream = declaration.reply, declaration.stream
    named = set(reply.keys)
    for path in (*stream.grows, *stream.fails) if stream else ():
        named |= {step.removesuffix("[*]") for step in path.split(".")} - {"*"}
    if stream is not None:
        named |= {name for name in (stream.by, *(stream.ends or "").split(".")) if name}
    return ReplyTable(
        structural=frozenset(reply.words),
        word=_WORD,
        needs={key: _KINDS[kind] for key, kind in reply.needs.items()},
        documents=frozenset(reply.documents),
        calls=reply.calls,
        unread=tuple(reply.opaque),
        keys=codec.KEYS.union(named),
        counts=frozenset(),
    )


def _framing(stream: StreamDeclaration | None) -> Framing | None:
    if stream is None:
        return None
    by_body = stream.ends is None
    kinds: Mapping[str, Sse | Ndjson | JsonArray | PlainText] = {
        "sse": Sse(ends_with_body=by_body),
        "ndjson": Ndjson(ends_with_body=by_body),
        "json_array": JsonArray(ends_with_body=by_body),
        "text": PlainText(),
    }
    framing = kinds[stream.framing]
    return framing if stream.media is None else replace(framing, media=tuple(stream.media))


def _growth(stream: StreamDeclaration) -> Growth:
    return Growth(tuple(stream.grows), stream.by or "", stream.ends or "", tuple(stream.last), tuple(stream.fails))
