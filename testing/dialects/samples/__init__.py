"""Recorded requests, replies and streams of every dialect: one module per dialect, by the name of its ``Dialect``."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from proxy.codecs import places
from proxy.codecs.base import Api, Endpoint
from proxy.codecs.declared.api import DeclaredApi
from proxy.codecs.endpoints import DIALECTS
from proxy.codecs.framing import Framing
from proxy.codecs.request import RequestTable
from proxy.codecs.stream import Shape
from proxy.core.wire import Incoming
from testing.dialects.encodings import JSON_BODY, Encoding


@dataclass
class Sample:
    """What one API says. Requests and replies are documents, streams are lists of (name of the event, document).

    ``text`` leads to a text in the middle of the first request. ``kept`` and ``kept_events`` are the paths
    (``proxy.codecs.places``) in replies and events that nothing may change: what is signed or encrypted.
    """

    requests: list[dict[str, Any]]
    text: tuple[str | int, ...]
    replies: list[dict[str, Any]]
    kept: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()  # in replies and events, where no original is put back
    calls: dict[str, str] = field(default_factory=dict)  # in replies: path of what a called tool receives -> its name
    undeclared: tuple[str, ...] = ()  # names among them that the first request does not declare
    tools: tuple[str, ...] = ()  # names of the tools that streams call
    streams: list[list[tuple[str, dict[str, Any]]]] = field(default_factory=list)
    kept_events: tuple[str, ...] = ()
    beginning: bytes = b""  # bytes before the first event, "["
    unmarked: bool = False  # nothing but the end of the body says that a stream is whole
    ending: bytes = b""  # bytes after the last event, "data: [DONE]"
    headers: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    table: RequestTable | None = None  # where the API has no attribute ``request``
    tables: tuple[tuple[RequestTable, int], ...] = ()  # further ones, each with the number of a request that it reads
    shape: type[Shape] | None = None  # likewise ``shape``
    framing: Framing | None = None  # likewise
    encoded: Encoding = JSON_BODY  # how a document becomes the body of a request
    speaks: tuple[str, ...] = ()  # what its target has to speak beside the API
    held: dict[str, str] = field(default_factory=dict)  # what stands behind handles, as the vault keeps it

    @property
    def masked(self) -> tuple[str, ...]:
        """Return the paths in replies at which no original is put back."""
        calls = {path.rpartition(".")[0]: tool for path, tool in self.calls.items()}
        undeclared = (call.removesuffix(".function") for call, tool in calls.items() if tool in self.undeclared)
        return (*self.addresses, *undeclared, *(f"{call}.name" for call in calls))  # a changed name is undeclared

    def incoming(self, document: dict[str, Any], *, stream: bool = False) -> Incoming:
        """Return a request as its endpoint would read it."""
        body, media, parameters = self.encoded.write(document)
        return Incoming(
            body,
            stream=stream,
            headers=self.headers,
            variables=self.variables,
            query=self.query,
            media=media,
            parameters=parameters,
        )


#: Beginnings of the names of APIs without samples, tested at places of their own. The list may only become shorter.
ELSEWHERE = (
    "ollama_", "openai_image_", "openai_speech", "openai_transcriptions", "openai_translations",
)  # fmt: skip


def of(samples: dict[str, Sample | list[Sample]], name: str) -> list[Sample]:
    found = samples.get(name, [])
    return found if isinstance(found, list) else [found]


def every() -> list[tuple[Api, Sample]]:
    """Return every API that is served with each of its samples."""
    return [(api, sample) for api, samples in _all() for sample in of(samples, api.name)]


def is_one_text(api: Api) -> bool:
    """Whether what an API streams is one text, without events or in events that are its pieces."""
    return isinstance(api, DeclaredApi) and bool(api.streams) and api.shape is None


def without() -> list[str]:
    """Return the APIs that have none; one that sends nothing but a path needs none."""
    sending = ((api, samples) for api, samples in _all() if any(map(_sends, api.endpoints)))
    return [api.name for api, samples in sending if api.name not in samples and not api.name.startswith(ELSEWHERE)]


def pointers(document: Any, paths: Sequence[str]) -> set[str]:
    """Return the pointers to what stands at paths of a document."""
    return {one.pointer for path in paths for one in places.at(document, path)}


def is_kept(keys: Sequence[str | int], kept: set[str]) -> bool:
    """Whether a position is one that nothing changes, or stands below one."""
    address = "".join(f"/{key}" for key in keys)
    return any(address == one or address.startswith(f"{one}/") for one in kept)


def _sends(endpoint: Endpoint) -> bool:
    return endpoint.method != "GET" and "{id}" not in endpoint.path


def _all() -> list[tuple[Api, dict[str, Sample | list[Sample]]]]:
    named = {dialect.name: f"{__name__}.{dialect.name}" for dialect, _ in DIALECTS}
    known = {name: importlib.import_module(path).SAMPLES for name, path in named.items() if find_spec(path)}
    written = [(api, known.get(dialect.name, {})) for dialect, apis in DIALECTS for api in apis]
    declared = importlib.import_module(f"{__name__}.declared")
    return written + [(api, declared.SAMPLES) for _, apis in declared.DECLARED.dialects for api in apis]
