"""Reads stored records together with the answers that they name, on a connection that may read both.

``decided`` reads what policy decided, for whoever decides it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from proxy.audit.records import answers
from proxy.audit.records.packing import unpacked
from proxy.audit.records.record import Columns, instant
from proxy.audit.writing.session import STATEMENTS
from proxy.runtime import database

_UNREADABLE = {"columns": Columns(0, "")._asdict(), "facts": {}}


async def documents(connection: asyncpg.Connection, contents: Sequence[bytes]) -> list[dict[str, Any]]:
    """Return the bodies that are stored so as documents, with the answers that they name, as far as these are there.

    Of one that cannot be read, columns and facts are empty.
    """
    bodies = [unpacked(content) for content in contents]
    decoded: list[dict[str, Any]] = [orjson.loads(body) if body else _UNREADABLE for body in bodies]
    naming = {
        index: digests
        for index, (body, document) in enumerate(zip(bodies, decoded, strict=True))
        if document["columns"]["kind"] in answers.NAMING and (digests := answers.named(body))
    }
    if naming:
        days = {instant(decoded[index]["columns"]["at"]).date() for index in naming}
        wanted = {digest for digests in naming.values() for digest in digests}
        rows = await connection.fetch(STATEMENTS["answers_of"], sorted(days), sorted(wanted))
        stated = {row["target"]: orjson.loads(row["content"])["facts"] for row in rows}
        for index in naming:
            decoded[index] = {**decoded[index], "facts": answers.whole(decoded[index]["facts"], stated)}
    return decoded


_SQL = database.statements(Path(__file__).with_name("decided.sql"))
Documents = list[Mapping[str, Any]]


async def decisions_since(dsn: str, begin: datetime) -> Documents:
    """Return the decisions since a moment, oldest first."""
    return await _fetched(dsn, "since", begin)


async def latest_decisions(dsn: str, count: int) -> Documents:
    """Return the last decisions, newest first."""
    return await _fetched(dsn, "latest", count)


async def decision_of(dsn: str, exchange: str) -> Documents:
    """Return the decision of an exchange."""
    return await _fetched(dsn, "of_exchange", exchange)


async def events_since(dsn: str, name: str, begin: datetime) -> Documents:
    """Return the events of a name since a moment, oldest first."""
    return await _fetched(dsn, "events", begin, name)


async def _fetched(dsn: str, statement: str, *values: Any) -> Documents:
    connection = await database.connect(dsn, database.READER)
    try:
        rows = await connection.fetch(_SQL[statement], *values)
        return [*await documents(connection, [row["content"] for row in rows])]
    finally:
        await connection.close()
