from __future__ import annotations

import asyncio

import orjson
import pytest

from testing.fakes import CANARY

LONG = CANARY * 400


async def talk(running, data):
    host, port = running.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    async with asyncio.timeout(3):
        received = await reader.read()
    writer.close()
    return received


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-Long: {LONG}\r\n\r\n", 413, "payload_too_large"),
        (f"GET /{LONG} HTTP/1.1\r\nHost: x\r\n\r\n", 413, "payload_too_large"),
        (f"\x16\x03\x01{CANARY}\r\n\r\n", 400, "malformed_request"),
        (f"{CANARY}\r\n\r\n", 400, "malformed_request"),
        (f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {CANARY}\r\n\r\n", 400, "malformed_request"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "malformed_request"),
    ],
)  # fmt: skip
async def test_what_is_no_request_is_answered_without_quoting_it(serve, capfd, caplog, data, status, code):
    async with serve() as running:
        received = await talk(running, data.encode())
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == str(status).encode()
    found = orjson.loads(body)["error"]
    assert found["code"] == code
    assert f"x-request-id: {found['request_id']}".encode() in head.lower()
    out, err = capfd.readouterr()
    assert CANARY not in received.decode() + out + err + caplog.text


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (f"CONNECT evil.example:443 HTTP/1.1\r\nHost: {CANARY}\r\nConnection: close\r\n\r\n", 404, "unknown_path"),
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404, "unknown_path"),
        (f"POST /x HTTP/1.1\r\nHost: x\r\nExpect: {CANARY}\r\nConnection: close\r\n\r\n", 400, "malformed_request"),
    ],
)  # fmt: skip
async def test_odd_requests_are_answered_in_the_dialect_without_quoting(serve, data, status, code):
    async with serve() as running:
        received = await talk(running, data.encode())
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == str(status).encode()
    assert orjson.loads(body)["error"]["code"] == code
    assert CANARY.encode() not in received


async def test_a_body_that_waits_to_be_asked_for_is_asked_for(serve):
    async with serve() as running:
        data = "POST /v1/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        received = await talk(running, data.encode())
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 ")


@pytest.mark.parametrize("begun", [b"", b"POST /v1/chat/completions HTTP/1.1\r\nHost"])
async def test_a_head_that_does_not_come_ends_the_connection(serve, begun):
    async with serve(idle=0.2) as running:
        assert await talk(running, begun) == b""


@pytest.mark.parametrize(
    "data", [f"{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" for line in ("GET /healthz", "POST /v1/x", "CONNECT a:1")] + ["?\r\n\r\n"]
)  # fmt: skip
async def test_no_reply_names_the_library_or_pythons_version(serve, data):
    async with serve() as running:
        head = (await talk(running, data.encode())).lower()
    assert b"\r\nserver: compliance-proxy\r\n" in head
    assert b"aiohttp" not in head
    assert b"python" not in head
