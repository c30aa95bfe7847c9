"""Files and batches kept by targets: created from many requests, then read, cancelled and deleted by handle. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from proxy.codecs.api import TableApi
from proxy.codecs.base import FilterFactory, Sealed, StreamRewriter
from proxy.codecs.batches.results import ResultsRewriter
from proxy.codecs.framing.ndjson import FILE_MEDIA
from proxy.codecs.kept_api import KeptApi, Use, used_at
from proxy.codecs.reply import ReplyTable
from proxy.codecs.usage import Meter
from proxy.core.records import CHANGED, Payload, Unchanged
from proxy.core.wire import Incoming, Wire


def kept_batches(
    makes: TableApi,
    prefix: str,
    uses: Sequence[Use],
    roots: Sequence[str],
    *,
    results: Callable[[Mapping[str, Any]], ReplyTable] | None = None,
    passed: frozenset[str] = frozenset(),
) -> KeptBatches:
    """Return the API of what ``makes`` creates, used below its address at each of ``roots``."""
    return KeptBatches(
        name=makes.name,
        dialect=makes.dialect,
        endpoints=(*makes.endpoints, *used_at(makes.address.path, uses, *roots)),
        operation=makes.operation,
        request=makes.request,
        reply=makes.reply,
        address=makes.address,
        prefix=prefix,
        uses=tuple(uses),
        makes=makes,
        results=results,
        passed=passed,
    )


def _is_named(incoming: Incoming) -> bool:
    return "id" in incoming.variables


@dataclass(slots=True, eq=False)
class KeptBatches(KeptApi):
    """``makes``: the API that creates one, where the path names none. ``results``: the table of a line of results.

    ``passed`` are the headers sent along with a handle.
    """

    makes: TableApi = field(kw_only=True)
    results: Callable[[Mapping[str, Any]], ReplyTable] | None = None
    passed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Set the media types of results."""
        TableApi.__post_init__(self)
        if self.results is not None:
            self.streams = FILE_MEDIA

    def decode(self, incoming: Incoming) -> Payload:
        if not _is_named(incoming):
            return self.makes.decode(incoming)
        payload = KeptApi.decode(self, incoming)
        return replace(payload, stream=incoming.template.endswith(self._streamed))

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        incoming = payload.incoming
        if not _is_named(incoming):
            return self.makes.encode(payload, texts, model)
        headers = tuple((name, value) for name, value in incoming.headers.items() if name in self.passed)
        return replace(KeptApi.encode(self, payload, texts, model), headers=headers)

    def outgoing_texts(self, wire: Wire, unchanged: Unchanged = CHANGED) -> list[str]:
        return (
            self.makes.outgoing_texts(wire, unchanged) if wire.body else KeptApi.outgoing_texts(self, wire, unchanged)
        )

    def with_statement(self, wire: Wire, statement: str) -> Wire | None:
        """Return the request with a statement; a request without a body discloses nothing that one could accompany."""
        return self.makes.with_statement(wire, statement) if wire.body else wire

    def stream(
        self,
        make_filter: FilterFactory | None,
        media: str = "",  # noqa: ARG002 - one framing, whatever it is called
        sealed: Sealed | None = None,
        meter: Meter | None = None,  # noqa: ARG002 - its lines were used when they were answered
    ) -> StreamRewriter:
        if self.results is None:
            raise ValueError("this API does not stream")
        return ResultsRewriter(self.results, make_filter, sealed)

    @property
    def _streamed(self) -> tuple[str, ...]:
        return tuple(f"{{id}}{use.below}" for use in self.uses if use.streams)
