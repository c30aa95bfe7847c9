from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gzip
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from pydantic import SecretStr

from proxy.core.records import Outbound, TargetVerdict
from proxy.core.routing.routing import Sender
from proxy.core.targets.access import Access
from proxy.core.targets.regions import ExpectedOrigin
from proxy.core.wire import Wire
from proxy.errors import DownError, UpstreamCutError, UpstreamError, UpstreamModelError, UpstreamTimeoutError
from proxy.upstreams.circuit import FAILURES_TO_OPEN, OPEN_S
from proxy.upstreams.client import HttpUpstreams, TargetLimits
from proxy.upstreams.credentials import Credentials
from testing.fakes import CANARY, FixedClock, target

ANN, BOB = Sender("ann"), Sender("bob")
SECRETS = {"KEY_A": "secret-a", "KEY_B": "secret-b"}


class World:
    """A real provider on loopback and the adapter that calls it."""

    def __init__(self, upstreams, base, seen):
        self.upstreams, self.base, self.seen = upstreams, base, seen

    def outbound(self, path="/ok", name="a", **changes):
        chosen = target(name, base_url=self.base, access=Access(credential="KEY_A"), **changes)
        self.upstreams.targets = {name: chosen}
        return Outbound("x1", chosen, TargetVerdict(name, True, 0), Wire(path, b'{"a": 1}'), False, {}, (), (), False)

    async def call(self, path="/ok", **changes):
        return await self.upstreams.send(self.outbound(path, **changes), ANN)


@pytest.fixture
def world():
    @asynccontextmanager
    async def made(clock=None, **limits):
        seen: list[web.Request] = []
        app = web.Application()

        async def handler(request):
            return await answer(request, seen)

        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = "http://127.0.0.1:" + str(runner.addresses[0][1])
        named = {"connect_s": 1.0, "max_bytes": 10_000} | limits
        credentials = Credentials(lambda name: SecretStr(SECRETS[name]) if name in SECRETS else None)
        upstreams = HttpUpstreams(credentials, TargetLimits(**named), clock or FixedClock())
        await upstreams.start()
        try:
            yield World(upstreams, base, seen)
        finally:
            await upstreams.close()
            await runner.cleanup()

    return made


async def answer(request, seen):
    await request.read()
    seen.append(request)
    behave = {
        "/stall-head": stall_head,
        "/stall-body": stall_body,
        "/cut": cut,
        "/cut-head": cut_head,
        "/drip": drip,
        "/stream": stream,
        "/model-stream": model_stream,
    }
    if request.path in behave:
        return await behave[request.path](request)
    if request.path.startswith("/status/"):
        return web.Response(status=int(request.path[8:]))
    return web.Response(**REPLIES["/" + request.path.split("/")[1]])


REPLIES = {
    "/redirect": {"status": 307, "headers": {"Location": "/ok"}},
    "/big": {"body": b"x" * 20_000},
    "/bomb": {"body": gzip.compress(b"\0" * 20_000_000), "headers": {"Content-Encoding": "gzip"}},
    "/gzip": {"body": gzip.compress(b"plain"), "headers": {"Content-Encoding": "gzip"}},
    "/bad-gzip": {"body": b"garbage", "headers": {"Content-Encoding": "gzip"}},
    "/model": {"body": b'{"model": "m-1", "usage": {"inference_geo": "us"}}', "content_type": "application/json"},
    "/ok": {
        "body": b'{"ok": 1}',
        "content_type": "application/json",
        "headers": {"Set-Cookie": "s=1", "x-request-id": "r" * 500},
    },
}


async def stall_head(request):
    await asyncio.sleep(5)


async def stall_body(request):
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"x")
    await asyncio.sleep(5)
    return response


async def cut(request):
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"x")
    request.transport.close()
    return response


async def cut_head(request):
    request.transport.close()


async def drip(request):
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100):
        await response.write(b"x")
        await asyncio.sleep(0.05)
    return response


async def stream(request):
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)
    for part in (b"data: 1\n\n", b"data: [DONE]\n\n"):
        await response.write(part)
    return response


async def model_stream(request):
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for part in (b": hello\n\nda", b'ta: {"mod', b'el": "m-1"}\n\n', b"data: [DONE]\n\n"):
        await response.write(part)
        await asyncio.sleep(0.01)
    return response


async def test_what_a_target_receives(world):
    async with world() as here:
        reply = await here.call()
        assert (reply.status, reply.content_type) == (200, "application/json")
        assert reply.request_id == "r" * 128
        assert await reply.read() == b'{"ok": 1}'
        await reply.close()
        [request] = here.seen
        assert await request.read() == b'{"a": 1}'
        assert {name.lower() for name in request.headers} == {
            "host", "content-type", "accept-encoding", "connection", "authorization", "content-length",
        }  # fmt: skip
        assert request.headers["Authorization"] == "Bearer secret-a"


async def test_a_target_without_a_credential_gets_none(world):
    async with world() as here:
        outbound = here.outbound()
        for name in ("", "KEY_OF_NOBODY"):
            bare = target("b", base_url=here.base, access=Access(credential=name))
            reply = await here.upstreams.send(
                Outbound("x", bare, outbound.verdict, Wire("/ok", b""), False, {}, (), (), False), ANN
            )
            await reply.close()
            assert "Authorization" not in here.seen[-1].headers


async def test_what_leaves_is_the_wire_to_the_byte(world):
    async with world() as here:
        outbound = here.outbound()
        wire = Wire(
            "/ok/a%2Fb%3Ac:go",
            b"x\0y",
            "PUT",
            (("alt", "s e"), ("v", "1/2")),
            (("x-a", "b"), ("Authorization", "c")),
            "text/plain",
        )
        reply = await here.upstreams.send(dataclasses.replace(outbound, wire=wire), ANN)
        await reply.close()
        seen = here.seen[-1]
        assert (seen.method, seen.raw_path, await seen.read()) == ("PUT", "/ok/a%2Fb%3Ac:go?alt=s%20e&v=1%2F2", b"x\0y")
        assert (seen.content_type, seen.headers["x-a"]) == ("text/plain", "b")
        assert seen.headers.getall("Authorization") == ["Bearer secret-a"]


@pytest.mark.parametrize(("pinned", "passes"), [("", True), ("m-1", True), ("m-2", False)])
async def test_a_reply_of_another_model_than_the_pinned_one_is_not_passed_on(world, pinned, passes):
    async with world() as here:
        for path in ("/model", "/model-stream"):
            reply = await here.upstreams.send(dataclasses.replace(here.outbound(path), pinned=pinned), ANN)
            got = b""
            with contextlib.nullcontext() if passes else pytest.raises(UpstreamModelError):
                if path == "/model":
                    got = await reply.read()
                else:
                    async for chunk in reply.chunks():
                        got += chunk
            await reply.close()
            assert (b"m-1" in got) is passes


async def test_a_reply_from_a_region_that_is_not_registered_is_told_once_it_ends(world):
    async with world() as here:
        told = []
        here.upstreams.misplaced = lambda *said: told.append(said)
        for registered in ({"US"}, {"IE"}):
            expected = ExpectedOrigin(regions=frozenset(registered))
            reply = await here.upstreams.send(here.outbound("/model", expected=expected), ANN)
            await reply.read()
            assert reply.region == "us"
            await reply.close()
        assert told == [("a", "us")]


async def test_cookies_are_not_kept_and_connections_are(world):
    async with world() as here:
        for _ in range(3):
            reply = await here.call()
            await reply.read()
            await reply.close()
        assert all("Cookie" not in request.headers for request in here.seen)
        assert len({request.transport.get_extra_info("peername") for request in here.seen if request.transport}) == 1


async def test_a_connection_is_reused_after_a_stream_that_was_read_to_its_marker(world):
    async with world() as here:
        peers = []
        for _ in range(2):
            reply = await here.call("/stream")
            assert reply.content_type == "text/event-stream"
            async for chunk in reply.chunks():
                if b"[DONE]" in chunk:
                    break
            peers.append(here.seen[-1].transport.get_extra_info("peername"))
            await reply.close()
        assert peers[0] == peers[1]


async def test_redirects_are_refused(world):
    async with world() as here:
        with pytest.raises(UpstreamError, match="redirect"):
            await here.call("/redirect")
        assert [request.path for request in here.seen] == ["/redirect"]


@pytest.mark.parametrize(
    ("path", "error"),
    [("/stall-body", UpstreamTimeoutError), ("/cut", UpstreamError), ("/big", UpstreamError), ("/bomb", UpstreamError),
     ("/bad-gzip", UpstreamError), ("/drip", UpstreamTimeoutError)],
)  # fmt: skip
async def test_bodies_that_break(world, path, error):
    async with world() as here:
        reply = await here.call(path, timeout_s=0.5)
        with pytest.raises(error) as caught:
            await reply.read()
        await reply.close()
        assert type(caught.value) is error
        assert "127.0.0.1" not in str(caught.value)


async def test_a_targets_own_path_and_query_go_with_the_request(world):
    async with world() as here:
        outbound = here.outbound("/chat/completions")
        base = f"{here.base}/deployments/a%2Fb?api-version=2024-10-21"
        await here.upstreams.send(
            dataclasses.replace(outbound, target=dataclasses.replace(outbound.target, base_url=base)), ANN
        )
        assert here.seen[-1].raw_path == "/deployments/a%2Fb/chat/completions?api-version=2024-10-21"


async def test_a_head_that_does_not_come(world):
    async with world() as here:
        with pytest.raises(UpstreamTimeoutError):
            await here.call("/stall-head", timeout_s=0.05)


@pytest.mark.parametrize("base", ["http://127.0.0.1:1", "", "no url", f"http://{CANARY}.invalid:1"])
async def test_nobody_there(world, base):
    async with world() as here:
        with pytest.raises(UpstreamError) as caught:
            await here.upstreams.send(
                Outbound(
                    "x",
                    target("t", base_url=base),
                    TargetVerdict("t", True, 0),
                    Wire("/v1", b""),
                    False,
                    {},
                    (),
                    (),
                    False,
                ),
                ANN,
            )
        assert CANARY not in str(caught.value)


async def test_not_started():
    upstreams = HttpUpstreams(Credentials(lambda _: None), TargetLimits(), FixedClock())
    with pytest.raises(UpstreamError):
        await upstreams.send(
            Outbound("x", target("t"), TargetVerdict("t", True, 0), Wire("/", b""), False, {}, (), (), False), ANN
        )
    await upstreams.close()


@pytest.mark.parametrize("status", [500, 503])
async def test_the_circuit_opens_after_failures_and_closes_with_time_and_success(world, status):
    clock = FixedClock()
    async with world(clock) as here:
        for _ in range(FAILURES_TO_OPEN):
            assert here.upstreams.available("a", ANN) or not here.seen
            reply = await here.call(f"/status/{status}")
            await reply.close()
        assert not here.upstreams.available("a", ANN)
        assert here.upstreams.available("a", BOB)
        clock.seconds += OPEN_S
        assert here.upstreams.available("a", ANN)
        reply = await here.call("/status/500")
        await reply.close()
        assert not here.upstreams.available("a", ANN)
        clock.seconds += OPEN_S
        reply = await here.call()
        await reply.close()
        assert here.upstreams.available("a", ANN)


@pytest.mark.parametrize("status", [400, 401, 404, 429])
async def test_a_refusal_does_not_open_the_circuit(world, status):
    async with world() as here:
        for _ in range(FAILURES_TO_OPEN + 1):
            reply = await here.call(f"/status/{status}")
            assert reply.status == status
            await reply.close()
        assert here.upstreams.available("a", ANN)


async def test_a_target_without_an_address_is_not_available(world):
    async with world() as here:
        here.upstreams.targets = {"t": target("t", base_url="")}
        assert not here.upstreams.available("t", ANN)
        assert not here.upstreams.available("unknown", ANN)


async def test_a_reply_that_came_compressed_unasked_is_inflated(world):
    async with world() as here:
        reply = await here.call("/gzip")
        assert await reply.read() == b"plain"
        await reply.close()


async def test_a_compressed_stream_is_not_passed_on(world):
    async with world() as here:
        reply = await here.call("/bomb")
        with pytest.raises(UpstreamError, match="compressed"):
            await anext(reply.chunks())
        await reply.close()


async def test_a_target_that_cannot_be_reached_is_down_for_every_sender(world):
    async with world() as here:
        gone = here.outbound()
        gone = dataclasses.replace(gone, target=target("a", base_url="http://127.0.0.1:1"))
        for _ in range(FAILURES_TO_OPEN):
            with pytest.raises(UpstreamError):
                await here.upstreams.send(gone, ANN)
        assert not here.upstreams.available("a", BOB)
        assert here.upstreams.wait("a", BOB) == OPEN_S


@pytest.mark.parametrize("path", ["/cut-head", "/stall-head"])
async def test_a_connection_that_breaks_over_one_tenants_requests_is_no_fault_of_others(world, path):
    async with world() as here:
        for _ in range(FAILURES_TO_OPEN):
            with pytest.raises(UpstreamError):
                await here.call(path, timeout_s=0.05)
        assert not here.upstreams.available("a", ANN)
        assert here.upstreams.available("a", BOB)


@pytest.mark.parametrize(
    ("head", "body", "cut"),
    [
        ("", b"1\n2\n", True),
        ("Content-Length: 4", b"1\n2\n", False),
        ("Transfer-Encoding: chunked", b"4\r\n1\n2\n\r\n0\r\n\r\n", False),
    ],
)
async def test_a_stream_that_ends_with_its_connection_may_be_cut(world, head, body, cut):
    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        lines = [
            "HTTP/1.1 200 OK",
            "Content-Type: application/jsonl",
            "Connection: close",
            *([head] if head else []),
            "",
            "",
        ]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with world() as here, server:
        here.base = "http://127.0.0.1:" + str(server.sockets[0].getsockname()[1])
        reply, received = await here.call(), []
        with pytest.raises(UpstreamCutError) if cut else contextlib.nullcontext():
            async for chunk in reply.chunks():
                received.append(chunk)  # noqa: PERF401 - what came before the fault counts
        assert b"".join(received) == b"1\n2\n"
        await reply.close()


async def test_a_failing_target_gets_one_request_to_try_it_of_all_that_wait(world):
    clock = FixedClock()
    async with world(clock) as here:
        for _ in range(FAILURES_TO_OPEN):
            await (await here.call("/status/500")).close()
        clock.seconds += OPEN_S
        sent = len(here.seen)
        ends = await asyncio.gather(*(here.call() for _ in range(20)), return_exceptions=True)
        assert [type(end) for end in ends].count(DownError) == 19
        assert len(here.seen) == sent + 1
        assert all(end.untried and end.retry_after_s == OPEN_S for end in ends if isinstance(end, DownError))
        [reply] = [end for end in ends if not isinstance(end, DownError)]
        await reply.close()
        assert here.upstreams.available("a", ANN)
