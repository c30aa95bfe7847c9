"""The body of a request, read within limits of size and time and inflated off the event loop.

A body that is refused is not read on: what was not produced yet is never produced, and the connection ends with the
reply (``HttpClient``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from proxy.aside import aside
from proxy.errors import MalformedRequestError, PayloadTooLargeError
from proxy.inflate import IDENTITY, Inflater

_MOST = 16  # bytes that a compressed one is reckoned as

#: Told how many more bytes of memory the request takes; raises where they may not be had.
Hold = Callable[[int], None]


async def read(request: web.Request, timeout_s: float, hold: Hold) -> bytes:
    """Return the whole body, decompressed.

    Raises:
        PayloadTooLargeError: larger than the application's limit, as sent or decompressed.
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
            return await reading(request, encoding, hold)
        async with asyncio.timeout(timeout_s):
            return await reading(request, encoding, hold)
    except TimeoutError as error:
        raise MalformedRequestError("the body did not arrive in time") from error
    except (web.HTTPException, web.RequestPayloadError, HttpProcessingError, ValueError) as error:
        raise MalformedRequestError("the body could not be read") from error


async def _plain(request: web.Request, _encoding: str, hold: Hold) -> bytes:
    parts, size = [], 0
    while chunk := await request.content.readany():
        size += len(chunk)
        if size > request.client_max_size:
            raise PayloadTooLargeError
        hold(len(chunk))
        parts.append(chunk)
    return b"".join(parts)


async def _inflated(request: web.Request, encoding: str, hold: Hold) -> bytes:
    inflater, taken = Inflater(encoding, request.client_max_size), 0
    while chunk := await request.content.readany():
        taken += len(chunk)
        if taken > request.client_max_size:
            raise PayloadTooLargeError
        before = inflater.size
        await aside(_MOST * len(chunk), partial(inflater.feed, chunk))
        hold(inflater.size - before)
    return inflater.end()
