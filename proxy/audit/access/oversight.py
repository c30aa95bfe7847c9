"""What policy left to people: exchanges that somebody must oversee or review.

An item is an event of the log and so is its end: nothing here can be changed, only added to. It is open until a person
closes it by name (AI Act Art. 14 and 26(2): oversight by natural persons); one item per exchange.
"""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Any

from proxy.audit.access.reader import AuditReader
from proxy.ports import EventLog
from proxy.runtime import database

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
