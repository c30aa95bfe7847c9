"""One tenant attacks for as long as the row lasts, another one goes on asking."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from bench.hostile.quiet import beside
from bench.hostile.rows import Found, row
from bench.hostile.stand import Answer, Stand, messages
from bench.hostile.tenants import prose

_LASTS_S = 20.0
_MUST = "p99 of the quiet tenant at most twice its own throughout; nothing but 200, 413 and 429 to the other"
Ask = Callable[[int], Awaitable[Answer]]


async def _throughout(ask: Ask, at_once: int, seen: Counter[str]) -> list[str]:
    """Ask so many at once, each again as soon as it is answered; return what was odd."""
    until = time.monotonic() + _LASTS_S

    async def again(number: int) -> None:
        while time.monotonic() < until:
            answer = await ask(number)
            seen[str(answer)] += 1
            if answer.status == 429:
                await asyncio.sleep(0.05)

    async with asyncio.TaskGroup() as tasks:
        for number in range(at_once):
            tasks.create_task(again(number))
    return [f"{n} x {said}" for said, n in seen.items() if said[:3] not in {"200", "413", "429"}]


async def _measured(stand: Stand, ask: Ask, at_once: int) -> Found:
    seen: Counter[str] = Counter()
    found = await beside(stand, lambda: _throughout(ask, at_once, seen))
    return Found(found.holds, found.said, {**found.figures, "answers": dict(seen)})


@row("new texts throughout", "4 KB of new text, twelve at once, for 20 s", group="sustained", must=_MUST)
async def new_texts(stand: Stand) -> Found:
    """Each text is new."""
    return await _measured(stand, lambda _: stand.ask("loud", prose(4000)), 12)


@row("large bodies throughout", "bodies of 1 MiB and of 15 MB back to back for 20 s", group="sustained", must=_MUST)
async def large_bodies(stand: Stand) -> Found:
    """Two senders, one of each."""
    bodies = [
        json.dumps({"model": "say", "messages": messages(prose(size))}).encode() for size in (1 << 20, 15_000_000)
    ]
    return await _measured(stand, lambda number: stand.post("loud", bodies[number], patience_s=45), 2)


@row("known text throughout", "one known text over 64 connections for 20 s", group="sustained", must=_MUST)
async def known_text(stand: Stand) -> Found:
    """The same text again and again."""
    text = prose(400)
    return await _measured(stand, lambda _: stand.ask("loud", text), 64)


@row("open streams throughout", "100 open streams of 50 events a second each for 20 s", group="sustained", must=_MUST)
async def open_streams(stand: Stand) -> Found:
    """A stream that ends at its limits is opened again."""
    return await _measured(stand, lambda _: stand.ask("loud", "Write without end.", "do-steady", stream=True), 100)
