"""A collector over HTTP: requests in the format's own shape, or lines. Over OTLP, the same to ``/v1/logs``."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from proxy.reports.siem import formats
from proxy.reports.siem.address import StreamAddress
from proxy.reports.siem.entry import StreamEntry
from proxy.reports.siem.formats import EntryFormat, Posting
from proxy.reports.siem.sinks import RefusedEntries, SinkError, tls_context
from proxy.runtime import http
from proxy.upstreams.reports import retry_after

SCHEMES = ("https", "http", "otlp+https", "otlp+http")
_LOGS = "/v1/logs"
#: What an endpoint says of a request that it will never take.
_UNFIT = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}


@dataclass(frozen=True)
class WebSink:
    """An HTTP endpoint that answers 2xx once it has what it was sent."""

    url: str
    format: EntryFormat
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    context: ssl.SSLContext | None = None
    batch: int = 100
    timeout_s: float = 30.0

    async def send(self, entries: Sequence[StreamEntry]) -> Sequence[RefusedEntries]:
        """Post records, at most ``batch`` in a request, fewer where that is too much or there is one that it refuses.

        Raises:
            SinkError: the collector is away, or does not take them.

        """
        refused: list[RefusedEntries] = []
        for start in range(0, len(entries), self.batch):
            refused += await self._send(entries[start : start + self.batch])
        return refused

    async def _send(self, entries: Sequence[StreamEntry]) -> list[RefusedEntries]:
        refused: list[RefusedEntries] = []
        for posting in await asyncio.to_thread(lambda: list(self.format.postings(entries))):
            answer = await self._post(posting)
            if answer.status in _UNFIT and len(entries) > 1:
                middle = len(entries) // 2
                return [*await self._send(entries[:middle]), *await self._send(entries[middle:])]
            if answer.status in _UNFIT:
                return [RefusedEntries(entries, 1, f"it answered {answer.status}")]
            if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
                raise SinkError(f"it answered {answer.status}", retry_after(answer.headers))
            if (
                rejected := _rejected(answer) if self.format.name == "otlp" else 0
            ):  # the others are not to be sent again
                refused.append(
                    RefusedEntries(entries, rejected, f"it rejected {rejected} of {len(entries)} log records")
                )
        return refused

    async def _post(self, posting: Posting) -> http.HttpAnswer:
        try:
            return await http.request(
                "POST", self.url, posting.body, {**self.headers, **posting.headers}, self.context, self.timeout_s
            )
        except OSError as error:
            raise SinkError(f"it cannot be reached ({error})") from error


def _rejected(answer: http.HttpAnswer) -> int:
    """Return how many log records a collector says it has dropped (OTLP, partial success)."""
    try:
        partial = orjson.loads(answer.content or b"{}").get("partialSuccess") or {}
        return int(partial.get("rejectedLogRecords", 0))
    except (ValueError, AttributeError, TypeError):
        return 0


def opened(address: StreamAddress) -> WebSink:
    """Return the endpoint at an address."""
    scheme, _, rest = address.url.rpartition("+")[2].partition(":")
    url = f"{scheme}:{rest}"
    if address.scheme.startswith("otlp") and urlsplit(url).path in {"", "/"}:
        url = url.rstrip("/") + _LOGS
    headers = _headers(address.headers) if address.headers is not None else {}
    secure = tls_context(address) if scheme == "https" else None
    return WebSink(url, formats.chosen(address.format, address.enterprise), headers, secure, address.batch)


def _headers(file: Path) -> dict[str, str]:
    """Return the headers of a file with one ``Name: value`` a line."""
    lines = [line for line in file.read_text(encoding="ascii").splitlines() if line.strip()]
    pairs = [line.partition(":")[::2] for line in lines]
    if not all(name.strip() and value.strip() for name, value in pairs):
        raise ValueError("a line is not a header")
    return {name.strip(): value.strip() for name, value in pairs}
