"""``apis.yaml`` -> the APIs that it declares, each with a dialect of its own, beside those of this build."""

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
from proxy.codecs.declared.errors import ErrorShape
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
from proxy.core.dialects import OWN
from proxy.core.documents import is_text
from proxy.core.records import Operation

#: Paths of the proxy itself, beside those of its dialects.
RESERVED = ("/healthz", "/livez", "/readyz", "/metrics", "/admin/{rest:path}", "/v1/compliance/{rest:path}")
_KINDS: Mapping[str, type] = {"string": str, "list": list, "object": dict}
#: A word of the API in a reply: no blank, no address, fewer than seven digits.
_WORD = re.compile(r"(?!(?:\D*\d){7})[A-Za-z0-9._:/+-]{0,64}")
#: How a form's field or a member says whether a stream is asked for.
_ASKED = frozenset("true false True False 1 0".split())


@dataclass(frozen=True, slots=True, eq=False)
class DeclaredApis:
    """The APIs that an installation declares. ``revision``: the first 20 hex digits of its digest, "" without any."""

    dialects: tuple[tuple[Dialect, tuple[codec.DeclaredApi, ...]], ...] = ()
    revision: str = ""

    @property
    def names(self) -> frozenset[str]:
        """The names under which targets are declared to speak them."""
        return frozenset(api.name for _, apis in self.dialects for api in apis)

    def table(self) -> Table:
        """Return every endpoint of this build and of these."""
        return Table((*DIALECTS, *self.dialects))


NOTHING = DeclaredApis()


def read(path: Path) -> DeclaredApis:
    """Read and validate a file of declarations.

    Raises:
        ConfigurationError: it is missing or wrong; the message names the file, the place in it and its line.

    """
    said = documents.file(path, Apis)
    if not said.apis:
        return NOTHING
    made = tuple(_made(name, api) for name, api in said.apis.items())
    _check_paths(path, said)
    return DeclaredApis(made, documents.revision_of(documents.said(said)))


def _check_paths(path: Path, said: Apis) -> None:
    """Refuse a path at which something else answers too, or is refused.

    Raises:
        ConfigurationError: there is one.

    """
    taken = [(one, "the proxy itself") for one in RESERVED]
    for dialect, apis in DIALECTS:
        ours = [*dialect.listed, *(endpoint for api in apis for endpoint in api.endpoints)]
        taken += [
            (one, f"the dialect {dialect.name}")
            for one in (*(end.path for end in ours), *dialect.stateful_paths, *dialect.health)
        ]
    for name, one in said.apis.items():
        for number, route in enumerate(one.paths):
            other = next(((other, who) for other, who in taken if paths.overlap(route.path, other)), None)
            if other is not None:
                loc = ("apis", name, "paths", number, "path")
                raise documents.at(path, loc, f"'{route.path}' meets '{other[0]}' of {other[1]}")
        taken += [(route.path, f"'{name}'") for route in one.paths]


def _made(name: str, said: ApiDeclaration) -> tuple[Dialect, tuple[codec.DeclaredApi, ...]]:
    framing = _framing(said.stream)
    shape = ErrorShape(said.error, framing)
    dialect = Dialect(
        name=OWN + name,
        error=shape.body,
        error_event=shape.event,
        forwarded={header: patterns.compiled(pattern) for header, pattern in said.headers.items()},
    )
    reply = _reply(said)
    bytes_too = [one for one in said.reply.media if not _is_text(one)]
    api = codec.DeclaredApi(
        name=OWN + name,
        dialect=dialect,
        endpoints=tuple(_endpoints(said)),
        operation=Operation(said.operation),
        request=_request(said),
        reply=reply,
        address=Address(said.paths[0].target),
        framing=framing,
        shape=partial(GrowingShape, reply, _growth(said.stream)) if said.stream and said.stream.grows else None,
        own=frozenset({"@path/model", *(f"@{one.replace('.', '/', 1)}" for one in said.own)}),
        unread=codec.unread(media.kind(bytes_too[0])) if bytes_too else (),
        addresses={route.path: route.target for route in said.paths},
        files=said.request.files,
        streamed=said.stream is not None and said.stream.asked_by is None,
        closed=said.request.members is not None,
        texts_too=len(bytes_too) < len(said.reply.media),
        bytes_too=bool(bytes_too),
    )
    return dialect, (api,)


def _is_text(told: str) -> bool:
    return not told or is_text(told) or told.endswith("+xml")


def _endpoints(said: ApiDeclaration) -> Iterator[Endpoint]:
    query = {name: patterns.compiled(pattern) for name, pattern in said.query.items()}
    taken, replies = frozenset(said.media), frozenset(said.reply.media)
    for route in said.paths:
        for method in dict.fromkeys(route.methods):
            yield Endpoint(method, route.path, query=query, media=taken, replies=replies)


def _request(said: ApiDeclaration) -> RequestTable:
    one = said.request
    asked = said.stream.asked_by if said.stream is not None else None
    words = {key: frozenset(named) for key, named in one.words.items()} | ({asked: _ASKED} if asked else {})
    return RequestTable(
        members=_members(one, said.model.member, asked),
        keys=codec.KEYS.union(_keys(said, words, asked)),
        words=words,
        identifiers={key: patterns.narrow(pattern) for key, pattern in one.identifiers.items()},
        parameters=frozenset(one.parameters),
        opaque=one.opaque,
        model=said.model.member or "",
        unnamed=said.model.fixed or "",
        stream=asked or "",
    )


def _keys(said: ApiDeclaration, words: Mapping[str, Any], asked: str | None) -> Iterator[str]:
    """Yield the keys that are the API's own in a request: every one that the declaration names anywhere."""
    one = said.request
    yield from (*one.keys, *words, *one.identifiers, *one.files)
    for path in (*(one.members or ()), *one.parameters, *one.opaque):
        yield from (step.removesuffix("[*]") for step in path.split(".") if step not in {"*", "*[*]"})
    yield from (name for name in (said.model.member, asked) if name)


def _members(declaration: RequestDeclaration, *more: str | None) -> Members:
    """Return the tree of the members that a request may have."""
    tree: dict[str, Any] = {}
    for path in (*(declaration.members or ()), *codec.KEYS, *(name for name in more if name)):
        below = tree
        for key in path.split("."):
            below = below.setdefault(key, {})
    return _branch(tree)


def _branch(tree: Mapping[str, Any]) -> Members:
    return Members({key: _branch(below) if below else ANYTHING for key, below in tree.items()})


def _reply(said: ApiDeclaration) -> ReplyTable:
    one, stream = said.reply, said.stream
    named = {*one.keys, *one.words, *one.documents, *one.needs}
    for path in (*one.opaque, *((*stream.grows, *stream.fails) if stream else ())):
        named |= {step.removesuffix("[*]") for step in path.split(".")} - {"*"}
    if stream is not None:
        named |= {name for name in (stream.by, *(stream.ends or "").split(".")) if name}
    return ReplyTable(
        structural=frozenset(one.words),
        word=_WORD,
        needs={key: _KINDS[kind] for key, kind in one.needs.items()},
        documents=frozenset(one.documents),
        unread=tuple(one.opaque),
        keys=codec.KEYS.union(named),
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
    made = kinds[stream.framing]
    return made if stream.media is None else replace(made, media=tuple(stream.media))


def _growth(stream: StreamDeclaration) -> Growth:
    return Growth(tuple(stream.grows), stream.by or "", stream.ends or "", tuple(stream.last), tuple(stream.fails))
