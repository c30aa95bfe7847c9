"""What officers ask of the log. Each reading is durably logged before an answer is given (``readings``).

Among it is what policy left to people, exchanges that somebody must oversee or review: an item is an event of the log
and so is its end. It is open until a person closes it by name (AI Act Art. 14 and 26(2)); one item per exchange.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from proxy.audit.access import whole
from proxy.audit.records.record import instant
from proxy.audit.upkeep import readings
from proxy.audit.upkeep.readings import Requester
from proxy.audit.verification.findings import VerificationReport
from proxy.audit.writing.session import STATEMENTS
from proxy.ports import EventLog
from proxy.runtime import database


class AuditReader:
    """Answers questions on a connection that acts as the reader, and logs each."""

    def __init__(self, connection: asyncpg.Connection, requester: Requester) -> None:
        self._connection = connection
        self._requester = requester

    async def exchange(self, exchange: str) -> list[dict[str, Any]]:
        """Return every record of one exchange: decision, attempts, outcome."""
        rows = await self._connection.fetch(STATEMENTS["show"], exchange)
        await self._record("audit show", {"exchange": exchange if rows else "unknown"}, len(rows))
        bodies = await whole.documents(self._connection, [row["content"] for row in rows])
        return [_shown(row, body) for row, body in zip(rows, bodies, strict=True)]

    async def events(
        self, since: datetime | None, until: datetime | None, name: str | None, limit: int
    ) -> list[dict[str, Any]]:
        """Return the newest events: who read the log, key changes, writers starting and ending."""
        rows = await self._connection.fetch(STATEMENTS["events"], since, until, name, limit)
        await self._record("audit events", {"since": since, "until": until, "action": name}, len(rows))
        return [{**row, "facts": orjson.loads(row["facts"])} for row in rows]

    async def verified(self, report: VerificationReport) -> None:
        """Record that the log was verified."""
        event = {"sound": report.sound, "state": report.state, "damages": len(report.damages)}
        await self._record("audit verify", event, report.records)

    async def _record(self, command: str, asked: Mapping[str, Any], rows: int) -> None:
        await readings.announce(self._connection, self._requester, command, asked, rows)


def _shown(row: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as plain values: its place, its columns, hashes in hex, the time as a datetime."""
    position = {"writer": row["writer"], "seq": row["seq"], "recorded_at": instant(body["columns"]["at"])}
    columns = {name: value for name, value in body["columns"].items() if name != "at"}
    hashes = {name: row[name].hex() for name in ("prev", "hash")}
    return {**position, **columns, **hashes, "body": body, "leaf": row["leaf"]}


_SQL = database.statements(Path(__file__).with_name("oversight.sql"))
CLOSED = "oversight_closed"


class OversightResult(enum.StrEnum):
    """What the person who oversaw the use decided (AI Act Art. 14(4)(d), (e))."""

    ACCEPTED = "accepted"
    OVERRIDDEN = "overridden"
    STOPPED = "stopped"


class Overseer(AuditReader):
    """Answers like a reader, and closes what was overseen."""

    async def items(
        self, tenant: str | None = None, activity: str | None = None, exchange: str | None = None, limit: int = 50
    ) -> list[dict[str, Any]]:
        """Return the open items, oldest first."""
        rows = await self._connection.fetch(_SQL["open"], tenant, activity, exchange, limit)
        await self._record("oversight list", {"tenant": tenant, "activity": activity}, len(rows))
        return [dict(row) for row in rows]

    async def close(self, log: EventLog, exchange: str, finding: OversightResult, note: str, person: str) -> bool:
        """Close an item in a person's name, durably; False where none is open or the person is the caller itself."""
        opened = await self._connection.fetch(_SQL["open"], None, None, exchange, 1)
        if not opened or opened[0]["service"] == person:
            return False
        item = opened[0]
        facts = {"exchange": exchange, "finding": finding.value, "note": note[:500], "by": person}
        named = {name: item[name] for name in ("tenant", "activity", "service")}
        await log.event_durable(CLOSED, facts | {"obliged": item["obliged"]}, target=exchange, **named)
        return True
