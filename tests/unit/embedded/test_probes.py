from __future__ import annotations

import asyncio
import socket

import pytest

from proxy.embedded.probes import answers, free_ports, http_status, is_free


@pytest.mark.parametrize(("reply", "status"), [
    (b"HTTP/1.1 200 OK\r\n\r\n", 200),
    (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", 503),
    (b"nonsense\r\n", 0),
    (b"", 0),
])  # fmt: skip
async def test_http_status_reads_the_status_line(reply, status):
    seen = []

    async def answer(reader, writer):
        seen.append(await reader.readline())
        writer.write(reply)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/health?bundles"
        assert await http_status(url) == status
        assert await answers(url)() is (status == 200)
    assert seen[0] == b"GET /health?bundles HTTP/1.1\r\n"


async def test_http_status_is_zero_when_nobody_listens_or_answers():
    (port,) = free_ports(1)
    assert await http_status(f"http://127.0.0.1:{port}/") == 0
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert await http_status(f"http://127.0.0.1:{silent.getsockname()[1]}/", patience_s=0.1) == 0


def test_free_ports_are_distinct_and_free():
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert all(is_free("127.0.0.1", port) for port in ports)


def test_is_free_sees_a_listener():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert not is_free("127.0.0.1", taken.getsockname()[1])
