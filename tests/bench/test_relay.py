"""The path that a bench breaks must tell of an end however it comes: a server behind it keeps a dead client's locks."""

from __future__ import annotations

import asyncio
import socket
import struct
from urllib.parse import urlsplit

from bench.chaos.relay import Relay


async def test_a_reset_is_passed_on_as_an_end():
    ended = asyncio.Event()

    async def serve(reader, writer):
        await reader.read(1)
        writer.write(b"unread")
        await reader.read()
        writer.close()
        ended.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Relay(f"postgresql://somebody@127.0.0.1:{port}/any") as relay:
            client = socket.create_connection(("127.0.0.1", urlsplit(relay.dsn).port))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(b"?")
            client.close()  # with a reset
            async with asyncio.timeout(20):
                await ended.wait()
