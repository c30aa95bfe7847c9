"""What the packaged engine's server does beyond OPA's contract: it answers while it evaluates, and knows when to die."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import orjson
import pytest

from proxy.policy.engine.server import EXIT_DEADLINE

ASK = "/v1/data/compliance/decision"
HANG = {"input": {"tenant": {"id": "hang"}, "candidates": []}}
SLOW = {"input": {"tenant": {"id": "slow"}, "candidates": []}}


@pytest.fixture(params=[3.0])
async def engine(put, start, tmp_path, request):
    put()
    async with start("opa-embedded", tmp_path / "b.tar.gz", deadline_s=request.param) as running:
        await running.until(lambda: ready(running))
        yield running


async def ready(engine):
    return (await engine.get("/health?bundles"))[0] == 200


async def test_health_answers_during_an_evaluation(engine):
    asking = asyncio.ensure_future(engine.ask(ASK, SLOW))
    await asyncio.sleep(0.05)
    begun = time.perf_counter()
    assert (await engine.get("/health"))[0] == 200
    took = time.perf_counter() - begun
    assert not asking.done()
    assert took < 0.5
    await asking


async def test_evaluation_past_its_deadline_ends_the_process(engine):
    with pytest.raises(aiohttp.ClientError):
        await engine.ask(ASK, HANG)
    async with asyncio.timeout(15):
        assert await engine.process.wait() == EXIT_DEADLINE
    log = engine.path.with_suffix(".log").read_text().splitlines()
    assert orjson.loads(log[-1])["event"] == "evaluation_deadline_exceeded"


async def test_waiting_questions_do_not_count_against_the_deadline(engine):
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(engine.ask(ASK, SLOW)) for _ in range(12)]
    assert [task.result()[0] for task in asked] == [200] * 12


async def test_refused_bundle_is_named_in_health_status_and_log(engine, put):
    put('package compliance\nimport rego.v1\ndecision := http.send({"method": "get", "url": "http://x"})\n')

    async def refused():
        return "refused" in (await engine.get("/health?bundles"))[1]

    await engine.until(refused)
    status, health = await engine.get("/health?bundles")
    assert (status, health["refused"]["reason"]) == (200, "impure_builtin")
    assert "http.send" in (await engine.get("/v1/status"))[1]["result"]["bundles"]["compliance"]["message"]
    events = [orjson.loads(line) for line in engine.path.with_suffix(".log").read_text().splitlines()]
    assert [event["reason"] for event in events if event["event"] == "bundle_refused"] == ["impure_builtin"]
    put()
    await engine.until(lambda: accepted(engine))


async def accepted(engine):
    return "refused" not in (await engine.get("/health?bundles"))[1]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_policy_and_data_cannot_be_written_over_http(engine, method):
    async with aiohttp.ClientSession() as session:
        async with session.request(method, f"{engine.url}/v1/data/targets", data=b"{}") as reply:
            assert reply.status == 405
        async with session.request(method, f"{engine.url}/v1/policies/x", data=b"package x") as reply:
            assert reply.status == 404


async def test_too_many_paths_are_refused(engine):
    for number in range(70):
        status, _ = await engine.ask(f"/v1/data/path/{number}", {"input": {}})
    assert status == 500


async def test_terminate_ends_it_cleanly(engine):
    engine.process.terminate()
    assert await engine.process.wait() == 0


@pytest.mark.parametrize("engine", [60.0], indirect=True)
async def test_terminate_does_not_wait_for_a_runaway_evaluation(engine):
    asking = asyncio.ensure_future(engine.ask(ASK, HANG))
    await asyncio.sleep(0.2)
    engine.process.terminate()
    async with asyncio.timeout(10):
        assert await engine.process.wait() == 0
    await asyncio.wait({asking})
    assert isinstance(asking.exception(), aiohttp.ClientError)
