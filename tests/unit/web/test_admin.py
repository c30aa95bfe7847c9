from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import web

from proxy.runtime.background import Background
from proxy.web import server
from proxy.web.admin import CachedCheck, Readiness


async def test_health_needs_no_key(serve):
    async with (
        serve() as running,
        aiohttp.ClientSession() as session,
        session.get(running.url + "/healthz") as response,
    ):
        assert (response.status, await response.text()) == (200, "ok\n")


async def test_ready_when_every_part_is(serve):
    async with serve() as running, aiohttp.ClientSession() as session:

        async def ready():
            async with session.get(running.url + "/readyz") as response:
                return response.status, await response.json()

        async def yes():
            return True

        async def no():
            return False

        async def broken():
            raise RuntimeError("x")

        running.checks["audit"] = yes
        status, said = await ready()
        assert (status, said["ready"], said["catalog_revision"]) == (200, True, "c1")
        for check in (no, broken):
            running.checks["policy"] = check
            status, said = await ready()
            assert (status, said["ready"]) == (503, False)
            assert said["parts"] == {"audit": True, "policy": False, "not_draining": True}
        del running.checks["policy"]
        running.services.draining = True
        assert (await ready())[0] == 503


async def test_alive_until_a_background_task_is_lost(serve):
    """What only a restart can mend is no matter of readiness."""

    async def fails():
        raise OSError

    async with serve() as running, aiohttp.ClientSession() as session:

        async def alive():
            async with session.get(running.url + "/livez") as response:
                return response.status, await response.json()

        assert await alive() == (200, {"alive": True, "lost": []})
        background = Background()
        background.start("flusher", fails())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert await alive() == (503, {"alive": False, "lost": ["flusher"]})
        await background.stop()
        assert (await alive())[0] == 200


async def test_a_question_is_asked_once_for_many_and_again_when_the_answer_is_old():
    asked = []

    async def ask():
        asked.append(1)
        await asyncio.sleep(0.01)
        return len(asked) > 1

    check = CachedCheck(ask, every_s=0.1, patience_s=1.0)
    async with asyncio.TaskGroup() as tasks:
        answers = [tasks.create_task(check()) for _ in range(5)]
    assert [task.result() for task in answers] == [False] * 5
    assert len(asked) == 1
    await asyncio.sleep(0.15)
    assert await check()
    assert len(asked) == 2


async def test_a_part_that_does_not_answer_in_time_is_not_ready():
    async def hangs():
        await asyncio.sleep(60)
        return True

    assert not await CachedCheck(hangs, patience_s=0.05)()


async def test_operators_can_have_a_port_of_their_own(serve):
    """The public port then knows neither metrics nor readiness; the other knows nothing else."""

    async def yes():
        return True

    async with serve(readiness=False) as running:
        apart = web.AppRunner(server.health(running.services, Readiness({"audit": yes})))
        await apart.setup()
        listening = server.bound("127.0.0.1", 0, reuse=False)
        await web.SockSite(apart, listening).start()
        theirs = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            for path in ("/metrics", "/readyz", "/livez"):
                async with running.session.get(running.url + path) as public, running.session.get(theirs + path) as own:
                    assert (public.status, own.status) == (404, 200), path
            async with running.session.post(theirs + "/v1/chat/completions", data=b"{}") as response:
                assert response.status == 404
        finally:
            await apart.cleanup()
