from __future__ import annotations

import asyncio

import orjson
import pytest

from proxy.errors import UpstreamError
from proxy.web import client, metrics
from testing.fakes import DONE, FakePdp, FakeReply, FakeUpstreams, Stage, chat, completion, delta

STREAM = "text/event-stream"
KEY = "cp_demo"


async def raw(running, body):
    """Send one request over a bare socket."""
    host, port = running.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    return reader, writer


class Waiting(FakeReply):
    """A stream that stops in the middle until it is told to go on."""

    def __init__(self):
        super().__init__(200, STREAM)
        self.go_on = asyncio.Event()

    async def chunks(self):
        yield delta("Hi")
        await self.go_on.wait()
        yield delta("there", finish="stop")
        yield DONE


async def test_a_stream_is_passed_on_as_it_comes(serve):
    reply = Waiting()
    stage = Stage(upstreams=FakeUpstreams({"a": reply}))
    async with serve(stage) as running, running.post(chat(stream=True)) as response:
        assert response.content_type == STREAM
        assert response.headers["Cache-Control"] == "no-store"
        assert await response.content.readany() == delta("Hi")
        reply.go_on.set()
        assert await response.content.read() == delta("there", finish="stop") + DONE


async def test_a_broken_stream_has_no_end(serve):
    reply = FakeReply(200, STREAM, [delta("Hi")], UpstreamError())
    async with serve(Stage(upstreams=FakeUpstreams({"a": reply}))) as running:
        reader, writer = await raw(running, chat(stream=True))
        received = await reader.read()
        writer.close()
    assert received.count(b"HTTP/1.1") == 1
    assert b"\r\n0\r\n\r\n" not in received
    assert b"upstream_error" in received


async def test_a_bug_in_the_middle_of_a_stream_has_no_end(serve):
    reply = FakeReply(200, STREAM, [delta("Hi")], RuntimeError("x"))
    stage = Stage(upstreams=FakeUpstreams({"a": reply}))
    async with serve(stage) as running:
        reader, writer = await raw(running, chat(stream=True))
        received = await reader.read()
        writer.close()
    assert received.count(b"HTTP/1.1") == 1
    assert b"\r\n0\r\n\r\n" not in received
    assert stage.audit.outcome()[1]["ended"] == "failed"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_caller_that_leaves_is_noticed_and_recorded(serve, stream):
    reply = Waiting()
    if not stream:
        reply.content_type = "application/json"
    stage = Stage(upstreams=FakeUpstreams({"a": reply}))
    async with serve(stage) as running:
        reader, writer = await raw(running, chat(stream=stream))
        if stream:
            await reader.readuntil(b"Hi")
        while not stage.upstreams.sent:
            await asyncio.sleep(0.005)
        writer.transport.abort()
        async with asyncio.timeout(3):
            while not stage.audit.records("outcome"):
                await asyncio.sleep(0.005)
        assert not running.services.admission.in_flight
    outcome, facts = stage.audit.outcome()
    assert (outcome.status, facts["ended"]) == (499, "client_gone")
    assert reply.closed == 1


class Lingering(FakeReply):
    """A reply whose connection takes until a cancellation to close."""

    async def close(self):
        await super().close()
        await asyncio.Event().wait()


@pytest.mark.parametrize("stream", [False, True])
async def test_a_caller_that_leaves_with_its_whole_reply_is_answered(serve, stream, monkeypatch):
    counted = []
    monkeypatch.setattr(metrics, "served", lambda answered, seconds=None: counted.append(answered))
    parts = [delta("Hi", finish="stop"), DONE] if stream else [completion("Hi")]
    reply = Lingering(200, STREAM if stream else "application/json", parts)
    stage = Stage(upstreams=FakeUpstreams({"a": reply}))
    async with serve(stage) as running:
        reader, writer = await raw(running, chat(stream=stream))
        await reader.readuntil(b"0\r\n\r\n" if stream else b"}]}")
        writer.transport.abort()
        async with asyncio.timeout(3):
            while not counted:
                await asyncio.sleep(0.005)
    outcome, facts = stage.audit.outcome()
    assert (counted[0].status, counted[0].responsibility) == (200, "none")
    assert (outcome.status, facts["ended"]) == (200, "delivered")


@pytest.mark.parametrize("stream", [False, True])
async def test_a_caller_that_never_reads_has_left(serve, stream, monkeypatch):
    monkeypatch.setattr(client, "_SLOWEST", 1 << 30)
    piece = "x" * (1 << 20)
    parts = [delta(piece)] * 64 + [DONE] if stream else [completion(piece * 16)]
    reply = FakeReply(200, STREAM if stream else "application/json", parts)
    stage = Stage(upstreams=FakeUpstreams({"a": reply}))
    async with serve(stage, body_timeout=0.3) as running:
        _, writer = await raw(running, chat(stream=stream))
        writer.transport.pause_reading()
        async with asyncio.timeout(8):
            while not stage.audit.records("outcome"):
                await asyncio.sleep(0.02)
        writer.close()
        assert not running.services.admission.in_flight
    assert stage.audit.outcome()[1]["ended"] == "client_gone"
    assert reply.closed == 1


async def test_a_denial_is_whole(serve):
    stage = Stage(pdp=FakePdp(denied=frozenset({"a", "b", "local"})))
    async with serve(stage) as running, running.post(chat(stream=True)) as response:
        assert (response.status, response.headers["x-compliance-action"]) == (403, "block")
        assert orjson.loads(await response.read())["error"]["code"] == "NO_COMPLIANT_TARGET"
