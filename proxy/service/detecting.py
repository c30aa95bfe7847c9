"""A detector process: its pool of workers, the port that proxies call and the one for operators, its end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from aiohttp import web

from proxy.core.targets.destinations import is_loopback
from proxy.detection.detector import LANES, versions_here
from proxy.detection.patterns.scanner import PatternScanner
from proxy.detection.pool import forked
from proxy.detection.pool.loading import NurseryPart
from proxy.detection.pool.pool import PoolLimits, WorkerPool
from proxy.detection.pool.process import spawning
from proxy.detection.remote import protocol
from proxy.detection.remote.serving import DetectorService
from proxy.detection.remote.tls import TlsFiles
from proxy.errors import ConfigurationError
from proxy.runtime import private
from proxy.runtime.background import Background
from proxy.runtime.http_server import QuietRunner
from proxy.runtime.log import logger
from proxy.settings import Settings
from proxy.web import admin

if TYPE_CHECKING:
    import ssl

_RENEW_S = 10.0
_READY, _NOT_READY = 200, 503


class Detecting:
    """One detector; ``serve`` runs until it is asked to stop, then answers what it was asked."""

    def __init__(self, settings: Settings) -> None:
        """Check the settings.

        Raises:
            ConfigurationError: texts would come in the clear from another machine, or the files cannot be used.

        """
        self._settings = settings
        self._files = TlsFiles.of(settings.detector_ca, settings.detector_certificate, settings.detector_key)
        if self._files is None and not is_loopback(settings.host):
            raise ConfigurationError(
                f"a detector on {settings.host} needs PROXY_DETECTOR_CA, PROXY_DETECTOR_CERTIFICATE and "
                "PROXY_DETECTOR_KEY: without certificates it serves this machine alone (127.0.0.1)"
            )
        self._tls = None if self._files is None else self._files.server()
        self._cache = settings.state_dir / "cache"
        self._nursery = NurseryPart(private.folder_if_possible(self._cache)) if forked.POSSIBLE else None
        nursery = None if self._nursery is None else self._nursery.clients
        limits = PoolLimits(
            workers=settings.detection_workers,
            queue=settings.detection_queue,
            batch_s=settings.detection_deadline_s,
            turn=settings.detection_turn,
        )
        pool = WorkerPool(limits, lambda: spawning(nursery, self._cache)(lanes=LANES))
        self._service = DetectorService(pool, protocol.identity(versions_here(PatternScanner())))
        self._background = Background()

    async def serve(self, listening: socket.socket, operators: socket.socket | None) -> None:
        """Load the models, then serve the sockets until SIGTERM or SIGINT.

        Raises:
            DetectionError: no worker became ready.

        """
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        async with AsyncExitStack() as ending:
            if operators is not None:  # first, so that it says that it is not ready yet
                await self._listen(ending, self._operated(), operators, None)
            if self._nursery is not None:
                ending.callback(self._nursery.close)
                self._nursery.begin()
            ending.push_async_callback(self._service.pool.close)
            await self._service.pool.start()
            app = self._service.application()
            if operators is None:
                self._add_health(app)
            await self._listen(ending, app, listening, self._tls)
            self._background.start("detector gauges", self._service.gauges())
            self._background.start("detector nursery", self._keep_loaded())
            ending.push_async_callback(self._background.stop)
            logger().info("detector_ready", port=listening.getsockname()[1], detector=self._service.identity)
            await stopping.wait()
            self._service.draining = True

    async def _listen(
        self, ending: AsyncExitStack, app: web.Application, bound: socket.socket, tls: ssl.SSLContext | None
    ) -> None:
        runner = QuietRunner(
            app, handler_cancellation=True, shutdown_timeout=self._settings.drain_s,
            max_line_size=self._settings.max_header_bytes, max_field_size=self._settings.max_header_bytes,
        )  # fmt: skip
        await runner.setup()
        ending.push_async_callback(runner.cleanup)
        await web.SockSite(runner, bound, ssl_context=tls).start()

    def _operated(self) -> web.Application:
        app = web.Application()
        self._add_health(app)
        return app

    def _add_health(self, app: web.Application) -> None:
        app.router.add_get("/livez", admin.livez)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", admin.exposition)

    async def _readyz(self, _request: web.Request) -> web.Response:
        ready = self._service.ready
        document = {"ready": ready, "detector": self._service.identity, "speed": self._service.pool.pace.speed}
        return web.json_response(document, status=_READY if ready else _NOT_READY)

    async def _keep_loaded(self) -> None:
        """Start the nursery again if it ended, and read its certificate again if the files changed."""
        stamp: object = None
        while True:
            if self._nursery is not None:
                with contextlib.suppress(OSError):
                    self._nursery.begin()
            if self._files is not None and self._tls is not None:
                _, stamp = self._files.renewed(self._tls, stamp)
            await asyncio.sleep(_RENEW_S)
