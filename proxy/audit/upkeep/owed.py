"""Events that the log owes to what was done in the database: recorded by a running process where nobody else did."""

from __future__ import annotations

import asyncpg
import orjson

from proxy.audit.writing.log import PostgresAuditLog
from proxy.audit.writing.session import STATEMENTS

_PATIENCE_S = 600.0  # whoever did it records it, with what came after, in that time


async def record(connection: asyncpg.Connection, log: PostgresAuditLog, patience_s: float = _PATIENCE_S) -> int:
    """Record what is owed for longer, on a connection that acts as the writer; return how many events.

    Expired links are nobody else's to record.

    Raises:
        AuditUnavailableError: the log cannot be written.
        one of ``database.UNAVAILABLE``.

    """
    recorded = 0
    for row in await connection.fetch(STATEMENTS["owed_events"], patience_s):
        if await connection.fetchval(STATEMENTS["owed_recorded"], row["id"]):
            continue
        facts = orjson.loads(row["facts"])
        await log.event_durable(row["action"], facts, tenant=row["tenant"], target=str(row["id"]))
        recorded += bool(await connection.fetchval(STATEMENTS["owed_recorded"], row["id"]))
    return recorded
