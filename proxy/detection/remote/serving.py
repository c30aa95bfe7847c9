"""The detector's HTTP side: answers questions of many proxies from one pool of workers; remembers no text.

Short texts of several proxies that wait are read together (``WorkerPool``), tenants take turns, and a caller that hangs
up frees what it asked for. Without a certificate of the right CA nobody is answered, except on loopback.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from proxy.detection.pool import metering
from proxy.detection.pool.pace import cost
from proxy.detection.pool.pool import WorkerPool
from proxy.detection.remote import protocol
from proxy.errors import DetectionBusyError, ProxyError
from proxy.runtime import trace
from proxy.runtime.log import logger
from proxy.runtime.offload import on_behalf_of, run_in_thread_if_large

#: Bytes of questions that are held at once.
_HELD = 4 * protocol.LARGEST
_MALFORMED, _OTHER, _LENGTH, _LARGE, _BUG, _BUSY = 400, 409, 411, 413, 500, 503
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DetectorService:
    """Serves one pool under one identity."""

    def __init__(self, pool: WorkerPool, identity: str) -> None:
        """The pool is started and closed by the caller."""
        self.pool = pool
        self.identity = identity
        self.draining = False
        self._bytes_in_flight = 0

    @property
    def ready(self) -> bool:
        """Whether questions are answered now."""
        return self.pool.ready and not self.draining

    def application(self) -> web.Application:
        """Return the application of the port that proxies call."""
        app = web.Application(client_max_size=protocol.LARGEST, middlewares=[_without_text])
        app.router.add_get(protocol.DESCRIBE, self._describe)
        app.router.add_post(protocol.DETECT, self._detect)
        return app

    async def _describe(self, _request: web.Request) -> web.Response:
        description = protocol.Description(self.identity, self.ready, self.pool.pace.speed)
        return _json(protocol.encode_description(description))

    async def _detect(self, request: web.Request) -> web.Response:
        size = request.content_length
        if size is None:
            return _refused(_LENGTH, "length_required")
        if size > protocol.LARGEST:
            return _refused(_LARGE, "too_much_text")
        if not self.ready or self._bytes_in_flight + size > _HELD:
            return _refused(_BUSY, "detection_busy", 1.0)
        self._bytes_in_flight += size
        try:
            return await self._read(await request.read())
        finally:
            self._bytes_in_flight -= size

    async def _read(self, body: bytes) -> web.Response:
        question = await run_in_thread_if_large(2 * len(body), partial(protocol.decode_question, body))
        if question.identity != self.identity:
            return _refused(_OTHER, "other_detector")
        size = sum(len(text) for batch in question.batches for text in batch)
        with on_behalf_of(question.tenant):
            amount = await run_in_thread_if_large(
                size, lambda: sum(cost(text) for batch in question.batches for text in batch)
            )
            self.pool.admit(question.tenant, amount, question.within_s)
            answers = await self.pool.run(question.batches, question.within_s, question.tenant)
            return _json(
                await run_in_thread_if_large(
                    size, partial(protocol.encode_answer, question, answers, self.pool.pace.speed)
                )
            )

    async def gauges(self) -> None:
        """Set the gauges once a second until cancelled."""
        while True:
            metering.waits(self.pool.waiting, self.pool.pace.waiting.total(), self.pool.pace.speed)
            await asyncio.sleep(1.0)


@web.middleware
async def _without_text(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Answer faults by their codes; no message of an exception is said, as it could hold text."""
    with trace.server("detect", request.headers):
        try:
            return await handler(request)
        except protocol.MalformedError:
            return _refused(_MALFORMED, "malformed")
        except ProxyError as error:
            wait = error.retry_after_s if isinstance(error, DetectionBusyError) else None
            return _refused(error.status, error.code, wait)
        except web.HTTPException as error:
            return _refused(error.status, "not_served")
        except Exception as error:  # noqa: BLE001 - whatever it is, its message could hold text
            logger().error("detector_failed", error=type(error).__name__)
            return _refused(_BUG, "internal_error")


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


def _refused(status: int, code: str, retry_after_s: float | None = None) -> web.Response:
    document = {"code": code} if retry_after_s is None else {"code": code, "retry_after_s": retry_after_s}
    return web.Response(body=json.dumps(document).encode(), status=status, content_type="application/json")
