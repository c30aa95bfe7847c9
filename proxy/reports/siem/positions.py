"""How far a stream has come in each chain of the log: in the database, or only as long as a command runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import asyncpg

from proxy.runtime import database

_SQL = database.statements(Path(__file__).with_name("positions.sql"))


class Positions(Protocol):
    """Where a stream stands: the last record that the collector has, for each chain."""

    async def load(self) -> dict[str, int] | None:
        """Return the places, None where the stream has never begun."""

    async def begin(self, at: Mapping[str, int]) -> None:
        """Begin after these places."""

    async def advance(self, to: Mapping[str, int]) -> None:
        """Move forward; what was sent before that is never read again."""


class PassingPositions:
    """Remembers nothing: the stream begins anew each time."""

    async def load(self) -> dict[str, int] | None:
        """Return None."""
        return None

    async def begin(self, at: Mapping[str, int]) -> None:
        """Do nothing."""

    async def advance(self, to: Mapping[str, int]) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class StoredPositions:
    """Rows of the login that runs the stream, which no other login can change.

    The connection acts as the reader and holds the stream's lock, so a process that has lost the one has lost the other
    and can neither read on nor move the place.
    """

    connection: asyncpg.Connection
    name: str

    async def take(self) -> bool:
        """Take the stream for as long as the connection lives; False where another process has it."""
        return bool(await self.connection.fetchval(_SQL["take"], self.name))

    async def load(self) -> dict[str, int] | None:
        """Return the places, None where the stream has never begun."""
        if not await self.connection.fetchval(_SQL["is_begun"], self.name):
            return None
        return {row["writer"]: row["seq"] for row in await self.connection.fetch(_SQL["positions"], self.name)}

    async def begin(self, at: Mapping[str, int]) -> None:
        """Begin after these places, wholly or not at all."""
        async with self.connection.transaction():
            await self.connection.execute(_SQL["begin"], self.name)
            await self.advance(at)

    async def advance(self, to: Mapping[str, int]) -> None:
        """Move forward, durably."""
        await self.connection.execute(_SQL["advance"], self.name, list(to), list(to.values()))
