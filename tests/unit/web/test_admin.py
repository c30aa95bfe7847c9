from __future__ import annotations

import aiohttp


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
        running.gate.draining = True
        assert (await ready())[0] == 503
