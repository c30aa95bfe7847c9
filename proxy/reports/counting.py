"""How many exchanges match a filter: over time, and by what they could be narrowed to further.

Each count is of all that match, or none is given: where counting takes too long there are the values without numbers.
The read is on record before the counts are returned.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import asyncpg

from proxy.audit.upkeep import readings
from proxy.errors import AuditUnavailableError
from proxy.reports import answer, groups, parameters, rows
from proxy.reports.answer import QueryContext, World
from proxy.reports.listing import FILTERS, matching
from proxy.reports.parameters import InvalidParameterError
from proxy.reports.relations import QueryRows, TooSlowError
from proxy.runtime import database

_Counts = TypeVar("_Counts")
#: What a series tells apart, and the column that says it.
SPLITS: Mapping[str, str] = {
    "action": "action", "outcome": "ended", "responsibility": "responsibility", "code": "code", "target": "target",
    "region": "region", "tenant": "tenant", "activity": "activity",
}  # fmt: skip
#: What tells transfers to third countries apart: lists of an exchange, one entry for each transfer.
TRANSFERS: Mapping[str, str] = {"to": "transfer_destinations", "mechanism": "transfer_mechanisms"}
BUCKETS = ("hour", "day", "week", "month")
#: What a page of exchanges can be narrowed to, and the list of a row's values of it.
FACETS: Mapping[str, str] = {
    "tenant": "[tenant]", "activity": "[activity]", "service": "[service]",
    "target": "list_distinct(list_append(attempt_targets, target))",
    "region": "list_distinct(list_append(attempt_regions, region))", "category": "list_distinct(categories)",
    "entity": "list_distinct(entity_types)", "action": "[action]", "code": "list_distinct(codes)", "outcome": "[ended]",
    "responsibility": "[responsibility]", "recipient": "[recipient]",
}  # fmt: skip
#: Points of a series, lines of it, values of a facet.
MOST_POINTS, MOST_LINES, MOST_VALUES = 5000, 12, 20
#: Of how many exchanges values are taken where all are too many to be counted, and how long counting may take.
SAMPLED, COUNTING_S = 20_000, 3.0
#: Of exchanges: what facets ask, which serves other counts of the same moment too.
_COLUMNS = tuple(name for name in groups.COLUMNS if name not in TRANSFERS.values())
#: Exchanges that have all this in common, in each hour: ``n``.
_ALIKE = """
SELECT date_trunc('hour', "at") AS "at", {columns}, {count} AS n FROM ({matching}) GROUP BY ALL"""
_SERIES = """
WITH line AS (SELECT coalesce({column}, '') AS value FROM matching GROUP BY 1 ORDER BY sum(n) DESC, 1 LIMIT {lines})
SELECT date_trunc('{bucket}', "at") AS "from", CASE WHEN coalesce({column}, '') IN (FROM line)
       THEN coalesce({column}, '') END AS value, sum(n)::bigint AS exchanges
FROM matching GROUP BY ALL ORDER BY 1, 2 NULLS LAST LIMIT {points}
"""
_CROSSED = """
SELECT coalesce({row}, '') AS row, coalesce({column}, '') AS column, sum(n)::bigint AS {counted}
FROM ({rows}) GROUP BY ALL ORDER BY 3 DESC, 1, 2 LIMIT {cells}
"""
#: Both lists side by side, so that a transfer without an entry in one of them counts.
_COUNTED = {
    "exchanges": "FROM matching",
    "transfers": "SELECT * REPLACE (unnest(transfer_destinations) AS transfer_destinations, "
    "unnest(transfer_mechanisms) AS transfer_mechanisms) FROM matching",
}
_FACET = """
SELECT '{name}' AS facet, value, sum(n)::bigint AS exchanges
FROM (SELECT unnest({values}) AS value, n FROM matching) WHERE value <> '' GROUP BY value
QUALIFY row_number() OVER (ORDER BY exchanges DESC, value) <= {most}
"""
_ALL = "SELECT '' AS facet, '' AS value, coalesce(sum(n), 0)::bigint AS exchanges FROM matching"


@dataclass(frozen=True, slots=True)
class Series:
    """Points of {from, value, exchanges}, in time; value None: all beyond the twelve most frequent."""

    points: tuple[Mapping[str, Any], ...]
    complete: bool
    unread: int = 0  # newer records that were left for later


@dataclass(frozen=True, slots=True)
class CrossedCounts:
    """Cells of {row, column, exchanges}, largest first; ``transfers`` where one of both tells transfers apart."""

    cells: tuple[Mapping[str, Any], ...]
    complete: bool
    unread: int = 0  # newer records that were left for later


@dataclass(frozen=True, slots=True)
class Facets:
    """By facet its values, most frequent first, each with its exchanges; ``more``: facets that have more values.

    ``exchanges`` is None, of all and of each value, where they are too many to be counted in time. ``verified``: when
    the whole log was last verified and sound, "" for never.
    """

    exchanges: int | None
    values: Mapping[str, tuple[Mapping[str, Any], ...]]
    more: tuple[str, ...]
    complete: bool
    unread: int = 0  # newer records that were left for later
    verified: str = ""


async def series(
    connection: asyncpg.Connection, filters: Mapping[str, Any], split: str, bucket: str, about: QueryContext
) -> Series:
    """Return counts over time, on a connection that acts as the reader.

    Raises:
        InvalidParameterError: a filter, the split or the bucket is unknown, or there are too many points.
        TooSlowError: it took longer than 30 s.
        EvidenceDamagedError, AuditUnavailableError: as ``listing.page`` says.

    """
    if split not in SPLITS or bucket not in BUCKETS:
        raise InvalidParameterError(f"'by' is one of {', '.join(SPLITS)}, 'bucket' one of {', '.join(BUCKETS)}")
    query = _SERIES.format(column=SPLITS[split], bucket=bucket, lines=MOST_LINES, points=MOST_POINTS + 1)

    async def count(world: World, values: Mapping[str, Any]) -> Series:
        points = await _counts(
            world, query, (SPLITS[split],), values, "points: choose a longer 'bucket' or a shorter time"
        )
        return Series(points, world.gathered.covers(values), world.gathered.unread)

    return await _counted(connection, filters, about, "audit series", count)


async def crossed(
    connection: asyncpg.Connection, filters: Mapping[str, Any], row: str, column: str, about: QueryContext
) -> CrossedCounts:
    """Return counts by two of the splits at once, or by what tells transfers apart; errors as ``series``."""
    columns = {**SPLITS, **TRANSFERS}
    if not {row, column} <= columns.keys():
        raise InvalidParameterError(f"'rows' and 'columns' are each one of {', '.join(columns)}")
    counted = "transfers" if {row, column} & TRANSFERS.keys() else "exchanges"
    lists = TRANSFERS.values() if counted == "transfers" else ()
    query = _CROSSED.format(
        row=columns[row], column=columns[column], counted=counted, rows=_COUNTED[counted], cells=MOST_POINTS + 1
    )

    async def count(world: World, values: Mapping[str, Any]) -> CrossedCounts:
        cells = await _counts(world, query, (columns[row], columns[column], *lists), values, "cells: narrow them")
        return CrossedCounts(cells, world.gathered.covers(values), world.gathered.unread)

    return await _counted(connection, filters, about, "audit counts", count)


async def facets(connection: asyncpg.Connection, filters: Mapping[str, Any], about: QueryContext) -> Facets:
    """Return by what exchanges could be narrowed further; errors as ``series``."""

    async def count(world: World, values: Mapping[str, Any]) -> Facets:
        try:
            counts, exact = await _asked(world, _facets(), _COLUMNS, values, COUNTING_S), True
        except TooSlowError:
            some = {**values, "limit": SAMPLED}
            counts, exact = await _asked(world, _facets(), _COLUMNS, some, answer.TIMEOUT_S), False
        arranged = _arranged(counts, exact=exact, complete=world.gathered.covers(values))
        return replace(arranged, unread=world.gathered.unread, verified=world.gathered.coverage["verified"])

    return await _counted(connection, filters, about, "audit facets", count)


async def _counted(
    connection: asyncpg.Connection, filters: Mapping[str, Any], about: QueryContext, command: str,
    count: Callable[[World, Mapping[str, Any]], Awaitable[_Counts]],
) -> _Counts:  # fmt: skip
    about = await answer.seen(connection, about)
    values = parameters.bound(FILTERS, (), filters, about.tenants)
    with database.raising(AuditUnavailableError):
        async with answer.asked(connection, about, subject=values.get("subject")) as world:
            counts = await count(world, values)
        await readings.announce(connection, about.requester, command, rows.written(values), 0)
    return counts


async def _counts(
    world: World, query: str, columns: Sequence[str], values: Mapping[str, Any], too_many: str
) -> tuple[Mapping[str, Any], ...]:
    """Return all that a query counts, which asks for one more than there may be."""
    counts = await _asked(world, query, columns, values, answer.TIMEOUT_S)
    if len(counts) > MOST_POINTS:
        raise InvalidParameterError(f"more than {MOST_POINTS} {too_many}")
    return tuple(counts)


async def _asked(
    world: World, query: str, columns: Sequence[str], values: Mapping[str, Any], timeout_s: float
) -> list[dict[str, Any]]:
    """Return what a query over ``matching`` finds: those exchanges are kept for other counts of the same moment."""
    grouped = world.relations.grouped(groups.COLUMNS) if _is_grouped(values) else ""

    def ask() -> QueryRows:
        whole, names = _alike(_COLUMNS, values, grouped)
        is_whole_kept = {*columns} <= {*_COLUMNS} and world.relations.is_materialized(whole, names, values)
        matching_rows = whole if is_whole_kept else _alike(dict.fromkeys(columns), values, grouped)[0]
        name = world.relations.materialized(matching_rows, names, values, timeout_s)
        return world.relations.ask(query.replace("FROM matching", f"FROM {name}"), (), {}, timeout_s)

    return [rows.plain(row) for row in (await asyncio.to_thread(ask)).rows]


def _is_grouped(values: Mapping[str, Any]) -> bool:
    """Whether groups of whole hours answer what is asked: nothing of a data subject, of a row, nor of some alone."""
    bounds = [values[name] for name in ("since", "until") if values.get(name) is not None]
    return not any(bound.timestamp() % 3600 for bound in bounds) and not {"subject", "behind", "limit"} & {
        name for name, value in values.items() if value is not None
    }


def _alike(columns: Collection[str], values: Mapping[str, Any], grouped: str) -> tuple[str, tuple[str, ...]]:
    """Return the query of matching exchanges by what these columns have in common, and its parameters in order.

    ``grouped`` is the query of their groups, "" where exchanges are counted one by one.
    """
    named = ", ".join(f"e.{column}" for column in ("at", *columns, *(("n",) if grouped else ())))
    end, source = "LIMIT {limit}" if "limit" in values else "", f"({grouped})" if grouped else "evidence.exchange"
    narrowed, names = matching(values, named, end, source)
    count = "sum(n)::bigint" if grouped else "count(*)"
    return _ALIKE.format(columns=", ".join(columns), count=count, matching=narrowed), names


def _facets() -> str:
    each = (_FACET.format(name=name, values=values, most=MOST_VALUES + 1) for name, values in FACETS.items())
    return " UNION ALL ".join((_ALL, *each))


def _arranged(counts: list[dict[str, Any]], *, exact: bool, complete: bool) -> Facets:
    values: dict[str, list[Mapping[str, Any]]] = {name: [] for name in FACETS}
    exchanges = 0
    for row in counts:
        if not row["facet"]:
            exchanges = row["exchanges"]
            continue
        values[row["facet"]].append({"value": row["value"], "exchanges": row["exchanges"] if exact else None})
    for each in values.values():
        each.sort(key=lambda row: (-(row["exchanges"] or 0), row["value"]))
    more = tuple(name for name, each in values.items() if len(each) > MOST_VALUES)
    listed = {name: tuple(each[:MOST_VALUES]) for name, each in values.items()}
    return Facets(exchanges if exact else None, listed, more, complete)
