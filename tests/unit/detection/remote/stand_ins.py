"""What stands for the models of a detector, and where it listens."""

from __future__ import annotations

import asyncio

from aiohttp import web

from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.pool.pace import Pace
from proxy.detection.text.plain import Ruled

VERSION = "a" * 64


class Models:
    """Stands for a pool of workers: a finding for every capital, weak ones where only rules read."""

    ready = True
    waiting = 0

    def __init__(self) -> None:
        self.pace = Pace(1)
        self.asked, self.fault, self.cancelled = [], None, 0
        self.free = asyncio.Event()
        self.free.set()

    def admit(self, tenant, amount, within_s):
        if self.fault is not None:
            raise self.fault

    async def run(self, batches, deadline_s, tenant=""):
        self.asked.append((tenant, batches))
        try:
            await self.free.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return [tuple(map(found, batch)) for batch in batches]


def found(text):
    score = 0.5 if isinstance(text, Ruled) else 0.91
    capitals = [at for at, letter in enumerate(text) if letter.isupper()]
    findings = tuple(Finding("PERSON", at, at + 1, score, "capital", "patient") for at in capitals)
    return SegmentFindings(findings, language="de", minor="child" in text, regions=(("DE", 0.25),), inside=findings[:1])


async def listening(ending, app, tls=None):
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None)
    await runner.setup()
    ending.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    return f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
