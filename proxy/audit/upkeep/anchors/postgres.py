"""A table in another PostgreSQL as anchor, under a login that may only add rows and read them.

``postgres:<the rest of its connection string>``, that is ``postgres://login:password@host/database``. There, once:

    CREATE TABLE anchor (line text PRIMARY KEY, size bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
    GRANT INSERT (line, size), SELECT ON anchor TO <login>;
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

import asyncpg

from proxy.runtime import database

if TYPE_CHECKING:
    from proxy.audit.upkeep.anchors import NewNote

KIND = "postgres"
_TIMEOUT_S = 5.0
_ADD = """
INSERT INTO anchor (line, size) SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM anchor WHERE size >= $2)
"""


@dataclass(frozen=True, slots=True)
class PostgresAnchor:
    """Rows in a database that other people administer."""

    speaks: ClassVar[bool] = False
    dsn: str = field(repr=False)

    @property
    def where(self) -> str:
        """Its place, for people."""
        parts = urlsplit(self.dsn)
        return f"postgres {parts.hostname or 'local'}{parts.path}"

    async def put(self, note: NewNote) -> bytes:
        """Keep a note.

        Raises:
            OSError: it could not be kept.

        """
        async with self._connected() as connection:
            await connection.execute(_ADD, note.line, note.size, timeout=_TIMEOUT_S)
        return b""

    async def newest(self, _origin: str, /) -> str:
        """Return the newest line, "" when there is none.

        Raises:
            OSError: it cannot be read.

        """
        async with self._connected() as connection:
            return await connection.fetchval("SELECT line FROM anchor ORDER BY size DESC LIMIT 1") or ""

    async def every(self, _origin: str, /) -> Sequence[str]:
        """Return every line.

        Raises:
            OSError: it cannot be read.

        """
        async with self._connected() as connection:
            return [row["line"] for row in await connection.fetch("SELECT line FROM anchor ORDER BY size")]

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        try:
            connection = await asyncpg.connect(self.dsn, timeout=_TIMEOUT_S)
            try:
                yield connection
            finally:
                connection.terminate()
        except (*database.UNAVAILABLE, asyncpg.PostgresError) as error:
            raise OSError(type(error).__name__) from error


def opened(where: str) -> PostgresAnchor:
    """Return the anchor in a database."""
    return PostgresAnchor(f"{KIND}:{where}")
