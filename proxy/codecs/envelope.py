"""The values of a request outside its body: variables of the path, query parameters, headers. Pure.

An address names the place: "@path/model", "@query/alt", "@header/x-amzn-bedrock-request-metadata". Values that are not
the dialect's own are texts like any other; its own may hold no identifier, which the pipeline checks.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace

from proxy.core.records import Payload, TextSpan
from proxy.core.wire import Incoming, Wire


def read(payload: Payload, incoming: Incoming, protocol_values: Container[str] = ()) -> Payload:
    """Return the payload with its values outside the body: each whose address is not in ``own`` becomes a span."""
    spans = tuple(
        TextSpan(address, address.replace("/", ".", 1), text)
        for address, text in values(incoming)
        if address not in protocol_values
    )
    return replace(payload, incoming=incoming, spans=(*payload.spans, *spans))


def rewritten(payload: Payload, texts: Mapping[int, str]) -> Incoming:
    """Return the values outside the body with the new texts of some spans."""
    incoming = payload.incoming
    if not incoming.outside_body:
        return incoming
    new = {payload.spans[at].pointer: text for at, text in texts.items() if at < len(payload.spans)}
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


def texts(wire: Wire, protocol_values: Container[str] = ()) -> list[str]:
    """Return the values of a written request outside its body and its path that are not in ``own``."""
    return [text for text in wire.beside_path if text not in protocol_values]


def values(incoming: Incoming) -> Iterator[tuple[str, str]]:
    """Yield address and text of every value outside the body."""
    for kind, named in (("path", incoming.variables), ("query", incoming.query), ("header", incoming.headers)):
        for name, value in named.items():
            yield f"@{kind}/{name}", value
