"""Opens connections to the server of a ``DATABASE_URL`` that writes, whichever of its hosts that is now.

``postgresql://login@one:5432,two:5432/proxy`` names a primary and its standbys. After a failover the host that answered
last may be gone, silent or read-only, so each host has a share of the time, the one that was right last the first. A
server that does not write is none for what writes, also where one host or a pooler leads to it: what a standby lacks
would look lost.
"""

from __future__ import annotations

import functools
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import asyncpg

from proxy.errors import ConfigurationError

_READS = "SELECT current_setting('transaction_read_only')::bool"
_FOLLOWS = "SELECT pg_is_in_recovery()"
_STATED = "target_session_attrs"
_right: dict[str, int] = {}  # connection string -> the host that was right last


class ReadOnlyServerError(ConnectionError):
    """The server takes no writes: a standby, or one that protects its disk."""


#: Raised by a connection attempt or a query when the server is unreachable, shutting down, or does not write any more.
UNAVAILABLE: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InternalClientError,
    asyncpg.ReadOnlySQLTransactionError,
)


@functools.cache
def hosts(dsn: str) -> tuple[str, ...]:
    """Return a connection string for each host that one names.

    Raises:
        ConfigurationError: it names more or fewer ports than hosts.

    """
    parts = urlsplit(dsn)
    login, at, authority = parts.netloc.rpartition("@")
    query = dict(parse_qsl(parts.query))
    names, ports = (authority or query.get("host", "")).split(","), query.get("port", "").split(",")
    if len(names) == 1:
        return (dsn,)
    ports = ports * len(names) if len(ports) == 1 else ports
    if len(ports) != len(names):
        raise ConfigurationError(f"DATABASE_URL names {len(names)} hosts and {len(ports)} ports")
    urls = []
    for host, port in zip(names, ports, strict=True):
        members = query if authority else query | {"host": host} | ({"port": port} if port else {})
        netloc = f"{login}{at}{host if authority else ''}"
        urls.append(parts._replace(netloc=netloc, query=urlencode(members)).geturl())
    return tuple(urls)


async def connected(dsn: str, *, timeout: float, writes: bool = True, **options: Any) -> asyncpg.Connection:  # noqa: ASYNC109
    """Return a connection to the server that writes, within ``timeout`` seconds.

    With ``writes`` false: one that may be read where the connection string says so (``target_session_attrs``), or names
    one host; else the primary too. ``options`` go to ``asyncpg.connect``.

    Raises:
        one of ``UNAVAILABLE``, as of the last host; another asyncpg.PostgresError: a host refuses the login.

    """
    urls = hosts(dsn)
    first, until = _right.get(dsn, 0), time.monotonic() + timeout
    unfit = _READS if writes else _FOLLOWS if len(urls) > 1 and _STATED not in dsn else None
    failure: BaseException = TimeoutError()
    for tried in range(len(urls)):
        number = (first + tried) % len(urls)
        share = (until - time.monotonic()) / (len(urls) - tried)
        try:
            connection = await _connected(urls[number], max(share, 0.0), unfit, options)
        except UNAVAILABLE as error:
            failure = error
        else:
            _right[dsn] = number
            return connection
    raise failure


async def _connected(dsn: str, timeout_s: float, unfit: str | None, options: dict[str, Any]) -> asyncpg.Connection:
    connection = await asyncpg.connect(dsn, timeout=timeout_s, **options)
    try:
        fits = unfit is None or not await connection.fetchval(unfit, timeout=timeout_s)
    except BaseException:
        connection.terminate()
        raise
    if not fits:
        connection.terminate()
        raise ReadOnlyServerError("this server does not write")
    return connection
