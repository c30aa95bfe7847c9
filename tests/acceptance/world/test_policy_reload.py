"""The bundle changes often under load: nothing fails, and every record is what its revision says."""

from __future__ import annotations

import asyncio
import json
import os
import time

import aiohttp
import pytest

from proxy.policy.bundles import bundle, tree
from proxy.runtime.resources import shipped

pytestmark = [pytest.mark.stack, pytest.mark.slow]
THOROUGH = bool(os.environ.get("THOROUGH"))
CHANGES = 20 if THOROUGH else 8
LINGER_S = 0.2
PATIENCE_S = 15
RATE = 200 if THOROUGH else 50
CLIENTS = 32 if THOROUGH else 8
RULE = """package org.reload

import rego.v1

deny contains {"code": "RELOAD_%d", "rule_id": "org.reload", "citation": ["test"], "evidence": []} if %s
"""


def bundles(data):
    """Bundles by revision: every other one refuses everything, each with a code of its own."""
    library = tree.read(shipped("policies"))
    made = {}
    for number in range(CHANGES):
        rule = RULE % (number, 'input.phase == "request"' if number % 2 else "false")
        info, packed = bundle.build(tree.Tree({**library.modules, "overlay/reload.rego": rule}), data)
        made[info.revision] = (packed, f"RELOAD_{number}" if number % 2 else "")
    return made


async def loaded(world, done):
    """Ask at a steady rate until ``done``; return the number of requests, the odd answers and the exchanges."""
    body = json.dumps({"model": "ok", "messages": [{"role": "user", "content": "What is a good name for a boat?"}]})
    headers = {"authorization": f"Bearer {world.line.key}", "content-type": "application/json"}
    url = f"{world.line.stack.proxy_url}/v1/chat/completions"
    odd, exchanges = [], []
    begun = time.monotonic()
    turn = iter(range(10**9))

    async def client(session):
        while not done.is_set():
            await asyncio.sleep(max(0.0, begun + next(turn) / RATE - time.monotonic()))
            async with session.post(url, data=body, headers=headers) as reply:
                text = await reply.text()
                if reply.status == 200 or (reply.status == 403 and "RELOAD_" in text):
                    exchanges.append((reply.headers["x-compliance-exchange"], reply.status))
                else:
                    odd.append((reply.status, text[:200]))

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
        for _ in range(CLIENTS):
            tasks.create_task(client(session))
    return odd, dict(exchanges), time.monotonic() - begun


async def swapped(world, path, revision, packed):
    """Put a bundle in force and wait until the engine has it."""
    bundle.put(path, packed)
    async with asyncio.timeout(PATIENCE_S), aiohttp.ClientSession() as session:
        while True:
            async with session.post(f"{world.line.stack.opa_url}/v1/data/bundle/revision", json={}) as reply:
                if (await reply.json()).get("result") == revision:
                    return
            await asyncio.sleep(0.05)


async def restored(world, path, before):
    """Put the stack's own bundle back and wait until the proxy decides by it: other modules share the stack."""
    bundle.put(path, before)
    async with asyncio.timeout(PATIENCE_S):
        while (await asyncio.to_thread(world.ask, "What is a good name for a boat?")).status != 200:
            await asyncio.sleep(0.05)


async def test_bundles_change_under_load(world):
    path = world.line.state_dir / "bundle.tar.gz"
    before = path.read_bytes()
    made = await asyncio.to_thread(bundles, bundle.read(path).data)
    (first, *later) = ((revision, packed) for revision, (packed, _) in made.items())
    done = asyncio.Event()
    try:
        await swapped(world, path, *first)
        async with asyncio.TaskGroup() as tasks:
            load = tasks.create_task(loaded(world, done))
            for revision, packed in later:
                await swapped(world, path, revision, packed)
                await asyncio.sleep(LINGER_S)
            done.set()
    finally:
        await restored(world, path, before)
    odd, exchanges, seconds = load.result()
    print(f"\n{len(exchanges)} requests in {seconds:.1f} s ({len(exchanges) / seconds:.0f}/s), {CHANGES} bundles")
    assert not odd, odd[:3]
    rows = await asyncio.to_thread(
        world.recorded,
        "kind = 'decision' AND exchange = ANY($1)",
        list(exchanges),
    )
    assert {row["exchange"] for row in rows} == set(exchanges)
    assert {row["revision"] for row in rows} == set(made), "a decision of no known revision, or one that never decided"
    for row in rows:
        code = made[row["revision"]][1]
        said = ("block", 403, [code]) if code else ("forward", 200, [])
        assert (row["action"], exchanges[row["exchange"]], row["codes"]) == said, "a mixed decision"
