"""An API that takes many requests at once, each a line for another API, to be answered later. Pure.

A line that is not a valid request refuses them all, with its number, counted from 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from proxy.codecs import envelope, numbers, request
from proxy.codecs.api import TableApi
from proxy.codecs.base import Api
from proxy.codecs.pointer import LEAF_LIMIT
from proxy.core.decision import lines
from proxy.core.kept_state import Batched
from proxy.core.records import CHANGED, Payload, Unchanged
from proxy.core.wire import Incoming, Wire
from proxy.errors import MalformedRequestError, PayloadTooLargeError, ProxyError, StatefulUnsupportedError, at_line


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One request: its caller's id, the path it is for, and its body."""

    id: str = field(repr=False)
    url: str
    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Upload:
    """The contents of a body: its lines, and a document of what surrounds them."""

    document: dict[str, Any]
    lines: Sequence[BatchLine]


class Holder(Protocol):
    """How lines stand in a body."""

    def read(self, incoming: Incoming) -> Upload:
        """Return the contents of a body.

        Raises:
            MalformedRequestError, StatefulUnsupportedError: it is not valid; for a line, with its number.

        """
        ...

    def write(
        self, incoming: Incoming, old: Mapping[str, Any], new: Mapping[str, Any], new_lines: Iterable[BatchLine]
    ) -> tuple[bytes, str]:
        """Return a body with other lines, and its media type; ``old`` and ``new`` are the documents around them."""
        ...


@dataclass(slots=True, eq=False)
class LinesApi(TableApi):
    """Implements ``Api``; its tables are those of what surrounds the lines. ``apis``: what a line may be for."""

    holder: Holder = field(kw_only=True)
    apis: Mapping[str, Api] = field(kw_only=True)  # by the path that a line names

    def decode(self, incoming: Incoming) -> Payload:
        upload = self.holder.read(incoming)
        url = _common_url(upload.lines)
        parts = tuple(self._part(line, number) for number, line in enumerate(upload.lines, 1))
        if sum(len(part.spans) for part in parts) > LEAF_LIMIT:
            raise PayloadTooLargeError(f"the lines together hold more than {LEAF_LIMIT} texts: send fewer at once")
        named = {**incoming.variables, "model": _model(parts)}
        around = self.read(upload.document, replace(incoming, variables=named))
        ids = tuple(line.id for line in upload.lines)
        batched = Batched(url, self.apis[url].name, ids)
        return lines.joined(replace(around, stateful=True, must_store=True, batched=batched), parts)

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        """Write the request; every line goes under a name that reveals its number alone."""
        new = request.rewrite(payload, lines.around(payload, texts), model, self.request)
        url = payload.batched.url if payload.batched is not None else ""
        api = self.apis[url]
        new_lines = (
            BatchLine(lines.stand_in(number), url, numbers.loads(api.encode(part, line_texts, model).body))
            for number, (part, line_texts) in enumerate(lines.split(payload, texts), 1)
        )
        body, media = self.holder.write(payload.incoming, payload.document, new, new_lines)
        sent = envelope.rewritten(payload, texts)
        return Wire(
            self.address.path, body, media=media, query=tuple(sent.query.items()), headers=tuple(sent.headers.items())
        )

    def outgoing_texts(self, wire: Wire, unchanged: Unchanged = CHANGED) -> list[str]:
        upload = self.holder.read(envelope.returned(wire))
        names = (line.id for line in upload.lines if not lines.is_stand_in(line.id))
        texts = (
            text for line in upload.lines for text in self.apis[line.url].outgoing_texts(_line_wire(line), unchanged)
        )
        return [
            *request.document_texts(upload.document, self.request, unchanged),
            *names,
            *texts,
            *envelope.texts(wire),
        ]

    def with_statement(self, wire: Wire, statement: str) -> Wire | None:
        """Return the request with a statement in every line; None where one has no place for it."""
        incoming = envelope.returned(wire)
        lines = self.holder.read(incoming)
        new_lines: list[BatchLine] = []
        for line in lines.lines:
            stated = self.apis[line.url].with_statement(_line_wire(line), statement)
            if stated is None:
                return None
            new_lines.append(replace(line, body=numbers.loads(stated.body)))
        body, media = self.holder.write(incoming, lines.document, lines.document, new_lines)
        return replace(wire, body=body, media=media)

    def _part(self, line: BatchLine, number: int) -> Payload:
        """Return one line as a request of its own.

        Raises:
            MalformedRequestError, PayloadTooLargeError, StatefulUnsupportedError: a batch cannot hold it.

        """
        try:
            payload = self._api(line.url).decode(Incoming(numbers.dumps(line.body)))
            _check_alone(payload)
        except ProxyError as fault:
            raise at_line(fault, number) from fault
        return replace(payload, stateful=True, line=number)

    def _api(self, url: str) -> Api:
        if url not in self.apis:
            raise MalformedRequestError("its url must be one of: " + ", ".join(self.apis))
        return self.apis[url]


def _check_alone(payload: Payload) -> None:
    if payload.stream:
        raise MalformedRequestError("a line of a batch does not stream")
    if payload.stateful:
        raise StatefulUnsupportedError(
            "a line of a batch neither refers to what a target keeps nor asks it to keep more"
        )


def _common_url(lines: Sequence[BatchLine]) -> str:
    """Return the path that all lines name.

    Raises:
        MalformedRequestError: there is no line, they differ, or two have one name.

    """
    if not lines:
        raise MalformedRequestError("it holds no line")
    by_id: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if by_id.setdefault(line.id, number) != number:
            raise MalformedRequestError(f"line {number}: its custom_id is that of line {by_id[line.id]}")
        if line.url != lines[0].url:
            raise MalformedRequestError(f"line {number}: its url is not that of line 1")
    return lines[0].url


def _model(parts: Sequence[Payload]) -> str:
    other = next((part.line for part in parts if part.model != parts[0].model), 0)
    if other:
        raise MalformedRequestError(f"line {other}: its model is not that of line 1")
    return parts[0].model


def _line_wire(line: BatchLine) -> Wire:
    return Wire("", numbers.dumps(line.body))


def check_members(line: Mapping[str, Any], allowed: frozenset[str]) -> None:
    """Refuse a line with more or fewer members than allowed.

    Raises:
        MalformedRequestError: it has; the message quotes no member that the caller chose.

    """
    if line.keys() != allowed:
        raise MalformedRequestError("it must have these members and no other: " + ", ".join(sorted(allowed)))


def numbered(read: Iterable[Any]) -> Iterator[Any]:
    """Yield the results of reading lines; a fault names its line."""
    number, each = 0, iter(read)
    while True:
        number += 1
        try:
            yield next(each)
        except StopIteration:
            return
        except ProxyError as fault:
            raise at_line(fault, number) from fault
