"""Limits of what callers use in a window of time, and budgets, which are limits of cost by the month. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

REQUESTS, TOKENS, COST = "requests", "tokens", "cost"
#: Seconds of a window; months have their own.
SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
MONTH = "month"
#: Units of a currency that cost is counted in.
MICRO = 1_000_000
#: The name that callers choose; one that looks like none is counted with all others of that kind.
_CHOSEN, _ANY, _NAME = "model", "*", re.compile(r"[A-Za-z0-9._:/+-]{1,128}").fullmatch


@dataclass(frozen=True, slots=True)
class Limit:
    """What callers may use of one unit in each window; one counter for each combination of the names in ``by``."""

    id: str
    unit: str  # REQUESTS | TOKENS | COST
    most: int
    per: str  # of SECONDS, or MONTH
    by: tuple[str, ...]  # of key, service, tenant, model, activity
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)  # kind of name -> names that it is for, or "gpt-*"
    admits_unasked: bool = False  # while the database is away and nothing of a lease is left
    hard: bool = True  # refuses what is beyond it
    soft: int = 0  # from here on callers are told; 0 for never

    def counter(self, caller: Mapping[str, str]) -> str | None:
        """Return the name of a caller's counter, None if the limit is not for it."""
        for kind, names in self.only.items():
            if not any(_fits(caller[kind], name) for name in names):
                return None
        counted = (caller[kind] if kind != _CHOSEN or _NAME(caller[kind]) else _ANY for kind in self.by)
        return "\n".join((self.id, self.unit, *counted))


class LimitStanding(NamedTuple):
    """How much of a limit is left to a caller, and when its next window begins."""

    limit: Limit
    remaining: int
    reset_s: float
    ends: int  # of this window, Unix seconds


def _fits(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def window(per: str, now: float) -> tuple[int, int]:
    """Return begin and end of the window at a time, all in Unix seconds."""
    if per != MONTH:
        start = int(now) // SECONDS[per] * SECONDS[per]
        return start, start + SECONDS[per]
    day = datetime.fromtimestamp(now, UTC)
    begin = datetime(day.year, day.month, 1, tzinfo=UTC)
    after = (begin + timedelta(days=31)).replace(day=1)
    return int(begin.timestamp()), int(after.timestamp())


def tightest(standings: Iterable[LimitStanding], unit: str) -> LimitStanding | None:
    """Return the standing of a unit of which the smallest share is left."""
    return min(
        (standing for standing in standings if standing.limit.unit == unit),
        key=lambda standing: standing.remaining / standing.limit.most,
        default=None,
    )


def reached(standing: LimitStanding, caller: Mapping[str, str]) -> str:
    """Return what to say when too little of a limit is left: of which, of what, for whom, until when."""
    limit = standing.limit
    whose = ", ".join(f"{kind} {caller[kind]}" for kind in limit.by)
    most = f"{limit.most:,}" if limit.unit != COST else f"{limit.most / MICRO:,.2f}"
    kind, unit = ("budget", "of cost") if limit.unit == COST else ("limit", limit.unit)
    return (
        f"{kind} '{limit.id}' {'has too little left' if standing.remaining else 'is used up'}: {most} {unit} per "
        f"{limit.per} for {whose}; it begins anew at {datetime.fromtimestamp(standing.ends, UTC):%Y-%m-%d %H:%M:%S} UTC"
    )
