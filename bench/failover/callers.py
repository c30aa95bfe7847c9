"""Callers that ask without a pause, the provider behind, and what became of each request."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from testing.processes import free_port

OK = 200
_TOTAL_S = 120.0
_STREAMED = 3  # one request in so many is streamed
_CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
_EVENTS = ({"role": "assistant", "content": "o"}, {"content": "k"})


@dataclass(frozen=True, slots=True)
class Seen:
    """One request: when it was asked and answered (monotonic seconds), its status (0: no whole reply), its exchange."""

    asked: float
    answered: float
    status: int
    exchange: str
    code: str

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.answered - self.asked


@dataclass
class Callers:
    """Asks at ``url``; ``seen`` grows in the order of answers."""

    url: str
    key: str
    seen: list[Seen] = field(default_factory=list)
    stopping: bool = False

    async def run(self, callers: int) -> None:
        """Ask until ``stopping``."""
        patience = aiohttp.ClientTimeout(total=_TOTAL_S)
        async with aiohttp.ClientSession(timeout=patience) as session, asyncio.TaskGroup() as tasks:
            for caller in range(callers):
                tasks.create_task(self._ask(session, caller))

    async def _ask(self, session: aiohttp.ClientSession, caller: int) -> None:
        """One request in three is a stream, one in four holds a name that was never read."""
        number = 0
        while not self.stopping:
            number += 1
            named = f"Anna Schmidt-{caller}{number}" if number % 4 == 0 else "Anna Schmidt"
            body = {"model": "only-1", "messages": [{"role": "user", "content": f"Thank {named} for her order."}]}
            body |= {"stream": True} if number % _STREAMED == 0 else {}
            self.seen.append(await self._answered(session, body))
            await asyncio.sleep(0 if self.seen[-1].status == OK else 0.1)

    async def _answered(self, session: aiohttp.ClientSession, body: dict[str, object]) -> Seen:
        status, exchange, code, asked = 0, "", "", time.monotonic()
        headers = {"authorization": f"Bearer {self.key}"}
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(f"{self.url}/v1/chat/completions", json=body, headers=headers) as reply:
                text = await reply.text()
                exchange, code = (reply.headers.get(f"x-compliance-{name}", "") for name in ("exchange", "code"))
                whole = "stream" not in body or reply.status != OK or text.rstrip().endswith("data: [DONE]")
                status = reply.status if whole else 0
        return Seen(asked, time.monotonic(), status, exchange, code)


@dataclass
class Readiness:
    """What each replica says of itself, four times a second."""

    urls: list[str]
    away: list[tuple[float, str]] = field(default_factory=list)  # when which was not ready

    async def run(self) -> None:
        """Look for ever."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session:
            while True:
                await asyncio.gather(*(self._look(session, url) for url in self.urls))
                await asyncio.sleep(0.25)

    async def _look(self, session: aiohttp.ClientSession, url: str) -> None:
        try:
            async with session.get(f"{url}/readyz") as reply:
                ready = reply.status == OK
        except (aiohttp.ClientError, TimeoutError):
            ready = False
        if not ready:
            self.away.append((time.monotonic(), url))


@dataclass
class Provider:
    """Answers every chat, and counts."""

    calls: int = 0
    url: str = ""

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[Provider]:
        """Serve on a port of its own."""
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        runner, port = web.AppRunner(application), free_port()
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        self.calls += 1
        await asyncio.sleep(0.02)
        if not asked.get("stream"):
            message = {"role": "assistant", "content": "ok"}
            return web.json_response(
                _CHUNK
                | {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
            )
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for delta in (*_EVENTS, {}):
            choice = {"index": 0, "delta": delta, "finish_reason": None if delta else "stop"}
            await response.write(f"data: {json.dumps(_CHUNK | {'choices': [choice]})}\n\n".encode())
            await asyncio.sleep(0.01)
        await response.write(b"data: [DONE]\n\n")
        return response
