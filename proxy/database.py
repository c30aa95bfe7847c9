"""Connections to PostgreSQL under one of the product's roles, and named SQL statements from ``.sql`` files.

One ``DATABASE_URL`` serves every part: each connection steps down with ``SET ROLE`` to the least it needs, so the
login behind the URL must be a member of that role. ``docs/reference/audit-record.md`` lists the roles.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, LiteralString, cast

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


_SETTINGS = {"application_name": "compliance-proxy", "synchronous_commit": "on"}
_PAUSE_S = 0.3
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


async def connect(dsn: str, role: LiteralString, *, timeout_s: float = 5.0) -> asyncpg.Connection:
    """Return a connection that acts as ``role``.

    Raises:
        one of ``UNAVAILABLE``; asyncpg.InsufficientPrivilegeError when the login may not take the role.

    """
    connection = await asyncpg.connect(dsn, timeout=timeout_s, server_settings=_SETTINGS)
    try:
        await connection.execute(f"SET ROLE {role}", timeout=timeout_s)
    except BaseException:
        connection.terminate()
        raise
    return connection


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


def pool(dsn: str, role: LiteralString, *, size: int = 4, timeout_s: float = 5.0) -> asyncpg.Pool:
    """Return a pool, not yet connected, whose connections act as ``role``."""

    async def step_down(connection: asyncpg.Connection) -> None:
        await connection.execute(f"SET ROLE {role}")

    return asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        init=step_down,
        timeout=timeout_s,
        command_timeout=timeout_s,
        server_settings=_SETTINGS,
    )


def statements(path: Path) -> Mapping[str, LiteralString]:
    """Read a file of statements, each under a line ``-- name: what``."""
    parts: list[Any] = _NAME.split(path.read_text(encoding="utf-8"))
    return {name: cast("LiteralString", text.strip()) for name, text in zip(parts[1::2], parts[2::2], strict=True)}
