from __future__ import annotations

import asyncio
import base64
import gzip
import random
import sys
import zlib

import orjson
import pytest

from testing.fakes import chat
from tests.unit.web.test_handlers import error, recorded

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


async def test_gzip_bomb(serve):
    bomb = gzip.compress(b"\0" * 20_000_000)
    assert len(bomb) < 30_000
    async with serve(body=100_000) as running, running.post(bomb, Content_Encoding="gzip") as response:
        await error(response, 413, "payload_too_large")
        recorded(running.stage, "payload_too_large")


async def test_compressed_body_is_read_and_leaves_uncompressed(serve):
    async with serve() as running, running.post(gzip.compress(chat("hi")), Content_Encoding="gzip") as response:
        assert response.status == 200
        assert orjson.loads(running.stage.upstreams.sent[0].wire.body) == orjson.loads(chat("hi"))


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
async def test_a_body_in_zstd_is_read_and_leaves_uncompressed(serve, path):
    body = orjson.dumps({"model": "m", "input": "hi"}) if path.endswith("responses") else chat("hi")
    async with serve() as running, running.post(zstd.compress(body), path, Content_Encoding="zstd") as response:
        assert response.status in {200, 502}
        assert b"hi" in running.stage.upstreams.sent[0].wire.body


@pytest.mark.parametrize("body", [b"garbage", gzip.compress(chat())[:-12], b""], ids=["garbage", "cut", "empty"])
async def test_broken_compression(serve, body):
    async with serve() as running, running.post(body, Content_Encoding="gzip") as response:
        assert response.status == 400
        assert (await response.json())["error"]["code"] == "malformed_request"
        assert running.stage.upstreams.sent == []


async def test_slow_body(serve):
    async def slowly():
        yield b"{"
        await asyncio.sleep(2)

    async with serve(body_timeout=0.1) as running:
        async with running.session.post(running.url + "/v1/chat/completions", data=slowly()) as response:
            await error(response, 400, "malformed_request")
        recorded(running.stage, "malformed_request")


@pytest.mark.parametrize("encoding", ["br", "zstd, zstd", "gzip, gzip", "identity, gzip", "compress"])
async def test_other_encodings_and_several_are_refused(serve, encoding):
    async with serve() as running, running.post(gzip.compress(chat()), Content_Encoding=encoding) as response:
        await error(response, 415, "unsupported_encoding")
        recorded(running.stage, "unsupported_encoding")


@pytest.mark.parametrize("compress", [zlib.compress, lambda body: zlib.compress(body)[2:-4], gzip.compress])
async def test_both_spellings_of_deflate_are_read(serve, compress):
    encoding = "gzip" if compress is gzip.compress else "deflate"
    async with serve() as running, running.post(compress(chat("hi")), Content_Encoding=encoding) as response:
        assert response.status == 200


@pytest.mark.parametrize("compressed", [False, True])
async def test_after_a_body_that_is_too_large_the_connection_ends(serve, compressed):
    """The rest of a body that was refused is taken for a moment, never inflated, and no second request is heard."""
    sent = gzip.compress(b"\0" * 50_000_000) if compressed else b"x" * 50_000
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer cp_demo\r\n"
    head += b"Content-Encoding: gzip\r\n" * compressed + b"Transfer-Encoding: chunked\r\n\r\n"
    async with serve() as running:
        host, port = running.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head + b"%x\r\n" % len(sent) + sent + b"\r\n")
        async with asyncio.timeout(5):
            received = await reader.read()
        writer.close()
    assert received.startswith(b"HTTP/1.1 413")
    assert received.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    ("body", "code"),
    [(chat("the clerk counted every crate twice " * 20_000), "too_much_text"),
     (b'{"model": "m", "messages": [' + b"1," * 250_000 + b"1]}", "payload_too_large")],
)  # fmt: skip
async def test_what_cannot_be_read_is_refused_while_it_comes(serve, body, code, compressed):
    """The rest of the body never comes: nobody waits for it, and nothing is parsed."""

    async def endlessly():
        yield gzip.compress(body)[:-8] if compressed else body[:-3]
        await asyncio.sleep(60)

    headers = {"Content_Encoding": "gzip"} if compressed else {}
    async with serve(body=10_000_000, bytes=1 << 24, text=500_000) as running, asyncio.timeout(20):
        async with running.post(endlessly(), **headers) as response:
            await error(response, 413, code)
        recorded(running.stage, code)


async def test_a_picture_is_no_text(serve):
    url = "data:image/png;base64," + base64.b64encode(random.Random(1).randbytes(300_000)).decode()
    body = chat([{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}])
    async with serve(body=1_000_000, text=10_000) as running, running.post(body) as response:
        assert (await response.json()).get("error", {}).get("code") != "too_much_text"


@pytest.mark.parametrize(
    "word", ["Anna_Schmidt_lives_", "word-", "a/b/c/", "QWxhZGRpbjpvcGVuIHNlc2FtZQ", "x" * 400, "Zm9v\\n"]
)
@pytest.mark.parametrize("padded", [False, True])
async def test_text_without_blanks_is_no_picture(serve, word, padded):
    """What is read as a text counts as one, however much it looks like base64 while it comes."""
    text = (word * 30_000)[:30_000]
    parts = [{"type": "text", "text": text[at : at + 6_000]} for at in range(0, 30_000, 6_000)] if padded else text
    async with serve(body=1_000_000, text=10_000) as running, running.post(chat(parts)) as response:
        await error(response, 413, "too_much_text")


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/json"])
async def test_a_text_of_any_media_type_is_refused_when_there_is_too_much(serve, media):
    body = orjson.dumps({"data": "word " * 4_000})
    async with (
        serve(body=1_000_000, text=10_000) as running,
        running.post(body, "/predictions/bert", Content_Type=media) as response,
    ):
        told = await response.json()
        assert (response.status, told["type"], told["code"]) == (413, "too_much_text", 413)
