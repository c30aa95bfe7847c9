from __future__ import annotations

import asyncio
import io
from urllib.parse import urlencode

import pytest

from proxy.console import forms

PURPOSE = "/console/session/purpose"


async def sent(served, content, *, csrf=True, path=PURPOSE, **headers):
    """Return the status that a form of these bytes gets."""
    async with served.browser("auditor") as browser:
        more = b"&csrf=" + (await browser.csrf()).encode() if csrf else b""
        own = {"Origin": browser.url, "Content-Type": forms.MEDIA_TYPE, **headers}
        async with browser.session.post(
            browser.url + path, data=io.BytesIO(content + more), headers=own, allow_redirects=False
        ) as response:
            text = await response.text()
            assert "internal_error" not in text
            return response.status


async def test_a_form_is_read(served):
    assert await sent(served, urlencode({"purpose": "Prüfung Q3"}).encode()) == 303


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"purpose=\xff\xff\xff", {}, 400), (b"purpose=%ff%ff%ff", {}, 400), (b"purpose=a%00bcd", {}, 400),
        (b"purpose=%ED%A0%80aaa", {}, 400), (b"&".join([b"a=1"] * 6000), {}, 400), (b"a=" + b"x" * (3 << 20), {}, 413),
        (b"purpose=abc", {"Content-Type": "multipart/form-data; boundary=x"}, 403),
        (b"purpose=abc", {"Content-Type": "multipart/form-data"}, 403),
        (b"purpose=abc", {"Content-Type": "application/json"}, 403),
        (b"purpose=abc", {"Content-Type": forms.MEDIA_TYPE + "; charset=nonsense"}, 303),
    ],
    ids=range(10),
)  # fmt: skip
async def test_what_is_no_form_is_refused_and_no_fault_of_ours(served, content, headers, status):
    assert await sent(served, content, **headers) == status


async def test_nobody_sends_much_to_the_login(served):
    assert await sent(served, b"link=" + b"x" * forms.SMALL, csrf=False, path="/console/login") == 413


async def test_forms_that_do_not_arrive_keep_nobody_waiting(served):
    host, port = served.url.removeprefix("http://").split(":")
    head = f"POST /console/login HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {served.url}\r\nContent-Length: 99\r\n"
    slow = [await asyncio.open_connection(host, int(port)) for _ in range(20)]
    for _, writer in slow:
        writer.write(f"{head}Content-Type: {forms.MEDIA_TYPE}\r\n\r\nlink=".encode())
        await writer.drain()
    async with served.browser("auditor") as browser:
        async with asyncio.timeout(5):
            assert (await browser.get("/console/session"))[0] == 200
    for _, writer in slow:
        writer.close()
