"""How long policy requires records to be kept: none is purged before, so any that is missing is damage. Pure."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

_BEFORE = b'"retain_until":"'
_DAY = len("2026-01-31")


@dataclass(slots=True)
class Retention:
    """Counts ended exchanges on a day (UTC): to be kept, past their last day, without one. ``through`` is the last day.

    An exchange may go after its day has ended. One without a day was refused before policy said anything of retention,
    or was settled for a process that died: it is to be kept.
    """

    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    kept: int = 0
    past: int = 0
    undated: int = 0
    through: date | None = None

    def add(self, outcome: bytes) -> None:
        """Take in the body of an outcome."""
        day = _day(_stated(outcome))
        if day is None:
            self.undated += 1
            return
        self.through = max(self.through or day, day)
        if day < self.today:
            self.past += 1
        else:
            self.kept += 1


def _stated(body: bytes) -> bytes:
    """Return the day that a body names; what a caller chose stands in it only where its quotes are escaped."""
    offset = body.rfind(_BEFORE)
    start = offset + len(_BEFORE)
    return body[start : start + _DAY] if offset >= 0 else b""


@functools.lru_cache(4096)
def _day(stated: bytes) -> date | None:
    try:
        return date.fromisoformat(stated.decode())
    except ValueError:
        return None
