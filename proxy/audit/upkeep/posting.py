"""One bounded HTTP request to a place outside, every fault an ``OSError``."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import NamedTuple

import aiohttp
from yarl import URL

_TIMEOUT_S = 10.0
_LONGEST = 262_144


class OutsideAnswer(NamedTuple):
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    content: bytes


async def post(address: str, body: bytes, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """Post, as ``send`` does."""
    return await send("POST", address, body, headers)


async def send(method: str, address: str, body: bytes, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """Return status and content, as ``ask`` does."""
    answer = await ask(method, address, body, headers)
    return answer.status, answer.content


async def ask(
    method: str,
    address: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    trust: ssl.SSLContext | None = None,
    timeout_s: float = _TIMEOUT_S,
) -> OutsideAnswer:
    """Return the answer, its header names in lower case; redirects are not followed. ``trust``: else the system's.

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
            return OutsideAnswer(reply.status, {name.lower(): value for name, value in reply.headers.items()}, content)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise OSError(type(error).__name__) from error
