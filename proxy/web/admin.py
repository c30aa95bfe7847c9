"""Health, readiness and metrics.

``/healthz``: the process answers. ``/livez``: its background tasks run too; if not, only a restart helps. ``/readyz``:
it can serve a request now.
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
from proxy.web.handlers import SERVICES

_OK = 200
_NOT_READY = 503
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Readiness:
    """One check per part, of whether it can do its work now. ``details`` are reported, not judged."""

    checks: Mapping[str, Callable[[], Awaitable[bool]]]
    details: Callable[[], Mapping[str, object]] = dict

    async def parts(self) -> dict[str, bool]:
        """Return which parts can do their work now."""
        async with asyncio.TaskGroup() as group:
            running = {name: group.create_task(_passes(check)) for name, check in self.checks.items()}
        return {name: task.result() for name, task in running.items()}

    async def until_ready(self, patience_s: float, stopping: asyncio.Event) -> None:
        """Wait until every part is ready, the process is to stop, or the patience ends, which is logged."""
        end = asyncio.get_running_loop().time() + patience_s
        while not stopping.is_set() and (
            missing := [part for part, ready in (await self.parts()).items() if not ready]
        ):
            if asyncio.get_running_loop().time() >= end:
                logger().warning("not_ready", parts=missing)
                return
            await asyncio.sleep(_LOOK_S)


class CachedCheck:
    """A check that queries another part: run at most every ``every_s`` seconds, by one caller.

    No answer within ``patience_s`` seconds means not ready, until the next query.
    """

    def __init__(self, ask: Callable[[], Awaitable[bool]], every_s: float = 2.0, patience_s: float = 3.0) -> None:
        self._ask = ask
        self._every_s = every_s
        self._patience_s = patience_s
        self._until = 0.0
        self._last = False
        self._asking = asyncio.Lock()

    async def __call__(self) -> bool:
        """Return the last answer, or a new one if that is too old."""
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
    """Report that the process runs."""
    return web.Response(text="ok\n")


async def up(request: web.Request) -> web.Response:
    """Report whether requests are accepted as model servers do: by status, and under the last segment of the path."""
    accepts = not request.app[SERVICES].draining
    body = orjson.dumps({request.path.rpartition("/")[2]: accepts})
    return web.Response(status=_OK if accepts else _NOT_READY, body=body, content_type="application/json")


async def livez(_request: web.Request) -> web.Response:
    """Report whether every background task runs; that there is an answer shows that the event loop does."""
    lost = background.lost()
    body = orjson.dumps({"alive": not lost, "lost": lost})
    return web.Response(status=_NOT_READY if lost else _OK, body=body, content_type="application/json")


async def readyz(request: web.Request) -> web.Response:
    """Report which parts are ready; 503 unless all are."""
    parts = await request.app[READINESS].parts()
    parts["not_draining"] = not request.app[SERVICES].draining
    revision = request.app[SERVICES].pipeline.catalog.revision
    details = request.app[READINESS].details()
    body = orjson.dumps({"ready": all(parts.values()), "parts": parts, "catalog_revision": revision, **details})
    status = _OK if all(parts.values()) else _NOT_READY
    return web.Response(status=status, body=body, content_type="application/json")


async def _passes(check: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await check()
    except Exception as error:  # noqa: BLE001 - a part that cannot even be queried is not ready
        logger().warning("readiness_check_failed", error=type(error).__name__)
        return False


async def exposition(_request: web.Request) -> web.Response:
    """Return Prometheus metrics; in a thread, as there may be thousands of series."""
    return web.Response(
        body=await asyncio.to_thread(metrics.exposition), headers={"Content-Type": "text/plain; version=0.0.4"}
    )
