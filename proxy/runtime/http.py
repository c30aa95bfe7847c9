"""One bounded HTTP request to a service outside, every fault an ``OSError``."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import NamedTuple

import aiohttp
from yarl import URL

_TIMEOUT_S = 10.0
_LONGEST = 262_144


class HttpAnswer(NamedTuple):
    """Status, headers with lower-case names, and content of an answer."""

    status: int
    headers: Mapping[str, str]
    content: bytes


async def request(
    method: str,
    address: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    trust: ssl.SSLContext | None = None,
    timeout_s: float = _TIMEOUT_S,
) -> HttpAnswer:
    """Send one request; redirects are not followed. ``trust``: instead of the system's certificates.

    Raises:
        OSError: nothing answers in time, or more than 256 KiB.

    """
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout_s)) as session,
            session.request(
                method, URL(address, encoded=True), data=body, headers=headers, allow_redirects=False, ssl=trust or True
            ) as reply,
        ):
            content = b""
            async for part in reply.content.iter_any():
                content += part
                if len(content) > _LONGEST:
                    raise OSError("the answer is too long")
            return HttpAnswer(reply.status, {name.lower(): value for name, value in reply.headers.items()}, content)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise OSError(type(error).__name__) from error
