"""Routes, limits and the listening socket."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp import web

from proxy.errors import ConfigurationError
from proxy.web import admin, compliance, handlers, monitors, openapi
from proxy.web.admin import READINESS, Readiness
from proxy.web.api import evidence, serving
from proxy.web.api.ports import AdminContext
from proxy.web.handlers import SERVICES, Services
from proxy.web.monitors import Monitors
from proxy.web.protocol import DialectRunner, expected, in_dialect

#: How long the rest of a refused body is read and discarded, so that its sender can read the reply, seconds.
_LINGER_S = 1.0
_BACKLOG = 1024
#: How long a socket that takes nobody new is open, and how long who connected last may take to send a request, seconds.
_ACCEPTING_S, _SENDING_S = 0.02, 0.3


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Limits of a request, bytes and seconds."""

    body_bytes: int
    header_bytes: int
    drain_s: float
    idle_s: float = 75.0  # a connection without a complete head by then is closed, idle keep-alives included


def application(
    services: Services,
    readiness: Readiness | None,
    limits: ServerLimits,
    api: AdminContext | None = None,
    published: Monitors | None = None,
    given_receipts: compliance.GivenReceipts | None = None,
) -> web.Application:
    """Return the web application; paths that are not listed here are refused, whatever the method.

    Without ``api`` that includes the admin API's paths, without ``published`` those of the log of seals, and without
    ``readiness`` those of ``health``.
    """
    app = web.Application(client_max_size=limits.body_bytes, middlewares=[in_dialect])
    app[SERVICES] = services
    app.router.add_get("/healthz", admin.healthz)
    for path in sorted(services.table.health):
        app.router.add_get(path, admin.up)
    if readiness is not None:
        _operated(app, readiness)
    app.router.add_get(openapi.PATH, openapi.handle, expect_handler=expected)
    app.router.add_get(compliance.CODES_PATH, compliance.list_codes, expect_handler=expected)
    app.router.add_get(compliance.CODE_PATH, compliance.show_code, expect_handler=expected)
    app.router.add_get(compliance.CLIENT_PATH, compliance.show_client, expect_handler=expected)
    if given_receipts is not None:
        app[compliance.RECEIPTS] = given_receipts
        app.router.add_get(compliance.RECEIPT_PATH, compliance.show_receipt, expect_handler=expected)
    for path in sorted(services.table.literal):  # all others match the last route; the table decides how to answer
        app.router.add_route("*", path, handlers.handle, expect_handler=expected)
    if api is not None:
        app[serving.API] = api
        app.on_startup.append(evidence.prepare)
        app.router.add_route("*", serving.PATTERN, serving.handle, expect_handler=expected)
    if published is not None:
        app.router.add_get(monitors.PATTERN, published.answer, expect_handler=expected)
    app.router.add_route("*", "/{anything:.*}", handlers.handle, expect_handler=expected)
    return app


def health(services: Services, readiness: Readiness) -> web.Application:
    """Return the application of the operators' port: readiness, liveness and metrics, nothing else."""
    app = web.Application()
    app[SERVICES] = services
    app.router.add_get("/healthz", admin.healthz)
    _operated(app, readiness)
    return app


def _operated(app: web.Application, readiness: Readiness) -> None:
    app[READINESS] = readiness
    app.router.add_get("/livez", admin.livez)
    app.router.add_get("/readyz", admin.readyz)
    app.router.add_get("/metrics", admin.exposition)


def runner(app: web.Application, limits: ServerLimits) -> DialectRunner:
    """Return the runner: a handler is cancelled when its caller disconnects, so that no target works in vain."""
    return DialectRunner(
        app,
        handler_cancellation=True,
        auto_decompress=False,  # ``proxy.web.body`` does, within limits and off the event loop
        lingering_time=_LINGER_S,
        shutdown_timeout=limits.drain_s,
        keepalive_timeout=limits.idle_s,
        max_line_size=limits.header_bytes,
        max_field_size=limits.header_bytes,
    )


async def listen(served: web.BaseRunner, bound: socket.socket) -> None:
    """Accept connections from now on.

    Raises:
        ConfigurationError: another program has taken the address in the meantime.

    """
    host, port = bound.getsockname()[:2]
    try:
        await web.SockSite(served, bound, backlog=_BACKLOG).start()
    except OSError as error:
        raise unbound(host, port, error) from error


async def stop_listening(served: web.BaseRunner, bound: socket.socket) -> None:
    """Accept everybody who has connected and nobody else, so that no caller notices a worker that leaves a shared port.

    Connections in a socket's queue are reset when it is closed.
    """
    bound.listen(0)
    await asyncio.sleep(_ACCEPTING_S)
    connected = list(_connected(bound))
    for site in served.sites:
        await site.stop()
    if served.server is not None:
        for connection in connected:
            await asyncio.get_running_loop().connect_accepted_socket(served.server, connection)
    await asyncio.sleep(_SENDING_S)


def _connected(bound: socket.socket) -> Iterator[socket.socket]:
    """Accept all connections in a socket's queue."""
    for _ in range(_BACKLOG + 1):  # no more are in it, and an error that stays ends
        try:
            connection, _ = bound.accept()
        except BlockingIOError:
            return
        except OSError:  # its caller has gone; those behind it have not
            continue
        yield connection


def bound(host: str, port: int, reuse: bool) -> socket.socket:
    """Return a bound socket that does not listen yet; with ``reuse`` several workers share the port (SO_REUSEPORT).

    A process that is still loading models must not get connections: they would wait, while another worker, another
    replica or a second attempt could serve them.

    Raises:
        ConfigurationError: the address is taken or not available.

    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise unbound(host, port, error) from error
    sock.setblocking(False)
    return sock


def reserved(host: str, port: int) -> socket.socket:
    """Return a socket that reserves a port for workers that share it; it never listens, so it gets no connections.

    Without it, a port that another service shares among its own workers would be shared with that service.

    Raises:
        ConfigurationError: the address is taken or not available.

    """
    bound(host, port, reuse=False).close()
    return bound(host, port, reuse=True)


def unbound(host: str, port: int, error: OSError) -> ConfigurationError:
    """Return the error for an address that cannot be listened on."""
    if error.errno == errno.EADDRINUSE:
        return ConfigurationError(f"port {port} on {host} is taken; choose another with PROXY_PORT, or 0 for any")
    return ConfigurationError(f"cannot listen on port {port} of {host}: {error.strerror or type(error).__name__}")
