"""Reads of the log: announced by whoever reads, sealed by the next process that writes.

Who reads has the reader's role and no key of the product. So the command announces what it read, durably, before it
shows any of it (``audit.announce_reading``; the database adds the login and the time), and a running process records
each announcement once in its own chain as the event ``log_read``. Until then it cannot be changed or removed without
weakening a trigger, which a verification names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from proxy.audit.writing.log import PostgresAuditLog
from proxy.audit.writing.session import STATEMENTS
from proxy.runtime.log import logger

EVENT = "log_read"
_LONGEST = 200  # characters of what somebody chose freely
_AT_ONCE = 500
_SAID = ("command", "rows", "by", "purpose", "for", "question", "query", "answer")


@dataclass(frozen=True, slots=True)
class Requester:
    """Who reads and why, kept in the log. ``on_behalf_of`` is who had an account of the service read."""

    name: str
    purpose: str = ""
    on_behalf_of: str = ""


async def announce(
    connection: asyncpg.Connection,
    requester: Requester,
    command: str,
    asked: Mapping[str, Any],
    rows: int,
    of_question: Mapping[str, str] | None = None,
) -> None:
    """Log a reading durably, on a connection that acts as the reader. ``asked`` is the filter; None = any.

    ``of_question``: the id of a question, the digest of its query and of the statement that answers it.
    """
    event = {"command": command, "filter": _parameters(asked), "rows": rows, "by": requester.name[:_LONGEST]}
    event |= of_question or {}
    event["purpose"] = requester.purpose[:_LONGEST]
    if requester.on_behalf_of:
        event["for"] = requester.on_behalf_of[:_LONGEST]
    await connection.execute(STATEMENTS["announce_reading"], orjson.dumps(event).decode())


async def record(connection: asyncpg.Connection, log: PostgresAuditLog) -> int:
    """Record what was announced, on a connection that acts as the writer; return how many reads.

    One that the database refuses stays announced, and keeps no other waiting.

    Raises:
        AuditUnavailableError: the log cannot be written.
        one of ``database.UNAVAILABLE``.

    """
    recorded = 0
    for row in await connection.fetch(STATEMENTS["announced_readings"], _AT_ONCE):
        facts = _details(row["said"]) | {"login": row["login"], "read_at": row["at"]}
        await log.event_once(EVENT, facts, target=str(row["id"]))
        try:
            recorded += bool(await connection.fetchval(STATEMENTS["reading_recorded"], row["id"]))
        except asyncpg.InsufficientPrivilegeError:
            logger().error("reading_not_recorded", reading=str(row["id"]))
    return recorded


def _parameters(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _short(value) for name, value in asked.items() if value is not None}


def _short(value: Any) -> Any:
    return value[:_LONGEST] if isinstance(value, str) else value


def _details(text: str) -> dict[str, Any]:
    """Return what an announcement says, as far as it has the form of one: any reader may write it."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        document = None
    document = document if isinstance(document, dict) else {}
    asked = document.get("filter")
    details = {name: _plain(document[name]) for name in _SAID if name in document}
    return details | {
        "filter": {name: _plain(value) for name, value in asked.items()} if isinstance(asked, dict) else {}
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return _short(value)
    return (
        [_short(element) for element in value if isinstance(element, str)] if isinstance(value, list) else "unreadable"
    )
