"""The time that a page is about, as its address says it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from proxy.console.words import Words, mark, moment
from proxy.web.api.faults import InvalidRequestError

#: The choices of a page: what the address says, and what they are called.
CHOICES: Mapping[str, str] = {
    "24h": mark("24 h"), "7d": mark("7 days"), "30d": mark("30 days"), "quarter": mark("This quarter"),
}  # fmt: skip
UNKNOWN = mark("No such time: a day is written as 2026-07-01.")
BACKWARDS = mark("The time ends before it begins.")
TOO_LONG = mark("The time is longer than 30 years.")
_DAYS = {"24h": 1, "7d": 7, "30d": 30}
#: Up to how many days columns stand for hours, days, weeks; beyond for months.
_BUCKETS = ((2, "hour"), (45, "day"), (400, "week"))
_STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}


@dataclass(frozen=True, slots=True)
class Period:
    """From ``since`` to before ``until``. ``name``: which of the choices it is, "" for days that were given."""

    since: datetime
    until: datetime
    name: str = ""

    @property
    def bucket(self) -> str:
        """What a column of a chart stands for."""
        days = (self.until - self.since) / timedelta(days=1)
        return next((name for most, name in _BUCKETS if days <= most), "month")

    @property
    def query(self) -> dict[str, str]:
        """The parameters of a question about it."""
        return {"since": written(self.since), "until": written(self.until)}

    @property
    def whole_days(self) -> dict[str, str]:
        """The parameters of a question that counts whole days: it begins and ends with a day."""
        last = self.until if self.until == _midnight(self.until.date()) else _midnight(self.until.date() + _DAY)
        return {"since": written(_midnight(self.since.date())), "until": written(last)}

    @property
    def before(self) -> Period:
        """The time of the same length before it."""
        return Period(self.since - (self.until - self.since), self.since)

    def buckets(self) -> list[datetime]:
        """The beginnings of all columns, also of those in which nothing happened."""
        start, starts = self.floor(self.since), []
        while start < self.until:
            starts.append(start)
            start = self.after(start)
        return starts

    def floor(self, when: datetime) -> datetime:
        """Return the beginning of the column that a moment is in."""
        day = _midnight(when.date())
        if self.bucket == "hour":
            return when.replace(minute=0, second=0, microsecond=0)
        if self.bucket == "week":
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self.bucket == "month" else day

    def after(self, start: datetime) -> datetime:
        """Return where the next column begins."""
        if self.bucket != "month":
            return start + _STEPS[self.bucket]
        return (start.replace(day=1) + timedelta(days=32)).replace(day=1)

    def in_words(self, words: Words) -> str:
        """Return it in words; the last day is included."""
        last = self.until - timedelta(microseconds=1)
        return words.of("%(first)s to %(last)s", first=words.day(self.since), last=words.day(last))


_DAY, _LONGEST = timedelta(days=1), timedelta(days=30 * 366)
_FIRST, _LAST = 1970, 2200  # years


def chosen(query: Mapping[str, str], now: datetime) -> Period:
    """Return the time that an address asks for: one of the choices, days, or the last 30 days where it says nothing.

    Raises:
        InvalidRequestError: it says something else.

    """
    since, until, name = _moment(query.get("since", "")), _moment(query.get("until", "")), query.get("p", "")
    if since is not None or until is not None:
        end = until or _midnight(now.date() + _DAY)
        return _between(since or end - timedelta(days=30), end)
    if name and name not in CHOICES:
        raise InvalidRequestError(UNKNOWN)
    if name == "quarter":
        first = date(now.year, 3 * ((now.month - 1) // 3) + 1, 1)
        return Period(_midnight(first), _midnight(now.date() + _DAY), name)
    name = name or "30d"
    end = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    end = end if name == "24h" else _midnight(now.date() + _DAY)
    return Period(end - timedelta(days=_DAYS[name]), end, name)


def _between(since: datetime, until: datetime) -> Period:
    if since >= until:
        raise InvalidRequestError(BACKWARDS)
    if until - since > _LONGEST:
        raise InvalidRequestError(TOO_LONG)
    return Period(since, until)


def written(when: datetime) -> str:
    """Return a moment as an address has it."""
    return when.strftime("%Y-%m-%d" if when == _midnight(when.date()) else "%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime | None:
    """Return the moment that a text says, None for no text.

    Raises:
        InvalidRequestError: it says none, or one that no record can be of.

    """
    try:
        when = moment(text) if text else None
    except (ValueError, OverflowError):
        raise InvalidRequestError(UNKNOWN) from None
    if when is not None and not _FIRST <= when.year <= _LAST:
        raise InvalidRequestError(UNKNOWN)
    return when


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
