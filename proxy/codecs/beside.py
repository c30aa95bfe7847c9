"""What a request says beside its body: variables of its path, parameters of its query, headers. Pure.

An address names the place: "@path/model", "@query/alt", "@header/x-amzn-bedrock-request-metadata". What a dialect does
not own there is a text like any other; what it owns may hold no identifier, which the pipeline sees to.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace

from proxy.core.records import Payload, TextSpan
from proxy.core.wire import Incoming, Wire


def read(payload: Payload, incoming: Incoming, own: Container[str] = ()) -> Payload:
    """Return the payload with what stands beside the body: every value whose address is not among ``own`` is a span."""
    spans = tuple(
        TextSpan(address, address.replace("/", ".", 1), text)
        for address, text in values(incoming)
        if address not in own
    )
    return replace(payload, incoming=incoming, spans=(*payload.spans, *spans))


def written(payload: Payload, texts: Mapping[int, str]) -> Incoming:
    """Return what a payload says beside its body, with the new texts of some of its spans."""
    new = {payload.spans[at].pointer: text for at, text in texts.items() if at < len(payload.spans)}
    incoming = payload.incoming
    return replace(
        incoming,
        variables={name: new.get(f"@path/{name}", value) for name, value in incoming.variables.items()},
        query={name: new.get(f"@query/{name}", value) for name, value in incoming.query.items()},
        headers={name: new.get(f"@header/{name}", value) for name, value in incoming.headers.items()},
    )


def returned(wire: Wire) -> Incoming:
    """Return a written request as one that could have come in: its body and media type alone."""
    media, _, rest = wire.media.partition(";")
    boundary = rest.rpartition("boundary=")[2]
    return Incoming(wire.body, media=media, parameters={"boundary": boundary} if boundary else {})


def seen(wire: Wire, own: Container[str] = ()) -> list[str]:
    """Return what a written request says beside its body that is none of the dialect's own words."""
    return [text for text in wire.beside if text not in own]


def values(incoming: Incoming) -> Iterator[tuple[str, str]]:
    """Yield the address and the text of every value beside the body."""
    for kind, named in (("path", incoming.variables), ("query", incoming.query), ("header", incoming.headers)):
        for name, value in named.items():
            yield f"@{kind}/{name}", value
