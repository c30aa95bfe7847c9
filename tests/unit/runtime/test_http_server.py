from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from proxy.runtime.http_server import QuietRunner
from testing.fakes import CANARY

REQUEST = "{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


async def _answer(_):
    return web.Response(text="here")


async def _stream(request):
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"begun")
    raise ValueError(CANARY)


async def _fail(_):
    raise ValueError(CANARY)


@asynccontextmanager
async def serving():
    """Yield what sends bytes to an application with another one below it, and returns all that it answers."""
    app, below = web.Application(), web.Application()
    app.router.add_get("/", _answer)
    app.router.add_get("/stream", _stream)
    app.router.add_get("/fail", _fail)
    below.router.add_get("/page", _answer)
    app.add_subapp("/below/", below)
    runner = QuietRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()

    async def send(sent):
        reader, writer = await asyncio.open_connection(*runner.addresses[0])
        writer.write(sent.encode())
        async with asyncio.timeout(3):
            received = await reader.read()
        writer.close()
        return received.decode()

    yield send
    await runner.cleanup()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (REQUEST.format("GET /"), 200), (REQUEST.format("GET /below/page"), 200), (REQUEST.format("GET /nothing"), 404),
        (REQUEST.format("POST /"), 405), (REQUEST.format("GET /stream"), 200), (REQUEST.format("GET /fail"), 500),
        (f"{CANARY}\r\n\r\n", 400), (f"GET /{CANARY * 900} HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ],
)  # fmt: skip
async def test_no_reply_names_library_or_python_or_quotes_the_request(capfd, caplog, sent, status):
    async with serving() as send:
        received = await send(sent)
    head, _, body = received.partition("\r\n\r\n")
    assert int(head.split(" ")[1]) == status
    assert re.findall("^server: ([^\r\n]*)", head, re.IGNORECASE | re.MULTILINE) == ["compliance-proxy"]
    assert not re.search("aiohttp|python", received, re.IGNORECASE)
    out, err = capfd.readouterr()
    assert CANARY not in body + out + err + caplog.text


def test_every_server_of_the_product_is_run_so():
    sources = {path: path.read_text() for path in Path("proxy").rglob("*.py") if path.name != "http_server.py"}
    assert sources
    assert [
        str(path) for path, text in sources.items() if re.search(r"web\.(AppRunner|run_app|ServerRunner)\(", text)
    ] == []
