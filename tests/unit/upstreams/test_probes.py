"""Against a server that is up or down."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from pydantic import SecretStr

from proxy.core.routing.routing import Sender
from proxy.core.targets.access import Access, Probe
from proxy.upstreams.circuit import FAILURES_TO_OPEN, Circuits
from proxy.upstreams.client import HttpUpstreams, TargetLimits
from proxy.upstreams.credentials import Credentials
from proxy.upstreams.probes import Prober
from testing.fakes import FixedClock, target

ANN = Sender("ann")


@asynccontextmanager
async def probing():
    """Yields (look, circuits, what the server saw, its status, the clock)."""
    seen, status, clock = [], [200], FixedClock()

    async def handler(request):
        seen.append(request)
        return web.Response(status=status[0], headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    upstreams = HttpUpstreams(Credentials(lambda _: SecretStr("sk-1")), TargetLimits(connect_s=1.0), clock)
    await upstreams.start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    access = Access(credential="KEY", probe=Probe("/health", 10.0, 1.0))
    targets = {
        "a": target("a", base_url=base, access=access),
        "b": target("b", base_url=base),
        "c": target("c", base_url="", access=access),
    }
    circuits = Circuits(clock)
    probes = Prober(upstreams._get, circuits, clock)

    async def look(**changes):
        await probes.look(targets | changes)

    try:
        yield look, circuits, seen, status, clock
    finally:
        await upstreams.close()
        await runner.cleanup()


async def test_a_target_with_a_probe_is_asked_when_it_is_due():
    async with probing() as (look, _, seen, _, clock):
        for step in (0, 9.5, 0.5, 5):
            clock.seconds += step
            await look()
        assert [(one.method, one.path, one.headers["Authorization"]) for one in seen] == [
            ("GET", "/health", "Bearer sk-1")
        ] * 2


@pytest.mark.parametrize(
    ("answer", "up"), [(200, True), (204, True), (302, True), (404, True), (500, False), (503, False)]
)
async def test_what_it_answers_decides_for_everybody(answer, up):
    async with probing() as (look, circuits, seen, status, clock):
        status[0] = answer
        for _ in range(FAILURES_TO_OPEN):
            await look()
            clock.seconds += 10
        clock.seconds -= 10
        assert (circuits.closed("a", ANN), len(seen)) == (up, FAILURES_TO_OPEN)
        status[0] = 200
        clock.seconds += 10
        await look()
        assert circuits.down() == frozenset()


async def test_no_answer_is_a_failure():
    async with probing() as (look, circuits, _, _, clock):
        away = target("a", base_url="http://127.0.0.1:9", access=Access(probe=Probe("/health", 10.0, 1.0)))
        for _ in range(FAILURES_TO_OPEN):
            await look(a=away)
            clock.seconds += 10
        assert circuits.down() == {"a"}


async def test_probes_run_while_the_client_is_open():
    seen = []

    async def handler(request):
        seen.append(request.path)
        return web.Response()

    app = web.Application()
    app.router.add_get("/health", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    upstreams = HttpUpstreams(Credentials(lambda _: None), TargetLimits(), FixedClock())
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    upstreams.targets = {"a": target("a", base_url=base, access=Access(probe=Probe("/health")))}
    await upstreams.start()
    try:
        async with asyncio.timeout(10):
            while not seen:
                await asyncio.sleep(0.01)
    finally:
        await upstreams.close()
        await runner.cleanup()
    assert seen == ["/health"]
