"""Serves HTTP without naming the library, or Python's version, or quoting what could not be read.

The library's own answer to invalid HTTP quotes it, and logs it.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from aiohttp import web

from proxy.runtime.log import logger

#: The header ``Server`` of every reply.
SERVER = "compliance-proxy"


class QuietProtocol(web.RequestHandler):
    """One connection of a caller."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - quotes the request
    ) -> web.StreamResponse:
        """Return the reply to what could not be read or handled, after which the connection is closed."""
        if request.writer is not None and request.writer.output_size > 0:
            logger().warning("request_not_read", status=int(status), error=type(exc).__name__)
            raise ConnectionError("a reply has begun already")
        response = self.unread(request, int(status), exc)
        response.headers["Server"] = SERVER
        response.force_close()
        return response

    def unread(self, _request: web.BaseRequest, status: int, error: BaseException | None) -> web.Response:
        """Return that reply, and log why."""
        logger().warning("request_not_read", status=status, error=type(error).__name__)
        return web.Response(status=status)


class QuietServer(web.Server):
    """Makes the connections of a runner."""

    protocol: type[QuietProtocol] = QuietProtocol

    def __call__(self) -> web.RequestHandler:
        return self.protocol(self, loop=self._loop, **self._kwargs)


class QuietRunner(web.AppRunner):
    """Runs an application on ``QuietProtocol`` connections."""

    __slots__ = ()
    server_class: type[QuietServer] = QuietServer

    def __init__(self, app: web.Application, **options: Any) -> None:
        """Options as those of the library's runner; nothing logs requests."""
        super().__init__(app, access_log=None, **options)
        app.on_response_prepare.append(_name)

    async def _make_server(self) -> web.Server:
        original = await super()._make_server()
        return self.server_class(
            original.request_handler,
            request_factory=original.request_factory,
            handler_cancellation=original.handler_cancellation,
            loop=original._loop,  # noqa: SLF001 - the library has no public way
            **original._kwargs,  # noqa: SLF001
        )


async def _name(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = SERVER
