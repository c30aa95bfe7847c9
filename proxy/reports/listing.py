"""Exchanges that match a filter, newest first, page by page: each page begins after the last row of the one before.

A page is found by its place (time and exchange), not by a number of rows, so that what is recorded meanwhile neither
repeats nor hides a row. The read is on record before the page is returned.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from proxy.audit.upkeep import readings
from proxy.errors import AuditUnavailableError
from proxy.reports import parameters, rows
from proxy.reports.answer import Enquiry
from proxy.reports.parameters import InvalidParameterError
from proxy.runtime import database

_SQL = database.statements(Path(__file__).with_name("listing.sql"))
#: What exchanges are filtered by, in the order of the statement's parameters.
FILTERS = (
    "tenants", "since", "until", "activity", "service", "target", "region", "category", "entity", "action", "code",
    "subject",
)  # fmt: skip
#: What a row has.
COLUMNS = (
    "at", "exchange", "tenant", "activity", "service", "action", "target", "region", "status", "ended", "code", "codes",
    "categories", "entities", "subject_regions", "mechanisms", "restored", "unfulfilled", "revision", "data_revision",
    "ended_at", "writer", "seq",
)  # fmt: skip
#: Without a beginning the newest are looked for in the last day, then further back: most lists end there.
_DAYS = (1, 10, 100)
MOST = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and where the next page begins ("" for none). ``complete``: whether the typed tables hold every record."""

    rows: tuple[Mapping[str, Any], ...]
    after: str
    complete: bool


async def page(
    connection: asyncpg.Connection, given: Mapping[str, Any], limit: int, after: str, about: Enquiry
) -> Page:
    """Return one page, on a connection that acts as the reader.

    Raises:
        InvalidParameterError: a filter is unknown or malformed, or ``after`` is no place.
        AuditUnavailableError: the database does not answer.

    """
    values = parameters.bound(FILTERS, (), given, about.tenants)
    place = _place(after)
    if not 0 < limit <= MOST:
        raise InvalidParameterError(f"'limit' must be a whole number from 1 to {MOST}")
    with database.raising(AuditUnavailableError):
        found = await _found(connection, values, place, limit + 1, about.at)
        complete = await connection.fetchval("SELECT f.complete FROM evidence.folded f")
        listed = tuple(rows.plain(row) for row in found[:limit])
        await readings.announce(connection, about.asker, "audit list", rows.written(values), len(listed))
    return Page(listed, _after(found[limit - 1]) if len(found) > limit else "", complete)


async def _found(
    connection: asyncpg.Connection,
    values: Mapping[str, Any],
    place: tuple[datetime | None, str],
    limit: int,
    now: datetime,
) -> Sequence[asyncpg.Record]:
    """Return the newest rows before a place."""
    if values["since"] is None:
        end = min(moment for moment in (now, values["until"], place[0]) if moment is not None)
        for days in _DAYS:
            found = await _fetch(connection, {**values, "since": end - timedelta(days=days)}, place, limit)
            if len(found) == limit:
                return found
    return await _fetch(connection, values, place, limit)


async def _fetch(
    connection: asyncpg.Connection, values: Mapping[str, Any], place: tuple[datetime | None, str], limit: int
) -> Sequence[asyncpg.Record]:
    found: Sequence[asyncpg.Record] = await connection.fetch(_SQL["page"], *values.values(), *place, limit)
    return found


def _after(row: asyncpg.Record) -> str:
    """Return the place of a row. It names nothing that a reader could not see, so it needs no signature."""
    place = orjson.dumps([row["at"].isoformat(), row["exchange"]])
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def _place(after: str) -> tuple[datetime | None, str]:
    if not after:
        return None, ""
    try:
        at, exchange = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        moment, name = datetime.fromisoformat(at), str(exchange)
    except (binascii.Error, ValueError, TypeError) as error:
        raise InvalidParameterError("'after' must be what the page before gave") from error
    return moment.astimezone(UTC), name
