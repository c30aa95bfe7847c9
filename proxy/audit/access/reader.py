"""What officers ask of the log. That they asked is on durable word before an answer is given (``readings``)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from proxy.audit.upkeep import readings
from proxy.audit.upkeep.readings import Asker
from proxy.audit.verification.findings import VerificationReport
from proxy.audit.writing.session import STATEMENTS

#: Columns that the driver returns as JSON text.
_JSON = frozenset({
    "classification", "data_subjects", "verdicts", "obligations_fulfilled", "obligations_unfulfilled", "facts", "body",
})  # fmt: skip


class AuditReader:
    """Answers questions on a connection that acts as the reader, and leaves word of each."""

    def __init__(self, connection: asyncpg.Connection, asker: Asker) -> None:
        self._connection = connection
        self._asker = asker

    async def exchange(self, exchange: str) -> list[dict[str, Any]]:
        """Return every record of one exchange: decision, attempts, outcome."""
        rows = await self._connection.fetch(STATEMENTS["show"], exchange)
        await self._record("audit show", {"exchange": exchange if rows else "unknown"}, len(rows))
        return [_plain(row) for row in rows]

    async def events(
        self, since: datetime | None, until: datetime | None, name: str | None, limit: int
    ) -> list[dict[str, Any]]:
        """Return the newest events: who read the log, key changes, writers starting and ending."""
        rows = await self._connection.fetch(STATEMENTS["events"], since, until, name, limit)
        await self._record("audit events", {"since": since, "until": until, "action": name}, len(rows))
        return [_plain(row) for row in rows]

    async def verified(self, report: VerificationReport) -> None:
        """Record that the log was verified."""
        event = {"sound": report.sound, "state": report.state, "damages": len(report.damages)}
        await self._record("audit verify", event, report.records)

    async def _record(self, command: str, asked: Mapping[str, Any], rows: int) -> None:
        await readings.announce(self._connection, self._asker, command, asked, rows)


def _plain(row: Any) -> dict[str, Any]:
    """Return a row as plain values: JSON parsed, hashes in hex, times as datetimes."""
    plain: dict[str, Any] = {}
    for name, value in row.items():
        if name in _JSON and value is not None:
            plain[name] = orjson.loads(value)
        else:
            plain[name] = value.hex() if isinstance(value, bytes) else value
    return plain
