from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from proxy.runtime import http


@pytest.fixture
async def address():
    async def handle(request):
        size = int(await request.text())
        return web.Response(status=201 if size else 302, body=b"x" * size, headers={"location": "/elsewhere"})

    app = web.Application()
    app.router.add_post("/", handle)
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("/"))
    await server.close()


async def test_the_whole_answer_comes_and_redirects_are_not_followed(address):
    assert (await http.request("POST", address, b"200000"))[::2] == (201, b"x" * 200_000)
    assert (await http.request("POST", address, b"0")).status == 302


async def test_an_answer_without_end_is_a_fault(address):
    with pytest.raises(OSError, match="too long"):
        await http.request("POST", address, b"300000")


async def test_headers_of_the_answer_are_named_in_lower_case(address):
    assert (await http.request("POST", address, b"0")).headers["location"] == "/elsewhere"
