"""A TCP relay that can go silent: connections stay open, nothing passes, as behind a lost network path."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Self
from urllib.parse import parse_qs, urlsplit, urlunsplit


class Relay:
    """``async with Relay(dsn) as relay``: ``relay.dsn`` goes through it; ``silence`` and ``heal`` switch it."""

    def __init__(self, dsn: str) -> None:
        self._parts = urlsplit(dsn)
        self._passing = asyncio.Event()
        self._passing.set()
        self._carried: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        account = self._parts.netloc.rpartition("@")[0]
        self.dsn = urlunsplit(self._parts._replace(netloc=f"{account}@127.0.0.1:{port}", query=""))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._carried):
            task.cancel()

    def silence(self) -> None:
        """Let nothing pass; what is open stays open."""
        self._passing.clear()

    def heal(self, *, forget: bool = True) -> None:
        """Let connections pass again; the old ones stay silent for good when they are forgotten, as by a firewall."""
        if forget:
            self._passing = asyncio.Event()
        self._passing.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passing = self._passing
        host = parse_qs(self._parts.query).get("host", [self._parts.hostname or "127.0.0.1"])[0]
        port = self._parts.port or 5432
        try:
            if host.startswith("/"):
                behind = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
            else:
                behind = await asyncio.open_connection(host, port)
        except OSError:  # nobody listens there now
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._carried.add(task)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(_pump(reader, behind[1], passing), _pump(behind[0], writer, passing))
        finally:
            self._carried.discard(task)
            for one in (writer, behind[1]):
                with contextlib.suppress(OSError, RuntimeError):
                    one.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passing: asyncio.Event) -> None:
    """Pass on what comes, then the end: of a killed process with something unread the kernel sends a reset."""
    with contextlib.suppress(OSError):
        while chunk := await reader.read(1 << 16):
            await passing.wait()
            writer.write(chunk)
            await writer.drain()
    await passing.wait()
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()
