"""Reads what policy decided, for whoever decides it again: bodies of records with the answers that they name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from proxy.audit.access import whole
from proxy.runtime import database

_SQL = database.statements(Path(__file__).with_name("decided.sql"))
Documents = list[Mapping[str, Any]]


async def since(dsn: str, begin: datetime) -> Documents:
    """Return the decisions since a moment, oldest first."""
    return await _fetched(dsn, "since", begin)


async def latest(dsn: str, count: int) -> Documents:
    """Return the last decisions, newest first."""
    return await _fetched(dsn, "latest", count)


async def of_exchange(dsn: str, exchange: str) -> Documents:
    """Return the decision of an exchange."""
    return await _fetched(dsn, "of_exchange", exchange)


async def events(dsn: str, name: str, begin: datetime) -> Documents:
    """Return the events of a name since a moment, oldest first."""
    return await _fetched(dsn, "events", begin, name)


async def _fetched(dsn: str, statement: str, *values: Any) -> Documents:
    connection = await database.connect(dsn, database.READER)
    try:
        rows = await connection.fetch(_SQL[statement], *values)
        return [*await whole.documents(connection, [row["content"] for row in rows])]
    finally:
        await connection.close()
