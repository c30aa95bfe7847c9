"""Exchanges that match a filter, newest first, page by page: each page begins after the last row of the one before.

A page is newest by its place (time and exchange), not by a number of rows, so that what is recorded meanwhile neither
repeats nor hides a row. The read is on record before the page is returned.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson

from proxy.audit.upkeep import readings
from proxy.errors import AuditUnavailableError
from proxy.reports import answer, behind, parameters, rows
from proxy.reports.answer import QueryContext, World
from proxy.reports.parameters import InvalidParameterError
from proxy.runtime import database

_CONDITIONS: Mapping[str, str] = {
    "tenants": "list_contains({tenants}, e.tenant)", "since": "e.at >= {since}", "until": "e.at < {until}",
    "activity": "e.activity = {activity}", "service": "e.service = {service}",
    "target": "(e.target = {target} OR list_contains(e.attempt_targets, {target}))",
    "region": "(e.region = {region} OR list_contains(e.attempt_regions, {region}))",
    "category": "list_contains(e.categories, {category})", "entity": "list_contains(e.entity_types, {entity})",
    "action": "e.action = {action}", "code": "list_contains(e.codes, {code})",
    "subject": "e.subjects && {subject}", "outcome": "e.ended = {outcome}",
    "responsibility": "e.responsibility = {responsibility}", "recipient": "e.recipient = {recipient}", "behind": "",
}  # fmt: skip
#: What exchanges are filtered by.
FILTERS = tuple(_CONDITIONS)
#: The place of a row in a list, behind which a page begins.
_AFTER = {"at": "(e.at < {at} OR e.at = {at} AND e.exchange < {exchange})"}


def matching(
    values: Mapping[str, Any], columns: str = "e.*", end: str = "", source: str = "evidence.exchange"
) -> tuple[str, tuple[str, ...]]:
    """Return the query of exchanges by values of ``FILTERS`` and of a row's place, and its parameters in order.

    ``end`` is what follows its conditions, with parameters in braces; ``source`` what has their columns.

    Raises:
        InvalidParameterError: what is asked to be behind a row is not.

    """
    names = tuple(name for name, value in values.items() if value is not None)
    row = behind.condition(values["behind"]) if "behind" in names else ""
    conditions = [part for name, part in {**_CONDITIONS, **_AFTER, "behind": row}.items() if name in names]
    narrowed = " ".join((" AND ".join(conditions or ["true"]), end))
    places = {name: f"${number}" for number, name in enumerate(names, 1)}
    return f"SELECT {columns} FROM {source} e WHERE {narrowed.format(**places)}", names  # noqa: S608 - texts of ours


_COLUMNS = """
    e.at, e.exchange, e.tenant, e.activity, e.service, e.action, e.target, e.region, e.status, e.ended, e.code, e.codes,
    e.categories, list_sort(list_distinct(e.entity_types)) AS entities, e.subject_regions,
    list_sort(list_distinct(e.transfer_mechanisms)) AS mechanisms, e.restored, e.obligations_unfulfilled AS unfulfilled,
    e.revision, e.data_revision, e.ended_at, e.writer, e.seq"""
_NEWEST = "ORDER BY e.at DESC, e.exchange DESC LIMIT {limit}"
#: What a row has.
COLUMNS = (
    "at", "exchange", "tenant", "activity", "service", "action", "target", "region", "status", "ended", "code", "codes",
    "categories", "entities", "subject_regions", "mechanisms", "restored", "unfulfilled", "revision", "data_revision",
    "ended_at", "writer", "seq",
)  # fmt: skip
MOST = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and where the next page begins ("" for none). ``complete``: whether a signed note covers every record."""

    rows: tuple[Mapping[str, Any], ...]
    after: str
    complete: bool
    unread: int = 0  # newer records that were left for later


async def page(
    connection: asyncpg.Connection, filters: Mapping[str, Any], limit: int, after: str, about: QueryContext
) -> Page:
    """Return one page, on a connection that acts as the reader.

    Raises:
        InvalidParameterError: a filter is unknown or malformed, or ``after`` is not a place.
        TooSlowError: it took longer than 30 s.
        EvidenceDamagedError: the log is not what was sealed.
        AuditUnavailableError: the database does not answer.

    """
    about = await answer.seen(connection, about)
    values = parameters.bound(FILTERS, (), filters, about.tenants)
    at, exchange = _cursor(after)
    if not 0 < limit <= MOST:
        raise InvalidParameterError(f"'limit' must be a whole number from 1 to {MOST}")
    with database.raising(AuditUnavailableError):
        async with answer.asked(connection, about, subject=values.get("subject")) as world:
            wanted = {**values, "at": at, "exchange": exchange or None, "limit": limit + 1}
            newest = await asyncio.to_thread(_newest, world, wanted)
        listed = tuple(rows.plain(row) for row in newest[:limit])
        await readings.announce(connection, about.requester, "audit list", rows.written(values), len(listed))
    more = _after(newest[limit - 1]) if len(newest) > limit else ""
    return Page(listed, more, world.gathered.covers(values), world.gathered.unread)


def _newest(world: World, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the newest rows: first their times alone are found, so that of older rows nothing else is read."""
    query, names = matching(wanted, "e.at", _NEWEST)
    times = world.relations.ask(query, names, wanted, answer.TIMEOUT_S).rows
    if not times:
        return []
    lately = {**wanted, "since": times[-1]["at"]}
    query, names = matching(lately, _COLUMNS, _NEWEST)
    return world.relations.ask(query, names, lately, answer.TIMEOUT_S).rows


def _after(row: Mapping[str, Any]) -> str:
    """Return the place of a row. It names nothing that a reader could not see, so it needs no signature."""
    cursor = orjson.dumps([row["at"].isoformat(), row["exchange"]])
    return base64.urlsafe_b64encode(cursor).decode().rstrip("=")


def _cursor(after: str) -> tuple[datetime | None, str]:
    if not after:
        return None, ""
    try:
        at, exchange = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        moment, name = datetime.fromisoformat(at), str(exchange)
    except (binascii.Error, ValueError, TypeError) as error:
        raise InvalidParameterError("'after' must be what the page before gave") from error
    return moment.astimezone(UTC), name
