"""Health checks and free ports on loopback, on plain sockets so that a check costs next to nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from proxy.embedded.parts import Probe

_PATIENCE_S = 5.0
OK = 200


async def http_status(url: str, patience_s: float = _PATIENCE_S) -> int:
    """Return the status of ``GET url`` (plain HTTP); 0 if there is no answer in time."""
    return (await _get(url, patience_s, whole=False))[0]


async def readiness(url: str, patience_s: float = _PATIENCE_S) -> Mapping[str, Any] | None:
    """Return what a process of ours says of itself at ``/readyz``; None if none of ours answers there."""
    _, body = await _get(url, patience_s, whole=True)
    try:
        document = json.loads(body.partition(b"\r\n\r\n")[2])
    except ValueError:
        return None
    return document if isinstance(document, dict) and isinstance(document.get("parts"), dict) else None


async def _get(url: str, patience_s: float, *, whole: bool) -> tuple[int, bytes]:
    """Return status and the rest of the answer, unless it is not asked for; (0, b"") without an answer in time."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(patience_s):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
            try:
                writer.write(request.encode())
                line = await reader.readline()
                rest = await reader.read() if whole else b""
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError, ValueError):
        return 0, b""
    fields = line.split()
    return int(fields[1]) if len(fields) > 1 and fields[1].isdigit() else 0, rest


def answers(url: str) -> Probe:
    """Return a probe that expects status 200 from ``GET url``."""

    async def probe() -> bool:
        return await http_status(url) == OK

    return probe


def free_ports(count: int) -> tuple[int, ...]:
    """Return distinct free loopback ports."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return tuple(item.getsockname()[1] for item in sockets)


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((host, port))
        except OSError:
            return False
    return True
