"""Keeps the tables up: days and months that come have their partition, hours that are over are folded into rollups."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta

import asyncpg

from proxy.audit.writing.session import STATEMENTS

_MONTHS = 12
_AHEAD = 2
_DAYS_AHEAD = 7


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
    today = datetime.now(UTC).date()
    with contextlib.suppress(asyncpg.LockNotAvailableError):  # somebody reads for long: there is time until they come
        await connection.fetch(STATEMENTS["add_days"], today - timedelta(days=1), _DAYS_AHEAD + 1)
        for month in ahead(today):
            await connection.fetchval(STATEMENTS["add_month"], month)
    await connection.fetchval(STATEMENTS["fold"])
