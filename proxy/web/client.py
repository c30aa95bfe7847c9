"""The caller's side of one exchange over aiohttp: whole or streamed; a broken stream never ends cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from proxy.core.wire import JSON
from proxy.exchange.request import ClientGoneError

#: A caller that takes a whole reply more slowly than this counts as gone, bytes per second.
_SLOWEST = 128 << 10


class HttpClient:
    """Implements ``proxy.exchange.request.Client``. ``response`` is what the handler returns to aiohttp.

    ``headers`` are those of every reply. A caller that accepts nothing for ``patience_s`` seconds counts as gone: it
    must not hold a target and a place forever.
    """

    def __init__(self, request: web.Request, headers: Mapping[str, str], patience_s: float) -> None:
        self._request = request
        self._patience_s = patience_s
        self._headers = headers
        self.response: web.StreamResponse | None = None
        self.status = 0
        self.action = ""

    async def answer(self, status: int, body: bytes, headers: Mapping[str, str], media: str = JSON) -> None:
        """Send a whole reply."""
        self.status, self.action = status, headers.get("x-compliance-action", "")
        response = web.Response(status=status, body=body, headers={**self._headers, **headers, "Content-Type": media})
        self.response = response
        if not self._request.content.is_eof():
            response.force_close()  # the rest of the body is not read
        async with self._listening(len(body) / _SLOWEST):
            await response.prepare(self._request)
            await response.write_eof()

    async def begin(self, media: str, headers: Mapping[str, str]) -> None:
        """Send the head of a stream."""
        self.status, self.action = 200, headers.get("x-compliance-action", "")
        response = web.StreamResponse(
            headers={**self._headers, **headers, "Content-Type": media, "Cache-Control": "no-store"}
        )
        self.response = response
        async with self._listening():
            await response.prepare(self._request)

    async def write(self, chunk: bytes) -> None:
        """Send a piece of the stream."""
        assert self.response is not None  # noqa: S101 - begin comes first
        async with self._listening():
            await self.response.write(chunk)

    async def end(self) -> None:
        """End the stream cleanly."""
        assert self.response is not None  # noqa: S101 - begin comes first
        async with self._listening():
            await self.response.write_eof()

    async def abort(self, event: bytes) -> None:
        """Send the error in-band and close the connection without the end of the chunked body."""
        await self.write(event)
        if self._request.transport is not None:
            self._request.transport.close()

    @asynccontextmanager
    async def _listening(self, longer_s: float = 0.0) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._patience_s + longer_s):
                yield
        except ConnectionError as error:
            raise ClientGoneError from error
        except TimeoutError as error:
            if self._request.transport is not None:
                self._request.transport.abort()
            raise ClientGoneError from error
