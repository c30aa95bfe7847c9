"""Answers what the HTTP parser refuses (a head that is too large, invalid HTTP) in the dialect's error shape.

Neither reply nor log contains a byte of the request.
"""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.typedefs import Handler

from proxy.codecs.endpoints import TABLE, UNKNOWN, Table
from proxy.errors import MalformedRequestError, PayloadTooLargeError, ProxyError, UnknownRouteError
from proxy.runtime.http_server import QuietProtocol, QuietRunner, QuietServer
from proxy.runtime.log import logger
from proxy.web import metrics
from proxy.web.credentials import path
from proxy.web.handlers import SERVICES, Services, faulty, fresh_id


class DialectProtocol(QuietProtocol):
    """One connection of a caller."""

    __slots__ = ()

    def unread(self, request: web.BaseRequest, status: int, error: BaseException | None) -> web.Response:
        """Return the reply with an exchange id, and log why."""
        exchange_id = fresh_id()
        logger().warning("request_not_read", exchange=exchange_id, status=status, error=type(error).__name__)
        table = self._manager.services.table if isinstance(self._manager, _Server) else TABLE
        return _reply(request, _fault(status, error), exchange_id, table)


async def expected(request: web.Request) -> web.StreamResponse | None:
    """Answer the header ``Expect``: only 100-continue is supported."""
    if request.headers.get("Expect", "").lower() != "100-continue":
        fault = MalformedRequestError("the header 'Expect' only supports 100-continue")
        return _reply(request, fault, fresh_id(), request.app[SERVICES].table)
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # it is not part of the reply
    return None


@web.middleware
async def in_dialect(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what matches no route (``CONNECT``, ``OPTIONS *``) like any other unknown path."""
    try:
        return await handler(request)
    except web.HTTPException:
        return _reply(request, UnknownRouteError(), fresh_id(), request.app[SERVICES].table)


def _reply(request: web.BaseRequest, fault: ProxyError, exchange_id: str, table: Table) -> web.Response:
    route = table.find(request.method, path(request.rel_url), request.headers, request.rel_url.query)
    metrics.served(metrics.Answered(UNKNOWN, fault.status, code=fault.code))
    return faulty(fault, exchange_id, route.dialect)


def _fault(status: int, error: BaseException | None) -> ProxyError:
    if isinstance(error, LineTooLong):
        return PayloadTooLargeError("the request's head is larger than the configured limit")
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return MalformedRequestError("the request is not valid HTTP")
    return ProxyError()


class _Server(QuietServer):
    """Serves the application of a services, whose table of endpoints can change on reload."""

    services: Services
    protocol = DialectProtocol


class DialectRunner(QuietRunner):
    """Runs the application on ``DialectProtocol`` connections."""

    __slots__ = ()
    server_class = _Server

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        if isinstance(server, _Server):
            server.services = self.app[SERVICES]
        return server
