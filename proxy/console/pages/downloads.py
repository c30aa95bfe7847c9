"""Downloads: signed files that wait to be fetched, and what is asked again by itself after each day, week or month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.console.pages import integrity, questions
from proxy.console.visit import GoTo, PageView, Shown, Visit
from proxy.console.words import mark
from proxy.reports import catalogue, composing
from proxy.reports.exports.schedule import BOUNDS
from proxy.web.api.faults import InvalidRequestError
from proxy.web.api.operations import is_recorded

PATH = "/console/downloads"
#: How often, with what it is called.
EVERY: Mapping[str, str] = {"day": mark("every day"), "week": mark("every week"), "month": mark("every month")}
_KINDS, _MOST = frozenset({"question", "report"}), "200"


async def page(visit: Visit) -> Shown:
    """Files of questions and reports that the person asked for, newest first, and the schedules that run."""
    exports = await visit.rows("audit.exports", "exports", limit=_MOST)
    person = visit.principal.service
    files = exports and [row for row in exports if row["kind"] in _KINDS and is_recorded(person, row["asked_by"])]
    schedules = await visit.rows("audit.schedules", "schedules", limit=_MOST)
    values = {
        "exports": files,
        "schedules": schedules,
        "every": EVERY,
        "name_of": name_of,
        "done": "done" in visit.query,
    }
    return PageView("pages/downloads.html.j2", values)


async def file(visit: Visit) -> Shown:
    """One file with its signed statement."""
    return await integrity.stored(visit, visit.parameter)


async def schedule(visit: Visit) -> Shown:
    """Have a question or report exported again and again, narrowed as its page is; a schedule sets the time itself.

    Raises:
        InvalidRequestError: it is about a data subject, or there is no such period.

    """
    filters = {
        name.removeprefix("p."): value for name, value in visit.fields.items() if name.startswith("p.") and value
    }
    body = {
        **visit.asking(**{name: _value(name, value) for name, value in filters.items() if name not in BOUNDS}),
        **{name: visit.fields.get(name, "") for name in ("kind", "name", "format", "every")},
        "language": visit.words.language,
    }
    if body["every"] not in EVERY:
        raise InvalidRequestError("say how often: every day, week or month")
    await visit.call("audit.schedule", "", body)
    return GoTo(f"{PATH}?done=1")


async def stop(visit: Visit) -> Shown:
    """Stop a schedule."""
    await visit.call("audit.stop_schedule", visit.parameter)
    return GoTo(PATH)


def name_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return the title of what an export or a schedule asks, and its page."""
    if row["kind"] == "report":
        form = composing.named(row["name"])
        return form.description.title if form else row["name"], f"/console/reports/{row['name']}"
    question = catalogue.named(row["name"])
    return question.description.title if question else row["name"], f"/console/questions/{row['name']}"


def _value(name: str, text: str) -> str | int:
    return questions.value_of(text) if name in {"days", "limit"} else text
