"""What a schedule is: a question or a report that is exported again after each day, week or month, about that time."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from proxy.reports import catalogue, composing, parameters
from proxy.reports.exports.job import ExportKind, NewExport

#: What a schedule sets itself: the time that each export is about.
BOUNDS = ("since", "until", "at")
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


class Every(enum.StrEnum):
    """How often; a week begins on Monday, and all in UTC."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def before(self, until: datetime) -> datetime:
        """Return when the day, week or month that ended then began."""
        match self:
            case Every.DAY:
                return until - _DAY
            case Every.WEEK:
                return until - _WEEK
            case Every.MONTH:
                return (until - _DAY).replace(day=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is asked again, for whom, and how often; ``due`` is the end of the time that the next one is about."""

    id: str
    asked: NewExport
    every: Every
    created: datetime
    due: datetime
    ends: datetime
    stopped: datetime | None = None

    @property
    def next(self) -> NewExport:
        """The export that is due next."""
        return at_time(self.asked, self.every, self.due, self.id)

    def document(self) -> dict[str, Any]:
        """Return it for whoever may see it."""
        asked = self.asked
        return {
            "id": self.id, "every": self.every, "kind": asked.kind, "name": asked.name, "format": asked.format,
            "language": asked.language, "parameters": asked.parameters, "purpose": asked.purpose,
            "asked_by": asked.asked_by, "tenant": asked.tenant, "made": self.created, "due": self.due,
            "ends": self.ends, "stopped": self.stopped,
        }  # fmt: skip


def at_time(asked: NewExport, every: Every, due: datetime, schedule: str = "") -> NewExport:
    """Return an export about the day, week or month that ended at ``due``."""
    taken, required = _form(asked)
    bounds = {"since": every.before(due), "until": due} | ({"at": due} if "at" in required else {})
    times = {name: moment.date().isoformat() for name, moment in bounds.items() if name in taken}
    return NewExport(
        asked.kind, asked.name, {**asked.parameters, **times}, asked.format, asked.asked_by, asked.person, asked.tenant,
        asked.tenants, asked.purpose, asked.language, schedule,
    )  # fmt: skip


def _form(asked: NewExport) -> tuple[Sequence[str], Sequence[str]]:
    """Return what a question or report takes and what it needs; nothing where this release has it no more."""
    if asked.kind is ExportKind.REPORT:
        form = composing.named(asked.name)
        return ((), ()) if form is None else (form.offered, form.description.required)
    question = catalogue.named(asked.name)
    return (
        ((), ())
        if question is None
        else (
            parameters.offered(question.parameters),
            question.description.required,
        )
    )


def is_timed(parameters: Mapping[str, Any]) -> bool:
    """Whether somebody set what a schedule sets itself."""
    return any(parameters.get(name) is not None for name in BOUNDS)
