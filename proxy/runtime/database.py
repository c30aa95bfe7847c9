"""Connections to PostgreSQL under one of the product's roles, and named SQL statements from ``.sql`` files.

One ``DATABASE_URL`` serves every part: each connection drops to the role with the fewest rights it needs by
``SET ROLE``, so the login in the URL must be a member of that role. ``docs/reference/audit-record.md`` lists the roles.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, LiteralString, Protocol, TypeVar, cast

import asyncpg

from proxy.errors import ConfigurationError
from proxy.runtime import background, pooling, servers

OWNER: LiteralString = "proxy_owner"
WRITER: LiteralString = "proxy_writer"
READER: LiteralString = "proxy_reader"
IDENTITY: LiteralString = "proxy_identity"
VAULT: LiteralString = "proxy_vault"
REGISTRY: LiteralString = "proxy_registry"
RETENTION: LiteralString = "proxy_retention"
VERIFIER: LiteralString = "proxy_verifier"
EXPORTER: LiteralString = "proxy_exporter"
#: The most connections of a process's pool for a role, which all stores of that role share.
SIZES: Mapping[str, int] = {IDENTITY: 6, VAULT: 6, REGISTRY: 4, WRITER: 2}

UNAVAILABLE = servers.UNAVAILABLE


@contextlib.contextmanager
def raising(error: type[Exception]) -> Iterator[None]:
    """Turn any refusal or failure of the database into ``error``."""
    try:
        yield
    except (*UNAVAILABLE, asyncpg.PostgresError) as cause:
        raise error from cause


#: A silently vanished peer is noticed within ten seconds on both sides, instead of the kernel's two hours.
_IDLE_S, _PROBE_S, _PROBES = 5, 2, 3
_DEAD_MS = 10_000
_NAMED = {"application_name": "compliance-proxy"}
#: Set by statements, not as a connection begins: PgBouncer refuses to begin one with settings that it does not know.
_SETTINGS = {
    "synchronous_commit": "on",
    "tcp_keepalives_idle": str(_IDLE_S),
    "tcp_keepalives_interval": str(_PROBE_S),
    "tcp_keepalives_count": str(_PROBES),
    "tcp_user_timeout": str(_DEAD_MS),
}
_TENANTS = "app.tenants"
#: The roles that see the tenants that are set.
_SEEING = frozenset({READER, VERIFIER, EXPORTER})
_READS = """
SELECT NOT row_security_active('audit.record') OR pg_has_role(current_user, 'proxy_owner', 'USAGE')
       OR audit.reads_all() AS whole, audit.tenants_read() AS tenants
"""
_ALIVE_EVERY_S = 10.0
_Answer = TypeVar("_Answer")
_kept: set[str] = set()  # connection strings of databases whose sessions are ours from beginning to end
_pools: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str, int, float], Pool]]
_pools = weakref.WeakKeyDictionary()
_keepers: weakref.WeakSet[Renewable] = weakref.WeakSet()
_PAUSE_S = 0.3
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


async def connect(
    dsn: str,
    role: LiteralString,
    *,
    timeout_s: float = 5.0,
    tenants: Sequence[str] | None = None,
    writes: bool = True,
) -> asyncpg.Connection:
    """Return a connection that acts as ``role``; a reader, verifier or exporter sees these tenants alone, None for all.

    A login that is bound to tenants in the database (``audit.tenant_login``) sees those, whatever is asked for.
    ``writes``: whether the server must take what such a role writes; one that only sees is content with a standby.

    Raises:
        one of ``UNAVAILABLE``; asyncpg.InsufficientPrivilegeError if the login is not a member of the role.
        ConfigurationError: a pooler gives each transaction another session.

    """
    must_write = writes and role not in _SEEING
    connection = await servers.connected(dsn, timeout=timeout_s, writes=must_write, server_settings=_NAMED)
    try:
        await _prepare(connection, dsn, role, timeout_s)
        if role in _SEEING:
            await see(connection, tenants, timeout_s)
    except BaseException:
        connection.terminate()
        raise
    return connection


async def see(connection: asyncpg.Connection, tenants: Sequence[str] | None, timeout_s: float = 5.0) -> None:
    """Have a reader's, verifier's or exporter's connection see these tenants alone, None for all."""
    seen = "*" if tenants is None else array(tenants)
    await connection.fetchval("SELECT set_config($1, $2, false)", _TENANTS, seen, timeout=timeout_s)


async def allowed(dsn: str) -> int:
    """Return how many connections the server has for all its clients.

    Raises:
        ConfigurationError: a pooler gives each transaction another session.
        one of ``UNAVAILABLE``; asyncpg.InsufficientPrivilegeError if the login is not a member of the writer's role.

    """
    connection = await connect(dsn, WRITER)
    try:
        return int(await connection.fetchval("SHOW max_connections"))
    finally:
        await connection.close()


async def _prepare(connection: asyncpg.Connection, dsn: str, role: LiteralString, timeout_s: float) -> None:
    """Have a new connection act as ``role``, once it is known that its session is its own."""
    notice_death(connection)
    if dsn not in _kept:
        if not await pooling.is_direct(connection):
            await pooling.check(dsn, timeout_s)
        _kept.add(dsn)
    settings = "".join(f"SET {name} = '{value}'; " for name, value in _SETTINGS.items())
    await connection.execute(f"{settings}SET ROLE {role}", timeout=timeout_s)


def array(texts: Sequence[str]) -> str:
    """Return an array of texts as PostgreSQL writes one."""
    quoted = ('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts)
    return "{" + ",".join(quoted) + "}"


async def tenants_read(connection: asyncpg.Connection) -> tuple[str, ...] | None:
    """Return the tenants that a reader's connection sees, None where it sees all."""
    row = await connection.fetchrow(_READS)
    return None if row["whole"] else tuple(sorted(row["tenants"]))


async def require_all(connection: asyncpg.Connection) -> None:
    """Return if a reader's connection sees the whole log.

    Raises:
        ConfigurationError: it sees some tenants.

    """
    seen = await tenants_read(connection)
    if seen is not None:
        named = ", ".join(seen) or "none"
        raise ConfigurationError(
            f"this login reads some tenants alone ({named}); this needs one that reads the whole log"
        )


@contextlib.asynccontextmanager
async def reading_all(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Within a transaction, see all tenants, if the login is bound to none."""
    before = await connection.fetchval("SELECT current_setting($1, true)", _TENANTS)
    await connection.fetchval("SELECT set_config($1, '*', true)", _TENANTS)
    try:
        yield
    finally:
        await connection.fetchval("SELECT set_config($1, $2, true)", _TENANTS, before or "")


def notice_death(connection: asyncpg.Connection) -> None:
    """Have the kernel give up on a silent peer (RFC 5482); Unix sockets do not need it."""
    carrier = connection._transport.get_extra_info("socket")  # noqa: SLF001 - asyncpg offers no other way
    if carrier is None or carrier.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    options = {"TCP_KEEPIDLE": _IDLE_S, "TCP_KEEPINTVL": _PROBE_S, "TCP_KEEPCNT": _PROBES, "TCP_USER_TIMEOUT": _DEAD_MS}
    carrier.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in options.items():
        if hasattr(socket, name):  # platforms differ
            carrier.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def listen_until_ended(connection: asyncpg.Connection, timeout_s: float) -> None:
    """Return once a connection that only listens has ended; end it if its peer has gone silent."""
    ended = asyncio.Event()
    connection.add_termination_listener(lambda _: ended.set())
    while not ended.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ALIVE_EVERY_S):
                await ended.wait()
        if not ended.is_set():
            await connection.execute("SELECT 1", timeout=timeout_s)


async def hear(  # noqa: PLR0913 - where, as whom, of what, and what then
    dsn: str,
    role: LiteralString,
    channel: str,
    notified: Callable[[str], object],
    *,
    reconnected: Callable[[], object],
    listening: asyncio.Event | None = None,
    timeout_s: float = 5.0,
) -> None:
    """Pass on the notifications of a channel, for ever, over a connection of its own that is renewed when it ends.

    ``reconnected`` is called whenever one begins: what was notified before it is lost. ``listening`` is set while one
    stands.
    """
    heard = listening or asyncio.Event()
    while True:
        with contextlib.suppress(*UNAVAILABLE, asyncpg.PostgresError):
            connection = await connect(dsn, role, timeout_s=timeout_s)
            try:
                await connection.add_listener(channel, lambda *about: notified(str(about[-1])))
                reconnected()
                heard.set()
                await listen_until_ended(connection, timeout_s)
            finally:
                connection.terminate()
                heard.clear()
        background.end_if_cancelled()
        await asyncio.sleep(1.0)


class Renewable(Protocol):
    """A holder of database connections that can replace them."""

    dsn: str

    async def expire_connections(self) -> None:
        """Replace every current connection before its next use."""
        ...


class PooledConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that keeps role and settings when it goes back to its pool."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        """Return what a connection forgets between two users: locks, cursors and channels, but no settings."""
        return "SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *"


class Pool(asyncpg.Pool):  # type: ignore[misc]  # asyncpg has no types
    """A pool whose callers never wait longer than ``timeout_s``, for a connection and its answer together.

    A timeout expires all connections to this database, those of other pools and the audit log included: they may be
    half-open, and new ones cost milliseconds. So does a server that writes no more. Otherwise each request would find
    out for one connection after another.

    ``leases`` counts who uses it: it ends with the last of them that terminates it.
    """

    def __init__(self, dsn: str, *arguments: Any, timeout_s: float, **more: Any) -> None:
        super().__init__(dsn, *arguments, **more)
        self.dsn = dsn
        self._timeout_s = timeout_s
        self.leases = 0
        renewable(self)

    @property
    def has_ended(self) -> bool:
        """Whether all who used it have terminated it."""
        return bool(self._closed)

    def terminate(self) -> None:
        """End the connections, unless others use them."""
        self.leases -= 1
        if self.leases <= 0:
            super().terminate()

    def acquire(self, *, timeout: float | None = None) -> Any:
        """Return the context of a connection; releasing it is bounded by ``timeout_s`` too."""
        return super().acquire(timeout=self._timeout_s if timeout is None else timeout)

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Release a connection; close one whose query was abandoned: its peer may never answer the cancellation."""
        raw = connection._con  # noqa: SLF001 - asyncpg has no public way
        if raw is not None and raw._protocol._is_cancelling():  # noqa: SLF001
            raw.terminate()
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
        except (TimeoutError, asyncpg.ReadOnlySQLTransactionError):
            await expire(self.dsn)
            raise


def renewable(keeper: Renewable) -> None:
    """Register a holder of connections with ``expire``, for as long as it exists."""
    _keepers.add(keeper)


async def expire(dsn: str) -> None:
    """Have every current connection to this database replaced: a query has timed out, or its server writes no more."""
    for keeper in [keeper for keeper in _keepers if keeper.dsn == dsn]:
        await keeper.expire_connections()


async def wait(dsn: str, role: LiteralString, patience_s: float) -> None:
    """Return once a connection succeeds or the patience is over; what starts next then reports the reason."""
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


def pool(dsn: str, role: LiteralString, *, size: int | None = None, timeout_s: float = 5.0) -> Pool:
    """Return this process's pool of connections that act as ``role``; whoever asks for the same gets the same one.

    ``size``: how many connections at most, by default ``SIZES``.
    """
    most = size or SIZES[role]
    pools = _pools.setdefault(asyncio.get_running_loop(), {})
    existing = pools.get((dsn, role, most, timeout_s))
    if existing is None or existing.has_ended:
        existing = pools[dsn, role, most, timeout_s] = _pool(dsn, role, most, timeout_s)
    existing.leases += 1
    return existing


def usage() -> Mapping[str, Mapping[str, int]]:
    """Return how this loop's pools are used, by role: connections busy and idle, the most there may be, who waits."""
    used: dict[str, dict[str, int]] = {}
    for (_, role, most, _), each in _pools.get(asyncio.get_running_loop(), {}).items():
        size, idle = each.get_size(), each.get_idle_size()
        waiting = len(each._queue._getters) if each._queue is not None else 0  # noqa: SLF001 - asyncpg does not say
        states = used.setdefault(role.removeprefix("proxy_"), dict.fromkeys(("busy", "idle", "most", "waiting"), 0))
        for state, number in (("busy", size - idle), ("idle", idle), ("most", most), ("waiting", waiting)):
            states[state] += number
    return used


def _pool(dsn: str, role: LiteralString, size: int, timeout_s: float) -> Pool:
    """Return a pool, not yet connected."""

    async def step_down(connection: asyncpg.Connection) -> None:
        await _prepare(connection, dsn, role, timeout_s)

    return Pool(
        dsn,
        timeout_s=timeout_s,
        connection_class=PooledConnection,
        record_class=asyncpg.Record,
        min_size=0,
        max_size=size,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        connect=servers.connected,
        setup=None,
        init=step_down,
        reset=None,
        loop=None,
        timeout=timeout_s,
        command_timeout=timeout_s,
        server_settings=_NAMED,
    )


def statements(path: Path) -> Mapping[str, LiteralString]:
    """Read a file of SQL statements, each below a line ``-- name: NAME``."""
    parts: list[Any] = _NAME.split(path.read_text(encoding="utf-8"))
    return {name: cast("LiteralString", text.strip()) for name, text in zip(parts[1::2], parts[2::2], strict=True)}
