from __future__ import annotations

import asyncio

from proxy.console.forms import PageTurns


async def test_one_person_never_has_every_turn():
    turns, leave, running = PageTurns(), asyncio.Event(), []

    async def page(person):
        async with turns.taken("acme", person):
            running.append(person)
            await leave.wait()

    many = [asyncio.create_task(page("greedy")) for _ in range(30)]
    await asyncio.sleep(0)
    others = [asyncio.create_task(page(f"officer {number}")) for number in range(20)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert running == ["greedy"] * 3 + [f"officer {number}" for number in range(5)]
    leave.set()
    await asyncio.gather(*many, *others)
    assert len(running) == 50
