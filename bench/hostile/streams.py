"""Streams that never end by themselves."""

from __future__ import annotations

import asyncio
import time

import aiohttp

from bench.hostile.rows import Found, judged, row
from bench.hostile.stand import CHAT, Stand, messages

WAYS = ("endless", "comments", "drip")


async def lasted(stand: Stand, way: str, patience_s: float) -> tuple[float, int, str]:
    """Read a stream as long as it lasts; return seconds, bytes, and how it ended ("" when it did not)."""
    began, size = time.monotonic(), 0
    body = {"model": f"do-{way}", "messages": messages("Write without end."), "stream": True}
    headers = {"authorization": f"Bearer {stand.keys['loud']}"}
    try:
        async with (
            asyncio.timeout(patience_s),
            stand.session.post(stand.url + CHAT, json=body, headers=headers) as reply,
        ):
            async for chunk in reply.content.iter_any():
                size += len(chunk)
        ended = f"status {reply.status}"
    except TimeoutError:
        ended = ""
    except (aiohttp.ClientError, OSError) as error:
        ended = type(error).__name__
    return time.monotonic() - began, size, ended


@row("endless streams", "an endless stream, one of comments only, one of a byte every 0.2 s", group="streams",
     must="limits of time, bytes and events per stream, by route", patience_s=120)  # fmt: skip
async def endless(stand: Stand) -> Found:
    """Read all three at once; the stand's limits are set to seconds."""
    async with asyncio.TaskGroup() as tasks:
        made = {way: tasks.create_task(lasted(stand, way, 40)) for way in WAYS}
    ended = {way: one.result() for way, one in made.items()}
    faults = [f"{way} runs until the client leaves" for way, (_, _, how) in ended.items() if not how]
    said = ", ".join(f"{way} {seconds:.0f} s, {size >> 10} KB" for way, (seconds, size, _) in ended.items())
    return judged(
        faults, said, **{way: f"{seconds:.1f} s {size} B {how}" for way, (seconds, size, how) in ended.items()}
    )
