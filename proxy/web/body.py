"""The body of a request, read within limits of size and time and inflated off the event loop.

A body that is refused is not read on: what was not produced yet is never produced, and the connection ends with the
reply (``HttpClient``). What nobody could read in time is refused while it comes, before it is parsed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from proxy.core.extent import Extent
from proxy.errors import MalformedRequestError, PayloadTooLargeError, TooMuchTextError
from proxy.runtime.inflate import IDENTITY, Inflater
from proxy.runtime.offload import run_in_thread_if_large
from proxy.runtime.steps import pause

_MOST = 16  # bytes that a compressed one is reckoned as

#: Told how many more bytes of memory the request takes; raises where they may not be had.
Hold = Callable[[int], None]


async def read(request: web.Request, timeout_s: float, hold: Hold, extent: Extent | None = None) -> bytes:
    """Return the whole body, decompressed; ``extent`` counts what a body of JSON holds.

    Raises:
        PayloadTooLargeError: larger than the application's limit, as sent or decompressed, or with too many values.
        TooMuchTextError: its strings hold too much.
        UnsupportedEncodingError: compressed otherwise than once by gzip or deflate.
        MalformedRequestError: cut, slow, or not what its encoding says.
        ProxyError: whatever ``hold`` raises.

    """
    if (request.content_length or 0) > request.client_max_size:
        raise PayloadTooLargeError
    encoding = ",".join(request.headers.getall("Content-Encoding", ())).strip().lower()
    reading = _plain if encoding in IDENTITY else _inflated
    try:
        if request.content.is_eof():  # all of it came with the head, so there is nothing to wait for
            return await reading(request, encoding, _Take(request.client_max_size, hold, extent))
        async with asyncio.timeout(timeout_s):
            return await reading(request, encoding, _Take(request.client_max_size, hold, extent))
    except TimeoutError as error:
        raise MalformedRequestError("the body did not arrive in time") from error
    except (web.HTTPException, web.RequestPayloadError, HttpProcessingError, ValueError) as error:
        raise MalformedRequestError("the body could not be read") from error


async def _plain(request: web.Request, _encoding: str, take: _Take) -> bytes:
    parts = []
    while chunk := await request.content.readany():
        take.sent(len(chunk))
        await take.held(chunk)
        parts.append(chunk)
    return b"".join(parts)


async def _inflated(request: web.Request, encoding: str, take: _Take) -> bytes:
    inflater, seen = Inflater(encoding, request.client_max_size), 0
    while chunk := await request.content.readany():
        take.sent(len(chunk))
        await run_in_thread_if_large(_MOST * len(chunk), partial(inflater.feed, chunk))
        for part in inflater.parts[seen:]:
            await take.held(part)
        seen = len(inflater.parts)
    return inflater.end()


@dataclass(slots=True)
class _Take:
    """What one body may be, and has come to."""

    limit: int
    hold: Hold
    extent: Extent | None
    size: int = 0

    def sent(self, more: int) -> None:
        self.size += more
        if self.size > self.limit:
            raise PayloadTooLargeError

    async def held(self, piece: bytes) -> None:
        """Count a piece as it will be parsed, and let others go on."""
        self.hold(len(piece))
        if self.extent is None:
            return
        await pause()
        self.extent.count(piece)
        exceeded = self.extent.exceeded()
        if exceeded == "text":
            raise TooMuchTextError("the request holds more text than may be sent at once; send less")
        if exceeded:
            raise PayloadTooLargeError("the body holds too many values")
