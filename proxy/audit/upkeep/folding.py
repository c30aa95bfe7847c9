"""Keeps the typed tables up: the months that come have their partition, hours that are over are folded into rollups."""

from __future__ import annotations

from datetime import UTC, date, datetime

import asyncpg

from proxy.audit.writing.session import STATEMENTS

_MONTHS = 12
_AHEAD = 2


def months(first: date, last: date) -> list[date]:
    """Return the first day of each month from one day to another."""
    counted = range(first.year * _MONTHS + first.month - 1, last.year * _MONTHS + last.month)
    return [date(number // _MONTHS, number % _MONTHS + 1, 1) for number in counted]


def ahead(today: date) -> list[date]:
    """Return the first day of this month and of the two that follow."""
    number = today.year * _MONTHS + today.month - 1 + _AHEAD
    return months(today, date(number // _MONTHS, number % _MONTHS + 1, 1))


async def keep_up(connection: asyncpg.Connection) -> None:
    """Do what is due, on a connection that acts as the writer or the owner; nothing is, most times."""
    for month in ahead(datetime.now(UTC).date()):
        await connection.fetchval(STATEMENTS["add_month"], month)
    await connection.fetchval(STATEMENTS["fold"])
