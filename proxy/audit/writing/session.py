"""One writer's connection: its advisory lock says that it lives, one statement stores a batch with its seal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from proxy.audit.records.packing import packed
from proxy.audit.records.record import Head, Record, genesis, instant, link, microseconds
from proxy.audit.sealing.seal import Batch, BatchSeal, batch
from proxy.runtime import database

STATEMENTS = database.statements(Path(__file__).with_name("queries.sql"))
#: A row of the table: what of the record the database is asked of, between its place in the chain and its hashes.
_COLUMNS = (
    "writer", "seq", "recorded_at", "kind", "exchange", "attempt", "tenant", "activity", "action", "target", "prev",
    "hash", "body", "packed",
)  # fmt: skip
_HASH = _COLUMNS.index("hash")

Row = tuple[Any, ...]


def batched(rows: Sequence[Row]) -> Batch:
    """Return what a seal over these rows, in ``_COLUMNS`` order, covers."""
    return batch(rows[0][0], rows[0][1], [microseconds(row[2]) for row in rows], [row[_HASH] for row in rows])


def chained(writer: str, head: Head, records: Iterable[Record]) -> tuple[list[Row], Head]:
    """Return the rows for the table in ``_COLUMNS`` order, and the chain's new head."""
    seq, prev = head
    rows = []
    for record in records:
        seq += 1
        digest = link(prev, record.body)
        rows.append((
            writer, seq, instant(record.at), record.kind, record.exchange, record.attempt, record.tenant,
            record.activity, record.action, record.target, prev, digest, *packed(record),
        ))  # fmt: skip
        prev = digest
    return rows, Head(seq, prev)


class StillHeldError(TimeoutError):
    """An earlier connection of this writer still lives, as far as the server knows."""


@dataclass(frozen=True, slots=True)
class Backend:
    """The server's process behind a connection: a process id alone may come again."""

    pid: int
    since: datetime


class Session:
    """A connection that acts as the insert-only role and holds the writer's lock."""

    def __init__(self, connection: asyncpg.Connection, writer: str, backend: Backend) -> None:
        self._connection = connection
        self._writer = writer
        self.backend = backend

    @classmethod
    async def open(cls, dsn: str, writer: str, timeout_s: float, former: Backend | None = None) -> Session:
        """Connect and take the writer's lock, after ending the backend of this writer's connection before.

        Holding the lock proves that an earlier connection of this writer has ended, and with it a commit of
        unknown result. A connection whose peer went silent would hold the lock until the server's kernel gives up.

        Raises:
            StillHeldError: somebody holds the lock.
            one of ``database.UNAVAILABLE``.

        """
        connection = await database.connect(dsn, database.WRITER, timeout_s=timeout_s)
        try:
            backend = await _succeed(connection, former, timeout_s)
            taken = await connection.fetchval(STATEMENTS["take_lock"], writer, timeout=timeout_s)
        except BaseException:
            connection.terminate()
            raise
        if not taken:
            connection.terminate()
            raise StillHeldError
        return cls(connection, writer, backend)

    @property
    def alive(self) -> bool:
        """Whether the connection is open as far as this side knows."""
        return not self._connection.is_closed()

    def on_end(self, listener: Any) -> None:
        """Call ``told()`` when the connection ends."""
        self._connection.add_termination_listener(lambda _: listener())

    async def head(self, timeout_s: float) -> Head:
        """Return the last stored record of this writer."""
        row = await self._connection.fetchrow(STATEMENTS["head"], self._writer, timeout=timeout_s)
        return Head(row["seq"], row["hash"]) if row else genesis(self._writer)

    async def now(self, timeout_s: float) -> datetime:
        """Return the time by the server's clock."""
        moment: datetime = await self._connection.fetchval("SELECT clock_timestamp()", timeout=timeout_s)
        return moment

    async def recovered(self, timeout_s: float) -> bool:
        """Whether this writer was taken for dead and its open exchanges were settled: its chain must not go on."""
        return bool(await self._connection.fetchval(STATEMENTS["recovered"], self._writer, timeout=timeout_s))

    async def store(self, rows: Sequence[Row], seal: BatchSeal, timeout_s: float) -> None:
        """Store all rows and their seal durably, or none: one statement is one transaction."""
        await self._connection.execute(STATEMENTS["store"], *_sealed(seal), _placeless(rows), timeout=timeout_s)

    def drop(self) -> None:
        """End the connection without waiting."""
        self._connection.terminate()

    async def close(self, timeout_s: float) -> None:
        """End the connection."""
        await self._connection.close(timeout=timeout_s)


def _sealed(seal: BatchSeal) -> Row:
    writer, first_seq, last_seq, first_at, last_at, head, root = seal.batch
    return (writer, first_seq, last_seq, instant(first_at), instant(last_at), head, root, seal.signature)


def _placeless(rows: Sequence[Row]) -> list[Row]:
    """Return the rows as ``audit.new_record``: without their places, which the seal says."""
    return [row[_COLUMNS.index("recorded_at") :] for row in rows]


async def _succeed(connection: asyncpg.Connection, former: Backend | None, timeout_s: float) -> Backend:
    """End the backend before this one, and return this one: both as the login, which sees its own backends."""
    await connection.execute("RESET ROLE", timeout=timeout_s)
    if former is not None:
        await connection.fetchval(STATEMENTS["end_backend"], former.pid, former.since, timeout=timeout_s)
    backend = await connection.fetchrow(STATEMENTS["own_backend"], timeout=timeout_s)
    await connection.execute(f"SET ROLE {database.WRITER}", timeout=timeout_s)
    return Backend(backend["pid"], backend["backend_start"])
