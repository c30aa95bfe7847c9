"""The log of seals as monitors read it (C2SP tlog-tiles): notes, hashes and seals, never a record.

It acts as the writer's role, which may read these and no record.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import asyncpg

from proxy.audit.sealing.tiles import ENTRIES, Tile
from proxy.audit.upkeep import log_tree
from proxy.audit.upkeep.log_tree import LogGapError, LogTree
from proxy.audit.writing.session import STATEMENTS
from proxy.errors import AuditUnavailableError
from proxy.runtime import database

_CONNECTIONS = 2
_LENGTH_BYTES = 2


async def newest_note(connection: asyncpg.Connection) -> str | None:
    """Return the newest note with the cosignatures that are stored, None where none is signed yet."""
    row = await connection.fetchrow(STATEMENTS["last_note"])
    if row is None:
        return None
    words = await connection.fetch(STATEMENTS["words"], row["size"])
    cosigned = (word["word"].decode(errors="replace") for word in words if word["anchor"].startswith("witness "))
    return f"{row['note']}{''.join(cosigned)}"


@dataclass(eq=False)
class PublishedLog:
    """The log in the database at ``dsn``, up to its newest signed note."""

    dsn: str = field(repr=False)
    origin: str
    timeout_s: float = 5.0
    _pool: database.Pool | None = None
    _size: int = 0  # of a note that was seen: the log only grows

    async def checkpoint(self) -> str | None:
        """Return the newest note with the cosignatures that are stored, None where none is signed yet.

        Raises:
            AuditUnavailableError: the database cannot be read.

        """
        with database.raising(AuditUnavailableError):
            async with (await self._connected()).acquire() as connection:
                return await newest_note(connection)

    async def tile(self, tile: Tile) -> bytes | None:
        """Return a tile's hashes, or its leaves, None where the newest note does not cover all of it.

        Raises:
            AuditUnavailableError: the database cannot be read, or the log lacks seals.

        """
        with database.raising(AuditUnavailableError):
            async with (await self._connected()).acquire() as connection:
                if not tile.is_in(self._size):
                    self._size = await connection.fetchval(STATEMENTS["noted_size"])
                if not tile.is_in(self._size):
                    return None
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    return await self._content(connection, tile)

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def _content(self, connection: asyncpg.Connection, tile: Tile) -> bytes:
        try:
            if tile.level != ENTRIES:
                return b"".join(await LogTree(connection, self.origin).tile(tile))
        except LogGapError as error:
            raise AuditUnavailableError(str(error)) from error
        sealed = (await log_tree.seals(connection, tile.number))[: tile.width]
        if len(sealed) < tile.width:
            raise AuditUnavailableError("the log lacks seals")
        entries = [seal.entry(self.origin) for seal in sealed]
        return b"".join(len(entry).to_bytes(_LENGTH_BYTES, "big") + entry for entry in entries)

    async def _connected(self) -> database.Pool:
        if self._pool is None:
            self._pool = await database.pool(self.dsn, database.WRITER, size=_CONNECTIONS, timeout_s=self.timeout_s)
        return self._pool
