"""A flood without a valid credential: a handful of rows whose counts add up to what was sent."""

from __future__ import annotations

import asyncio

import aiohttp
import asyncpg
import orjson
from aiohttp import web

from proxy.web import server
from proxy.web.admin import Readiness
from proxy.web.admission import Admission
from proxy.web.handlers import Services
from proxy.web.unauthenticated import Unauthenticated
from testing.fakes import Stage

REQUESTS = 5_000
PATHS = ("/v1/chat/completions", "/v1/models", "/v1/embeddings", "/wp-login.php", "/admin/v1/policy")


class Nobody:
    async def find(self, presented):
        return None


async def flooded(url):
    """Send with and without keys to every kind of path, bodies beyond the limit among them; return the statuses."""
    statuses = []
    turn = iter(range(REQUESTS))

    async def client(session):
        for number in turn:
            headers = {"x-api-key": f"guess-{number}"} if number % 2 else {}
            body = b"x" * (20_000 if number % 50 == 0 else 10)
            path = PATHS[number % len(PATHS)] + ("" if number % 3 else f"?n={number}")
            async with session.post(url + path, data=body, headers=headers) as reply:
                statuses.append(reply.status)

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
        for _ in range(16):
            tasks.create_task(client(session))
    return statuses


async def test_a_flood_without_a_credential_costs_a_handful_of_rows(log, fresh_dsn):
    stage = Stage()
    counts = Unauthenticated(stage.clock, log)
    services = Services(stage.pipeline, Nobody(), log, stage.clock, 5.0, Admission(), counts)
    runner = server.runner(server.application(services, Readiness({}), server.ServerLimits(10_000, 4096, 0.2)), server.ServerLimits(10_000, 4096, 0.2))  # fmt: skip
    await runner.setup()
    listening = server.bound("127.0.0.1", 0, reuse=False)
    await web.SockSite(runner, listening).start()
    try:
        counting = asyncio.create_task(counts.run())
        statuses = await flooded(f"http://127.0.0.1:{listening.getsockname()[1]}")
    finally:
        counting.cancel()
        await runner.cleanup()
    counts.record(everything=True)
    await log.close()
    assert set(statuses) == {401}
    connection = await asyncpg.connect(fresh_dsn)
    try:
        rows = await connection.fetch("SELECT action, body::text AS body FROM audit.record")
    finally:
        await connection.close()
    facts = [orjson.loads(row["body"])["facts"] for row in rows if row["action"] == "authentication_failed"]
    assert len(facts) <= 2 * 2 * len(PATHS)  # at its begin and at the end, with and without a key
    assert len(rows) == len(facts) + 2  # the chain's opening and closing
    assert sum(one["count"] for one in facts) == REQUESTS
    assert {one["path"] for one in facts} == {*PATHS[:3], "unknown", "admin"}
