"""Transactional outbox: records events of changes whose own process ended before it could."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import asyncpg
import orjson

from proxy.audit.writing.log import PostgresAuditLog
from proxy.audit.writing.session import STATEMENTS
from proxy.keys.authority import Authority
from proxy.runtime import database
from proxy.runtime.log import logger

_GRACE_S = 600.0  # the process that made the change normally records it itself


async def record(connection: asyncpg.Connection, log: PostgresAuditLog, grace_s: float = _GRACE_S) -> int:
    """Record events older than ``grace_s``, on a connection that acts as the writer; return how many.

    Expired links are nobody else's to record. What nobody with the master key asked for, or of which the key is still
    there, did not happen: a row in the table is no reason to sign it.

    Raises:
        AuditUnavailableError: the log cannot be written.
        asyncpg.PostgresError, or one of ``database.UNAVAILABLE``.

    """
    recorded = 0
    for row in await connection.fetch(STATEMENTS["outbox_events"], grace_s):
        if await connection.fetchval(STATEMENTS["outbox_recorded"], row["id"]):
            continue
        facts = orjson.loads(row["facts"])
        if not await _happened(log, row["action"], row["tenant"], facts):
            logger().error("outbox_event_refused", id=str(row["id"]), action=row["action"])
            continue
        await log.event_durable(row["action"], facts, tenant=row["tenant"], target=str(row["id"]))
        recorded += bool(await connection.fetchval(STATEMENTS["outbox_recorded"], row["id"]))
    return recorded


async def _happened(log: PostgresAuditLog, action: str, tenant: str, facts: Mapping[str, Any]) -> bool:
    connection = await database.connect(log.dsn, database.IDENTITY)
    try:
        if action == "links_expired":
            lives = STATEMENTS["linking_key_lives"]
            return not await connection.fetchval(lives, tenant, date.fromisoformat(facts["day"]))
        asked = await Authority("request", log.keyring).of(connection, facts["request"])
        return asked is not None and (asked["act"], asked["tenant"]) == ("erase_subject", tenant)
    except (KeyError, ValueError):
        return False
    finally:
        await connection.close()
