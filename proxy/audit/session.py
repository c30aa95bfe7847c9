"""One writer's connection: its advisory lock says that it lives, its COPY stores a batch in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from proxy import database
from proxy.audit.chain import Head, genesis, link
from proxy.audit.record import Record

STATEMENTS = database.statements(Path(__file__).with_name("queries.sql"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "writer", "seq", "recorded_at", "kind", "exchange", "attempt", "tenant", "activity", "service", "action",
    "target", "status", "codes", "revision", "data_revision", "prev", "hash", "body",
)  # fmt: skip

Row = tuple[Any, ...]


def instant(microseconds: int) -> datetime:
    """Return the exact moment; floats would lose microseconds."""
    return _EPOCH + timedelta(microseconds=microseconds)


def chained(writer: str, head: Head, records: Iterable[Record]) -> tuple[list[Row], Head]:
    """Return the rows for the table in ``_COLUMNS`` order, and the chain's new head."""
    seq, prev = head
    rows = []
    for record in records:
        seq += 1
        made = link(prev, record.body)
        rows.append((writer, seq, instant(record.at), *record[1:13], prev, made, record.body.decode()))
        prev = made
    return rows, Head(seq, prev)


class Session:
    """A connection that acts as the insert-only role and holds the writer's lock."""

    def __init__(self, connection: asyncpg.Connection, writer: str) -> None:
        self._connection = connection
        self._writer = writer

    @classmethod
    async def open(cls, dsn: str, writer: str, timeout_s: float) -> Session:
        """Connect and take the writer's lock.

        Holding the lock proves that an earlier connection of this writer has ended, and with it a commit of
        unknown result.

        Raises:
            one of ``database.UNAVAILABLE``, also while an earlier connection still lives.

        """
        connection = await database.connect(dsn, database.WRITER, timeout_s=timeout_s)
        try:
            taken = await connection.fetchval(STATEMENTS["take_lock"], writer, timeout=timeout_s)
        except BaseException:
            connection.terminate()
            raise
        if not taken:
            connection.terminate()
            raise TimeoutError("an earlier connection of this writer still lives")
        return cls(connection, writer)

    @property
    def alive(self) -> bool:
        """Whether the connection is open as far as this side knows."""
        return not self._connection.is_closed()

    def on_end(self, told: Any) -> None:
        """Call ``told()`` when the connection ends."""
        self._connection.add_termination_listener(lambda _: told())

    async def head(self, timeout_s: float) -> Head:
        """Return the last stored record of this writer."""
        row = await self._connection.fetchrow(STATEMENTS["head"], self._writer, timeout=timeout_s)
        return Head(row["seq"], row["hash"]) if row else genesis(self._writer)

    async def recovered(self, timeout_s: float) -> bool:
        """Whether this writer was taken for dead and its open exchanges were settled: its chain must not go on."""
        return bool(await self._connection.fetchval(STATEMENTS["recovered"], self._writer, timeout=timeout_s))

    async def store(self, rows: Sequence[Row], timeout_s: float) -> None:
        """Store all rows durably, or none."""
        await self._connection.copy_records_to_table(
            "record", schema_name="audit", columns=_COLUMNS, records=rows, timeout=timeout_s
        )

    def drop(self) -> None:
        """End the connection without waiting."""
        self._connection.terminate()

    async def close(self, timeout_s: float) -> None:
        """End the connection."""
        await self._connection.close(timeout=timeout_s)
