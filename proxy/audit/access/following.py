"""Reads the log as it grows, chain by chain, on a connection that acts as the reader.

There is no order among chains: a batch of one may be committed after a later one of another, so no time and no number
of the whole log says what has been read. Within a chain there is: a writer stores its batches one after the other, so
whoever has seen record n has seen all before it. What has been read is therefore a place in each chain. Times are only
used to look for chains that have grown lately; a look at all of them, now and then, finds what a time has missed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from proxy.audit.access import whole
from proxy.audit.records.packing import unpacked
from proxy.runtime import database

_SQL = database.statements(Path(__file__).with_name("following.sql"))
_SEALS = 100
#: How many days before its seal an exchange may have begun; None: any.
_MARGINS = (1, 40, None)


class FollowedRecord(NamedTuple):
    """A stored record: its place, its hash, its body byte for byte; ``leaf`` is None until a note covers its seal.

    ``whole`` is the body as a document, with the answers that it names.
    """

    writer: str
    seq: int
    hash: bytes
    body: bytes
    leaf: int | None
    whole: Mapping[str, Any]


class ChainWindow(NamedTuple):
    """Records of one chain in order, as far as this reader may see them, and the place up to which they are all.

    ``purged`` more were there and are past their time.
    """

    writer: str
    until: int
    records: Sequence[FollowedRecord]
    purged: int = 0


async def prepare(connection: asyncpg.Connection) -> None:
    """Have each statement planned for its values: a plan for all values would open the partitions of every month.

    Raises:
        ConfigurationError: the login does not read the whole log.

    """
    await database.require_all(connection)
    await connection.execute("SET plan_cache_mode = force_custom_plan")


async def heads(connection: asyncpg.Connection, within_s: float | None = None) -> dict[str, int]:
    """Return the last place of every chain, or of those to which something was added in the last so many seconds."""
    if within_s is None:
        rows = await connection.fetch(_SQL["heads"])
    else:
        rows = await connection.fetch(_SQL["recent_heads"], within_s)
    return {row["writer"]: row["seq"] for row in rows}


async def before(connection: asyncpg.Connection, moment: datetime) -> dict[str, int]:
    """Return the place in each chain before the first batch that ends at a moment or later; no chain without one."""
    positions = await heads(connection)
    rows = await connection.fetch(_SQL["last_before"], list(positions), list(positions.values()), moment)
    return {row["writer"]: row["seq"] for row in rows if row["seq"] is not None}


async def window(connection: asyncpg.Connection, writer: str, after: int, most: int) -> ChainWindow:
    """Return the records after a place: whole batches, at least one where there is any, ``most`` records or fewer else.

    ``after`` itself where there is nothing.
    """
    until, number, times = after, 0, list[datetime]()
    for row in await connection.fetch(_SQL["next_seals"], writer, after, _SEALS):
        number += row["records"]
        if number > most and until > after:
            break
        until = row["last_seq"]
        times += (row["first_at"], row["last_at"])
    purged = await connection.fetchval(_SQL["purged_between"], writer, after, until) if times else 0
    rows = await _records(connection, writer, (after, until, until - after - purged), times) if times else []
    bodies = await whole.documents(connection, [row["content"] for row in rows])
    read = (
        FollowedRecord(writer, row["seq"], row["hash"], unpacked(row["content"]), row["leaf"], body)
        for row, body in zip(rows, bodies, strict=True)
    )
    return ChainWindow(writer, until, list(read), purged)


async def _records(
    connection: asyncpg.Connection, writer: str, places: tuple[int, int, int], times: Sequence[datetime]
) -> list[asyncpg.Record]:
    """Return the records between two places, which are so many, if they can be read at all.

    Most exchanges begin on the day on which their records are sealed, or the day before; whatever opens the partitions
    of every day takes a lock on each. An outcome may come later: then more days are opened.
    """
    records: list[asyncpg.Record] = []
    after, until, number = places
    days = [moment.astimezone(UTC).date() for moment in times]
    for margin in _MARGINS:
        first = min(days) - timedelta(margin) if margin is not None else date.min
        last = max(days) + timedelta(1) if margin is not None else date.max
        records = await connection.fetch(_SQL["records_between"], writer, after, until, first, last)
        if len(records) == number:
            break
    return records


def grown(earlier: Mapping[str, int], positions: Mapping[str, int]) -> list[str]:
    """Return the chains that go on after a place that was read."""
    return [writer for writer, head in earlier.items() if head > positions.get(writer, 0)]
