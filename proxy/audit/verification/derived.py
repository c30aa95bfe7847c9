"""Compares the typed tables with the records that they are derived from, and makes them again where they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import orjson

from proxy.audit.records import columns, events, settled
from proxy.audit.records.record import Record, stored
from proxy.audit.writing.session import typed_insert
from proxy.audit.writing.typed import TYPED_COLUMNS, objects
from proxy.runtime import database

STATEMENTS = database.statements(Path(__file__).with_name("derived.sql"))
_AT_ONCE = 500
_ROLLUPS = ("day", "entity_day", "transfer_day", "touch")

Place = tuple[str, int]  # writer, seq
Row = tuple[Any, ...]


class Difference(NamedTuple):
    """What is not as the records say: ``what`` is missing, surplus or differs; ``detail`` names columns or days."""

    table: str
    writer: str
    seq: int
    what: str
    detail: str = ""


@dataclass(slots=True)
class TypedComparison:
    """What a comparison found; of the differences the first ``MOST`` are kept, all are counted."""

    MOST = 1000
    exchanges: int = 0
    events: int = 0
    differing: int = 0
    differences: list[Difference] = field(default_factory=list)

    def add(self, *found: Difference) -> None:
        """Take in differences."""
        self.differing += len(found)
        self.differences.extend(found[: self.MOST - len(self.differences)])


class _Repair(NamedTuple):
    """Rows to remove, and rows to store instead, of one table."""

    table: str
    surplus: list[Place]
    rows: list[Row]


async def check(connection: asyncpg.Connection) -> TypedComparison:
    """Compare all typed rows and rollups with the records, on a connection that may read both.

    Raises:
        ConfigurationError: the login does not read the whole log.

    """
    await database.require_all(connection)
    compared = TypedComparison()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        async for _ in _repairs(connection, compared):
            pass
        await _rollups(connection, compared)
    return compared


async def rebuild(connection: asyncpg.Connection) -> TypedComparison:
    """Make the typed tables what the records say, on a connection that acts as their owner; return what differed.

    Writers go on meanwhile: what they store is in neither side of the comparison.
    """
    for row in await connection.fetch(STATEMENTS["months"]):
        await connection.fetchval("SELECT evidence.add_month($1)", row["month"])
    compared = TypedComparison()
    async with connection.transaction(isolation="repeatable_read"):
        await connection.execute(STATEMENTS["hold"])
        async for repair in _repairs(connection, compared):
            await _apply(connection, repair)
        await _rollups(connection, compared)
        if compared.differing:
            await connection.execute(STATEMENTS["unfold"])
            await connection.execute("SELECT evidence.fold()")
        await connection.execute(STATEMENTS["complete"])
    return compared


async def _apply(connection: asyncpg.Connection, repair: _Repair) -> None:
    if repair.surplus:
        writers, places = zip(*repair.surplus, strict=True)
        await connection.execute(STATEMENTS[f"remove_{repair.table}"], writers, places)
    if not repair.rows:
        return
    names, rows = TYPED_COLUMNS[repair.table == "event"], repair.rows
    if repair.table == "exchange":  # an hour that is over is folded, whenever it was made again
        ended = names.index("ended_at")
        names, rows = (*names, "stored_at"), [(*row, row[ended]) for row in rows]
    await connection.execute(typed_insert(repair.table, names, 1), objects(names, rows))


async def _repairs(connection: asyncpg.Connection, compared: TypedComparison) -> AsyncIterator[_Repair]:
    """Yield what would make each table what the records say, and note it."""
    async for wanted in _exchanges(connection):
        compared.exchanges += len(wanted)
        held = await connection.fetch(STATEMENTS["typed_exchanges"], [row[_EXCHANGE] for row in wanted])
        yield _compared("exchange", wanted, held, compared)
    async for wanted in _events(connection):
        compared.events += len(wanted)
        writers, places = [row[0] for row in wanted], [row[1] for row in wanted]
        held = await connection.fetch(STATEMENTS["typed_events"], writers, places)
        yield _compared("event", wanted, held, compared)
    for table in ("exchange", "event"):
        rows = await connection.fetch(STATEMENTS[f"unfounded_{table}"])
        surplus = [(row["writer"], row["seq"]) for row in rows]
        compared.add(*(Difference(table, *place, "surplus") for place in surplus))
        yield _Repair(table, surplus, [])


_EXCHANGE, _TENANT, _AT = (TYPED_COLUMNS[0].index(name) for name in ("exchange", "tenant", "at"))
_LINKING = {TYPED_COLUMNS[0].index("subjects"): (), TYPED_COLUMNS[0].index("conversation"): ""}


def _unlinked(row: Row, expired: Collection[tuple[str, date]]) -> Row:
    """Return a row without what links it to a person, where that has ended."""
    if (row[_TENANT], row[_AT].astimezone(UTC).date()) not in expired:
        return row
    return tuple(_LINKING.get(place, value) for place, value in enumerate(row))


async def _exchanges(connection: asyncpg.Connection) -> AsyncIterator[list[Row]]:
    """Yield the rows that the records of ended exchanges make, in batches."""
    expired = {(row["tenant"], row["day"]) for row in await connection.fetch(STATEMENTS["unlinked"])}
    cursor = await connection.cursor(STATEMENTS["outcomes"])
    while outcomes := await cursor.fetch(_AT_ONCE):
        known: dict[str, list[Record]] = defaultdict(list)
        for row in await connection.fetch(STATEMENTS["opened"], [row["exchange"] for row in outcomes]):
            known[row["exchange"]].append(stored(row))
        made = []
        for row in outcomes:
            one = settled.read([*known[row["exchange"]], stored(row)])
            if one is not None:
                made.append(_unlinked((row["writer"], row["seq"], *columns.row(one)), expired))
        yield made


async def _events(connection: asyncpg.Connection) -> AsyncIterator[list[Row]]:
    """Yield the rows that the records of events make, in batches."""
    cursor = await connection.cursor(STATEMENTS["events"])
    while rows := await cursor.fetch(_AT_ONCE):
        yield [(row["writer"], row["seq"], *events.row(stored(row))) for row in rows]


def _compared(
    table: str, wanted: Sequence[Row], held: Sequence[Mapping[str, Any]], compared: TypedComparison
) -> _Repair:
    """Compare rows by their place; one that is held twice counts as differing."""
    names = TYPED_COLUMNS[table == "event"]
    known: dict[Place, list[Mapping[str, Any]]] = defaultdict(list)
    for one in held:
        known[one["writer"], one["seq"]].append(one)
    repair = _Repair(table, [], [])
    for row in wanted:
        place: Place = (row[0], row[1])
        found = known.pop(place, [])
        differing = _differing(names, row, found)
        if differing is None:
            continue
        compared.add(Difference(table, *place, "differs" if found else "missing", differing))
        repair.rows.append(row)
        if found:
            repair.surplus.append(place)
    return repair


def _differing(names: Sequence[str], row: Row, found: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the columns that differ, "" where there is no row, None where it is the same."""
    if len(found) != 1:
        return "stored twice" if found else ""
    different = [
        name for name, value in zip(names, row, strict=True) if _plain(name, value) != _plain(name, found[0][name])
    ]
    return ", ".join(different) or None


def _plain(name: str, value: Any) -> Any:
    if name == "facts":
        return orjson.loads(value)
    return list(value) if isinstance(value, tuple) else value


async def _rollups(connection: asyncpg.Connection, compared: TypedComparison) -> None:
    """Compare the sums of each day that is folded with those of its exchanges."""
    for name in _ROLLUPS:
        for row in await connection.fetch(STATEMENTS[f"folded_{name}"]):
            compared.add(Difference(name, "", 0, "differs", f"{row['day']}"))
