"""The body of a request, read within limits of size and time and decompressed off the event loop.

A refused body is not read on: the rest is never decompressed, and the connection ends with the reply (``HttpClient``).
Text that could not be searched in time is refused as it arrives, before it is parsed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from proxy.core.extent import TOO_MUCH_AT_ONCE, Extent
from proxy.errors import MalformedRequestError, PayloadTooLargeError, TooMuchTextError
from proxy.runtime.inflate import IDENTITY, Inflater
from proxy.runtime.offload import run_in_thread_if_large
from proxy.runtime.steps import pause

_MOST = 16  # the expansion assumed of compressed bytes

#: Called with further bytes of memory that the request uses; raises if they are over the limit.
Hold = Callable[[int], None]


async def read(request: web.Request, timeout_s: float, hold: Hold, extent: Extent | None = None) -> bytes:
    """Return the whole body, decompressed; ``extent`` counts the contents of a JSON body.

    Raises:
        PayloadTooLargeError: over the application's limit, as sent or decompressed, or too many values.
        TooMuchTextError: too much text in its strings.
        UnsupportedEncodingError: compressed in another way than once by gzip, deflate or zstd.
        MalformedRequestError: truncated, too slow, or not in its declared encoding.
        ProxyError: whatever ``hold`` raises.

    """
    if (request.content_length or 0) > request.client_max_size:
        raise PayloadTooLargeError
    encoding = ",".join(request.headers.getall("Content-Encoding", ())).strip().lower()
    meter = _Meter(request.client_max_size, hold, extent)
    reading = _plain if encoding in IDENTITY else _inflated
    try:
        if request.content.is_eof():  # it all arrived with the head, so there is nothing to wait for
            return await reading(request.content, encoding, meter)
        async with asyncio.timeout(timeout_s):
            return await reading(request.content, encoding, meter)
    except TimeoutError as error:
        raise MalformedRequestError("the body did not arrive in time") from error
    except (web.HTTPException, web.RequestPayloadError, HttpProcessingError, ValueError) as error:
        raise MalformedRequestError("the body could not be read") from error


async def _plain(content: StreamReader, _encoding: str, meter: _Meter) -> bytes:
    parts = []
    while chunk := await content.readany():
        meter.count_received(len(chunk))
        await meter.count_content(chunk)
        parts.append(chunk)
    return b"".join(parts)


async def _inflated(content: StreamReader, encoding: str, meter: _Meter) -> bytes:
    inflater, counted = Inflater(encoding, meter.limit), 0
    while chunk := await content.readany():
        meter.count_received(len(chunk))
        await run_in_thread_if_large(_MOST * len(chunk), partial(inflater.feed, chunk))
        for part in inflater.parts[counted:]:
            await meter.count_content(part)
        counted = len(inflater.parts)
    return inflater.end()


@dataclass(slots=True)
class _Meter:
    """The limits of one body, and its size so far."""

    limit: int
    hold: Hold
    extent: Extent | None
    size: int = 0

    def count_received(self, more: int) -> None:
        self.size += more
        if self.size > self.limit:
            raise PayloadTooLargeError

    async def count_content(self, piece: bytes) -> None:
        """Count a decompressed piece, and yield to other tasks."""
        self.hold(len(piece))
        if self.extent is None:
            return
        await pause()
        self.extent.count(piece)
        exceeded = self.extent.exceeded()
        if exceeded == "text":
            raise TooMuchTextError(TOO_MUCH_AT_ONCE)
        if exceeded:
            raise PayloadTooLargeError("the body contains too many values")
