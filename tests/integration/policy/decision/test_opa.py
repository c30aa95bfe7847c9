"""The decision point against the real engine's server: every way in which no decision comes back is a stable reason."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

import pytest
from aiohttp import web

from proxy.policy.decision.cache import CachedDecisionPoint, refreshed
from proxy.policy.decision.opa import FAILURES, REFUSED, OpaDecisionPoint
from proxy.policy.engine.engine import version
from proxy.policy.faults import PolicyFaultError

NOW = 1_795_600_800.0


@dataclass
class FixedClock:
    seconds: float = 0.0

    def now(self):
        return NOW

    def monotonic(self):
        return self.seconds


@contextlib.asynccontextmanager
async def point(url, deadline_s=5.0, **options):
    made = OpaDecisionPoint(url, deadline_s, **options)
    await made.start()
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
async def engine(put, start, tmp_path):
    put()
    async with start("opa-embedded", tmp_path / "b.tar.gz", deadline_s=30) as running:
        await running.until(lambda: ready(running))
        yield running


async def ready(engine):
    return (await engine.get("/health?bundles"))[0] == 200


async def reason(pdp, facts):
    with pytest.raises(PolicyFaultError) as fault:
        await pdp.decide(facts, "r1", NOW)
    assert fault.value.status == 503
    assert fault.value.code == "policy_unavailable"
    assert str(fault.value) == "The policy engine returned no valid decision in time."
    return fault.value.reason


async def test_decision_names_engine_bundle_and_revision(engine, facts, put):
    async with point(engine.url) as pdp:
        found = await pdp.decide(facts(), "req-1", NOW)
    assert (found.selected, found.permit) == ("far/us", True)
    assert (found.bundle, found.revision, found.data_revision) == ("compliance", put(), "d1")
    assert found.engine == version()
    assert found.document["request_id"] == "req-1"
    assert found.document["decision_id"] == found.id


async def test_engine_tells_its_data_and_its_version(engine, put):
    async with point(engine.url) as pdp:
        data, name = await pdp.about()
    assert data
    assert name == version()


async def test_engine_that_is_away_tells_nothing():
    async with point("http://127.0.0.1:1", 0.2) as pdp:
        assert await pdp.about() == ("", "")


async def test_ids_are_fresh(engine, facts):
    async with point(engine.url) as pdp:
        assert len({(await pdp.decide(facts(), "r", NOW)).id for _ in range(5)}) == 5


@pytest.mark.parametrize(
    ("tenant", "expected"), [("undefined", "undefined"), ("shape", "wrong_shape"), ("clash", "conflict")]
)
async def test_no_valid_decision_has_its_reason_and_metric(engine, facts, tenant, expected):
    before = FAILURES.labels(expected)._value.get()
    async with point(engine.url) as pdp:
        assert await reason(pdp, facts(tenant=tenant)) == expected
    assert FAILURES.labels(expected)._value.get() == before + 1


async def test_slow_engine_is_a_timeout_in_time(engine, facts):
    async with point(engine.url, 0.3) as pdp:
        begun = asyncio.get_running_loop().time()
        assert await reason(pdp, facts(tenant="hang")) == "timeout"
        assert asyncio.get_running_loop().time() - begun < 2


async def test_dead_engine_is_unreachable(engine, facts):
    async with point(engine.url) as pdp:
        await pdp.decide(facts(), "r", NOW)
        engine.process.kill()
        await engine.process.wait()
        assert await reason(pdp, facts()) == "unreachable"
        assert not await pdp.ready()
        assert await pdp.revision() == ""


async def test_engine_without_a_bundle_is_undefined(start, facts, tmp_path):
    async with start("opa-embedded", tmp_path / "none.tar.gz") as engine, point(engine.url) as pdp:
        assert await reason(pdp, facts()) == "undefined"
        assert not await pdp.ready()


async def test_decision_says_how_it_was_made(engine, facts, put):
    revision = put()
    async with point(engine.url) as pdp:
        made = await pdp.decide(facts(), "r", NOW)
        assert (made.path, made.revision, made.digest[:20]) == ("compliance/decision", revision, revision)
        assert len(made.digest) == 64
        assert made.evaluation_us > 0
        cached = refreshed(made, "r2", NOW)
        assert (cached.digest, cached.path, cached.evaluation_us) == (made.digest, made.path, 0)


async def test_refused_bundle_shows_in_the_metric(engine, tmp_path, put):
    async with point(engine.url) as pdp:
        revision = await pdp.revision()
        assert REFUSED._value.get() == 0
        (tmp_path / "b.tar.gz").write_bytes(b"rubbish")

        async def refused():
            assert await pdp.revision() == revision
            return REFUSED._value.get() == 1

        await engine.until(refused)
        put()
        await engine.until(lambda: accepted(pdp))


async def accepted(pdp):
    await pdp.revision()
    return REFUSED._value.get() == 0


async def test_revision_without_a_status_plugin_comes_from_the_data(facts):
    async def answer(request):
        if request.path == "/v1/data/bundle":
            return web.json_response({"result": {"revision": "r7"}})
        return web.json_response({"code": "internal_error"}, status=500)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with point(f"http://127.0.0.1:{runner.addresses[0][1]}") as pdp:
            assert await pdp.revision() == "r7"
    finally:
        await runner.cleanup()


async def test_ready_and_revision(engine, put):
    async with point(engine.url) as pdp:
        assert await pdp.ready()
        assert await pdp.revision() == put()


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"<html>", "malformed"),
        (200, b"[]", "malformed"),
        (200, b'{"result": null}', "wrong_shape"),
        (500, b'{"code": "internal_error"}', "engine_error"),
        (500, b'{"errors": 7}', "engine_error"),
        (404, b"[]", "engine_error"),
        (502, b"bad gateway", "malformed"),
    ],
)
async def test_odd_servers_are_no_decision(facts, status, body, expected):
    calls = []

    async def answer(request):
        calls.append(request.path_qs)
        return web.Response(status=status, body=body)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with point(f"http://127.0.0.1:{runner.addresses[0][1]}") as pdp:
            assert await reason(pdp, facts()) == expected
    finally:
        await runner.cleanup()
    assert calls == ["/v1/data/compliance/decision?provenance=true&metrics=true"], "no retry"


async def test_cache_follows_a_new_bundle_within_its_watch(engine, facts, put):
    async with point(engine.url) as pdp:
        cache = CachedDecisionPoint(pdp, 100, 60, (), FixedClock())
        assert not (await cache.decide(facts(), "r1", NOW)).cached
        assert (await cache.decide(facts(), "r2", NOW)).cached
        watching = asyncio.ensure_future(cache.watch(pdp))
        revision = put(data={"revision": "d2", "size": {}})

        async def followed():
            return (await cache.decide(facts(), "r3", NOW)).revision == revision

        await engine.until(followed)
        watching.cancel()
        assert (await cache.decide(facts(), "r4", NOW)).data_revision == "d2"


async def test_reload_under_load_never_mixes_or_fails(engine, facts, put):
    revisions = {"d1": put()}
    async with point(engine.url) as pdp:
        decisions = []
        stop = asyncio.Event()

        async def ask():
            while not stop.is_set():
                decisions.append(await pdp.decide(facts(), "r", NOW))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(4):
                tasks.create_task(ask())
            for number in range(2, 8):
                name = f"d{number}"
                revisions[name] = put(data={"revision": name, "size": {}})
                await engine.until(lambda name=name: active(pdp, revisions[name]))
            stop.set()
    assert len({decision.data_revision for decision in decisions}) >= 6
    assert all(revisions[decision.data_revision] == decision.revision for decision in decisions)


async def active(pdp, revision):
    return await pdp.revision() == revision


async def test_an_engine_whose_policies_answer_something_odd_is_not_ready_until_they_decide(engine, facts):
    async with point(engine.url) as pdp:
        for _ in range(3):
            assert (await pdp.decide(facts(tenant="odd"), "r1", NOW)).http_status == 503
        assert not await pdp.ready()
        await pdp.decide(facts(), "r2", NOW)
        assert await pdp.ready()


@pytest.mark.parametrize("tenant", ["clash", "shape", "undefined"])
async def test_an_engine_whose_decisions_fail_is_not_ready_until_they_come_back(engine, facts, put, tenant):
    async with point(engine.url) as pdp:
        assert await pdp.ready()
        for _ in range(3):
            assert await reason(pdp, facts(tenant=tenant))
        assert not await pdp.ready()
        assert not await pdp.ready()
        await pdp.decide(facts(), "r2", NOW)
        assert await pdp.ready()
