"""Health, readiness and metrics.

``/healthz``: this process answers. ``/livez``: and all it does beside requests still runs; where it does not, only a
restart helps. ``/readyz``: it can serve a request now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import orjson
from aiohttp import web

from proxy.runtime import background
from proxy.runtime.log import logger
from proxy.web import metrics
from proxy.web.handlers import GATE

_OK = 200
_NOT_READY = 503
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Readiness:
    """One check per part; each says whether the part can do its work now. ``details`` are shown, not judged."""

    checks: Mapping[str, Callable[[], Awaitable[bool]]]
    details: Callable[[], Mapping[str, object]] = dict

    async def parts(self) -> dict[str, bool]:
        """Return which parts can do their work now."""
        async with asyncio.TaskGroup() as asking:
            asked = {name: asking.create_task(_passes(check)) for name, check in self.checks.items()}
        return {name: task.result() for name, task in asked.items()}

    async def until_ready(self, patience_s: float, stopping: asyncio.Event) -> None:
        """Wait until every part can do its work, is to stop, or patience ends: who cannot serve can then say so."""
        patience = asyncio.get_running_loop().time() + patience_s
        while not stopping.is_set() and (
            lacking := [part for part, ready in (await self.parts()).items() if not ready]
        ):
            if asyncio.get_running_loop().time() >= patience:
                logger().warning("not_ready", parts=lacking)
                return
            await asyncio.sleep(_LOOK_S)


class CachedCheck:
    """A check that costs a question to another part: asked at most every ``every_s`` seconds, by one caller.

    No answer within ``patience_s`` seconds is "no". The next question may find the part well again.
    """

    def __init__(self, ask: Callable[[], Awaitable[bool]], every_s: float = 2.0, patience_s: float = 3.0) -> None:
        self._ask = ask
        self._every_s = every_s
        self._patience_s = patience_s
        self._until = 0.0
        self._last = False
        self._asking = asyncio.Lock()

    async def __call__(self) -> bool:
        """Return the last answer, or a new one once it is old."""
        async with self._asking:
            if asyncio.get_running_loop().time() >= self._until:
                self._last = await self._answer()
                self._until = asyncio.get_running_loop().time() + self._every_s
        return self._last

    async def _answer(self) -> bool:
        try:
            async with asyncio.timeout(self._patience_s):
                return await _passes(self._ask)
        except TimeoutError:
            return False


READINESS = web.AppKey("readiness", Readiness)


async def healthz(_request: web.Request) -> web.Response:
    """Say that the process runs."""
    return web.Response(text="ok\n")


async def up(request: web.Request) -> web.Response:
    """Say whether callers are taken, as servers of models do: by the status, and under the last word of the path."""
    taken = not request.app[GATE].draining
    body = orjson.dumps({request.path.rpartition("/")[2]: taken})
    return web.Response(status=_OK if taken else _NOT_READY, body=body, content_type="application/json")


async def livez(_request: web.Request) -> web.Response:
    """Say whether every background task runs; the event loop turns, or nothing would be said."""
    lost = background.lost()
    body = orjson.dumps({"alive": not lost, "lost": lost})
    return web.Response(status=_NOT_READY if lost else _OK, body=body, content_type="application/json")


async def readyz(request: web.Request) -> web.Response:
    """Say which parts are ready; 503 unless all are."""
    parts = await request.app[READINESS].parts()
    parts["not_draining"] = not request.app[GATE].draining
    revision = request.app[GATE].pipeline.catalog.revision
    shown = request.app[READINESS].details()
    body = orjson.dumps({"ready": all(parts.values()), "parts": parts, "catalog_revision": revision, **shown})
    status = _OK if all(parts.values()) else _NOT_READY
    return web.Response(status=status, body=body, content_type="application/json")


async def _passes(check: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await check()
    except Exception as error:  # noqa: BLE001 - a part that cannot even be asked is not ready
        logger().warning("readiness_check_failed", error=type(error).__name__)
        return False


async def exposition(_request: web.Request) -> web.Response:
    """Return Prometheus metrics."""
    return web.Response(body=metrics.exposition(), headers={"Content-Type": "text/plain; version=0.0.4"})
