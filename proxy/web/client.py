"""The caller's side of one exchange over aiohttp: whole or streamed; a broken stream never ends cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from aiohttp import web

from proxy.exchange.request import Client, ClientGoneError
from proxy.web import metrics

#: The status of a request whose caller left before its reply was whole (nginx's; never sent).
GONE = 499
#: A caller that takes a whole reply more slowly than this counts as gone, bytes per second.
_SLOWEST = 128 << 10
#: Bytes, with the head of a reply, that an empty buffer takes without waiting for the caller.
_AT_ONCE = 16 << 10


class HttpClient(Client):
    """``response`` is what the handler returns to aiohttp.

    ``headers`` are those of every reply. A caller that accepts nothing for ``patience_s`` seconds counts as gone: it
    must not hold a target and a place forever.
    """

    def __init__(self, request: web.Request, headers: Mapping[str, str], patience_s: float) -> None:
        self._request = request
        self._patience_s = patience_s
        self._headers = headers
        self.response: web.StreamResponse | None = None
        self.status = 0
        self.action = self.code = self.target = ""
        self._is_delivered = False

    @property
    def cache_control(self) -> str:
        """See ``Client``; without the header, what ``Pragma`` says (RFC 9111, 5.4)."""
        fields = self._request.headers
        return ", ".join(fields.getall("Cache-Control", ())) or fields.get("Pragma", "")

    async def fail(self, status: int, body: bytes, headers: Mapping[str, str], event: Callable[[str], bytes]) -> None:
        """See ``Client``; a stream that has begun is remembered by its fault, though its head said nothing of it."""
        self.code = headers.get("x-compliance-code", "")
        await super().fail(status, body, headers, event)

    def _note(self, status: int, headers: Mapping[str, str]) -> None:
        """Remember what the head says of the exchange."""
        self.status, self.action = status, headers.get("x-compliance-action", "")
        self.code, self.target = headers.get("x-compliance-code", ""), headers.get("x-compliance-target", "")

    async def _answer(self, status: int, body: bytes, headers: Mapping[str, str], media: str) -> None:
        self._note(status, headers)
        response = web.Response(status=status, body=body, headers={**self._headers, **headers, "Content-Type": media})
        self.response = response
        if not self._request.content.is_eof():
            response.force_close()  # the rest of the body is not read
        await self._sent(self._whole(response), len(body))

    async def _whole(self, response: web.Response) -> None:
        await response.prepare(self._request)
        await response.write_eof()
        self._is_delivered = True

    async def _begin(self, media: str, headers: Mapping[str, str]) -> None:
        self._note(200, headers)
        metrics.STREAMS.inc()
        response = web.StreamResponse(
            headers={**self._headers, **headers, "Content-Type": media, "Cache-Control": "no-store"}
        )
        self.response = response
        await self._sent(response.prepare(self._request))

    async def write(self, chunk: bytes) -> None:
        """Send a piece of the stream."""
        assert self.response is not None  # noqa: S101 - begin comes first
        await self._sent(self.response.write(chunk), len(chunk))

    async def end(self) -> None:
        """End the stream cleanly."""
        assert self.response is not None  # noqa: S101 - begin comes first
        await self._sent(self.response.write_eof())
        self._is_delivered = True

    def left(self) -> None:
        """Note that the caller has disconnected, which is no fault of anybody once it has its whole reply."""
        if not self._is_delivered:
            self.status, self.code = GONE, "client_gone"

    async def abort(self, event: bytes) -> None:
        """Send the error in-band and close the connection without the end of the chunked body."""
        await self.write(event)
        if self._request.transport is not None:
            self._request.transport.close()

    async def _sent(self, sending: Coroutine[Any, Any, object], size: int = 0) -> None:
        """Send a piece of so many bytes, in time: a caller that takes nothing leaves them in the transport's buffer."""
        transport = self._request.transport
        try:
            if size <= _AT_ONCE and transport is not None and not transport.get_write_buffer_size():
                await sending
                return
            async with asyncio.timeout(self._patience_s + size / _SLOWEST):
                await sending
        except ConnectionError as error:
            raise self._gone() from error
        except TimeoutError as error:
            if self._request.transport is not None:
                self._request.transport.abort()
            raise self._gone() from error

    def _gone(self) -> ClientGoneError:
        """Remember that nobody got the reply."""
        self.left()
        return ClientGoneError()
