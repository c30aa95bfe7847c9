"""The targets of the self-test: they keep what they receive, and say it back in the API that they were asked in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from proxy.runtime.http_server import QuietRunner
from proxy.selftest import spoken
from proxy.selftest.spoken import Spoken

#: Paths below which the two targets are: one of somebody else, one of one's own in the region.
OUTSIDE, REGION = PLACES = ("outside", "region")
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Received:
    """One request as a target got it."""

    target: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def beside(self) -> str:
        """Everything but the body."""
        return "\n".join((self.path, *self.headers.values()))


@dataclass
class Sink:
    """Both targets. Exchanges come one at a time: what arrives is of the one that is asked."""

    asked: Spoken | None = None
    received: list[Received] = field(default_factory=list)

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[None]:
        """Serve until the block ends.

        Raises:
            OSError: the address is taken.

        """
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_route("*", "/{place}/{path:.*}", self._answer)
        runner = QuietRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            yield
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        body, path, asked = await request.read(), request.match_info["place"], self.asked
        if asked is None or path not in PLACES or request.method != "POST":
            return web.Response(status=404)
        self.received.append(Received(path, request.raw_path, dict(request.headers), body))
        try:
            text = spoken.longest(body)
        except ValueError:
            return web.Response(status=400)
        return web.Response(body=asked.reply(text), headers={"content-type": asked.media})
