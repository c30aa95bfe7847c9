"""Connections to PostgreSQL under one of the product's roles, and named SQL statements from ``.sql`` files.

One ``DATABASE_URL`` serves every part: each connection steps down with ``SET ROLE`` to the least it needs, so the
login behind the URL must be a member of that role. ``docs/reference/audit-record.md`` lists the roles.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import weakref
from collections.abc import Awaitable, Iterator, Mapping
from pathlib import Path
from typing import Any, LiteralString, Protocol, TypeVar, cast

import asyncpg

WRITER: LiteralString = "proxy_writer"
READER: LiteralString = "proxy_reader"
IDENTITY: LiteralString = "proxy_identity"
VAULT: LiteralString = "proxy_vault"
REGISTRY: LiteralString = "proxy_registry"

#: What a connection attempt or a query raises when the server is away or going away.
UNAVAILABLE: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InternalClientError,
)


@contextlib.contextmanager
def raising(error: type[Exception]) -> Iterator[None]:
    """Turn whatever the database refuses or fails at into ``error``."""
    try:
        yield
    except (*UNAVAILABLE, asyncpg.PostgresError) as cause:
        raise error from cause


#: A peer that has gone without a word is noticed in about ten seconds, on both sides, not after the kernel's two hours.
_IDLE_S, _PROBE_S, _PROBES = 5, 2, 3
_DEAD_MS = 10_000
_SETTINGS = {
    "application_name": "compliance-proxy",
    "synchronous_commit": "on",
    "tcp_keepalives_idle": str(_IDLE_S),
    "tcp_keepalives_interval": str(_PROBE_S),
    "tcp_keepalives_count": str(_PROBES),
    "tcp_user_timeout": str(_DEAD_MS),
}
_ALIVE_EVERY_S = 10.0
_Answer = TypeVar("_Answer")
_keepers: weakref.WeakSet[Renewable] = weakref.WeakSet()
_PAUSE_S = 0.3
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


async def connect(dsn: str, role: LiteralString, *, timeout_s: float = 5.0) -> asyncpg.Connection:
    """Return a connection that acts as ``role``.

    Raises:
        one of ``UNAVAILABLE``; asyncpg.InsufficientPrivilegeError when the login may not take the role.

    """
    connection = await asyncpg.connect(dsn, timeout=timeout_s, server_settings=_SETTINGS)
    try:
        notice_death(connection)
        await connection.execute(f"SET ROLE {role}", timeout=timeout_s)
    except BaseException:
        connection.terminate()
        raise
    return connection


def notice_death(connection: asyncpg.Connection) -> None:
    """Let this side's kernel give up on a silent peer (RFC 5482); connections over a Unix socket need none."""
    carrier = connection._transport.get_extra_info("socket")  # noqa: SLF001 - asyncpg offers no other way
    if carrier is None or carrier.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    wanted = {"TCP_KEEPIDLE": _IDLE_S, "TCP_KEEPINTVL": _PROBE_S, "TCP_KEEPCNT": _PROBES, "TCP_USER_TIMEOUT": _DEAD_MS}
    carrier.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in wanted.items():
        if hasattr(socket, name):  # what this platform knows
            carrier.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def listen_until_ended(connection: asyncpg.Connection, timeout_s: float) -> None:
    """Return when a connection that only listens has ended; one whose peer has gone silent is ended here."""
    ended = asyncio.Event()
    connection.add_termination_listener(lambda _: ended.set())
    while not ended.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ALIVE_EVERY_S):
                await ended.wait()
        if not ended.is_set():
            await connection.execute("SELECT 1", timeout=timeout_s)


class Renewable(Protocol):
    """Something that keeps connections to a database and can begin anew."""

    dsn: str

    async def expire_connections(self) -> None:
        """Use no connection again that there is now."""
        ...


class Pool(asyncpg.Pool):  # type: ignore[misc]  # asyncpg has no types
    """A pool in which nobody waits longer than ``timeout_s``, for a connection and its answer together.

    Whoever waited in vain takes all connections to this database with it, those of other pools and the audit log
    too: they may be half-open, and new ones cost milliseconds. Otherwise a request would find out one after the other.
    """

    def __init__(self, dsn: str, *arguments: Any, timeout_s: float, **more: Any) -> None:
        super().__init__(dsn, *arguments, **more)
        self.dsn = dsn
        self._timeout_s = timeout_s
        renewable(self)

    def acquire(self, *, timeout: float | None = None) -> Any:
        """Return a connection's context; releasing it is bounded likewise."""
        return super().acquire(timeout=self._timeout_s if timeout is None else timeout)

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Take a connection back; one with a question that was given up is ended: its peer may never answer that."""
        held = connection._con  # noqa: SLF001 - asyncpg offers no other way to ask
        if held is not None and held._protocol._is_cancelling():  # noqa: SLF001
            held.terminate()
        await super().release(connection, timeout=timeout)

    async def execute(self, *arguments: Any, **more: Any) -> Any:
        """Run a statement."""
        return await self._within(super().execute(*arguments, **more))

    async def fetch(self, *arguments: Any, **more: Any) -> Any:
        """Return all rows."""
        return await self._within(super().fetch(*arguments, **more))

    async def fetchrow(self, *arguments: Any, **more: Any) -> Any:
        """Return the first row."""
        return await self._within(super().fetchrow(*arguments, **more))

    async def fetchval(self, *arguments: Any, **more: Any) -> Any:
        """Return the first value."""
        return await self._within(super().fetchval(*arguments, **more))

    async def _within(self, work: Awaitable[_Answer]) -> _Answer:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await work
        except TimeoutError:
            await expire(self.dsn)
            raise


def renewable(keeper: Renewable) -> None:
    """Let ``expire`` reach what keeps connections, for as long as it is used."""
    _keepers.add(keeper)


async def expire(dsn: str) -> None:
    """Let nobody use a connection again that there is to this database now: somebody waited for an answer in vain."""
    for one in [one for one in _keepers if one.dsn == dsn]:
        await one.expire_connections()


async def wait(dsn: str, role: LiteralString, patience_s: float) -> None:
    """Return when a connection can be made, or the patience is over: what is started next says why then."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience_s):
            while True:
                try:
                    connection = await connect(dsn, role)
                except UNAVAILABLE:
                    await asyncio.sleep(_PAUSE_S)
                else:
                    connection.terminate()
                    return


def pool(dsn: str, role: LiteralString, *, size: int = 4, timeout_s: float = 5.0) -> Pool:
    """Return a pool, not yet connected, whose connections act as ``role``."""

    async def step_down(connection: asyncpg.Connection) -> None:
        notice_death(connection)
        await connection.execute(f"SET ROLE {role}", timeout=timeout_s)

    return Pool(
        dsn,
        timeout_s=timeout_s,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
        min_size=0,
        max_size=size,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        connect=None,
        setup=None,
        init=step_down,
        reset=None,
        loop=None,
        timeout=timeout_s,
        command_timeout=timeout_s,
        server_settings=_SETTINGS,
    )


def statements(path: Path) -> Mapping[str, LiteralString]:
    """Read a file of statements, each under a line ``-- name: what``."""
    parts: list[Any] = _NAME.split(path.read_text(encoding="utf-8"))
    return {name: cast("LiteralString", text.strip()) for name, text in zip(parts[1::2], parts[2::2], strict=True)}
