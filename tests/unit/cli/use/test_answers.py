from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from proxy.cli.use.answers import Service, asked
from proxy.core.targets.clients import CLIENTS


@asynccontextmanager
async def answering(status, document):
    async def handle(request):
        assert request.headers["Authorization"] == "Bearer cp_x"
        return web.json_response(document, status=status)

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def document(served):
    return {"title": "Codex", "speaks": ["openai_responses"], "served": served}


@pytest.mark.parametrize(
    ("status", "body", "problem", "advice"),
    [
        (200, document("native"), "", ""),
        (200, document("translated"), "", "openai_responses"),
        (200, document("no"), "no target", "openai_responses"),
        (401, {}, "does not accept this key", "--key"),
        (404, {}, "not a proxy of this release", "--url"),
        (502, {}, "not a proxy of this release", "--url"),
    ],
)
async def test_every_answer_says_what_to_do(status, body, problem, advice):
    async with answering(status, body) as root:
        answer = await asked(root, "cp_x", "codex")
    assert problem in answer.problem
    assert advice in answer.advice
    assert bool(answer.problem) == bool(problem)


async def test_nobody_there():
    answer = await asked("http://127.0.0.1:9", "cp_x", "codex")
    assert "no proxy answers at http://127.0.0.1:9" in answer.problem
    assert "compliance-proxy run" in answer.advice


async def test_any_other_program_needs_a_valid_key_alone():
    assert "env" not in CLIENTS
    async with answering(200, {"data": []}) as root:
        assert await asked(root, "cp_x", "env") == Service()
