"""Makes the partitions of months that come, before anything is recorded on them."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import asyncpg

from proxy.audit.writing.session import STATEMENTS

_AROUND = timedelta(days=-1), timedelta(days=7)


async def keep_up(connection: asyncpg.Connection) -> None:
    """Do what is due, on a connection that acts as the writer or the owner; nothing is, most times."""
    today = datetime.now(UTC).date()
    with contextlib.suppress(asyncpg.LockNotAvailableError):  # somebody reads for long: there is time until they come
        await connection.fetch(STATEMENTS["add_months"], [today + offset for offset in _AROUND])
