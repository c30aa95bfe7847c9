"""Health, readiness and metrics. ``/healthz``: this process runs. ``/readyz``: it can serve a request now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import orjson
from aiohttp import web

from proxy.log import logger
from proxy.web import metrics
from proxy.web.handlers import GATE

_OK = 200
_NOT_READY = 503


@dataclass(frozen=True, slots=True)
class Readiness:
    """One check per part; each says whether the part can do its work now. ``details`` are shown, not judged."""

    checks: Mapping[str, Callable[[], Awaitable[bool]]]
    details: Callable[[], Mapping[str, object]] = dict


READINESS = web.AppKey("readiness", Readiness)


async def healthz(_request: web.Request) -> web.Response:
    """Say that the process runs."""
    return web.Response(text="ok\n")


async def readyz(request: web.Request) -> web.Response:
    """Say which parts are ready; 503 unless all are."""
    parts = {name: await _passes(check) for name, check in request.app[READINESS].checks.items()}
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
