"""Exchanges: whatever narrows them stands in the address; facets with counts, pages, files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from multidict import MultiDict

from proxy.console import periods
from proxy.console.forms import TIME, check_address
from proxy.console.pages import overview
from proxy.console.visit import Download, GoTo, PageView, Shown, Visit
from proxy.console.words import mark
from proxy.identity.console_logins import MOST_VIEWS
from proxy.reports import behind
from proxy.reports.catalogue import Question
from proxy.web.api.faults import InvalidRequestError

HERE = "/console/exchanges"
#: What narrows a list, by its name in the address: what it is called.
FILTERS: Mapping[str, str] = {
    "action": mark("Action"), "tenant": mark("Tenant"), "activity": mark("Activity"), "target": mark("Target"),
    "region": mark("Region"), "category": mark("Category"), "entity": mark("Found"), "code": mark("Code"),
    "service": mark("Service"), "outcome": mark("Outcome"), "responsibility": mark("Whose it is"),
    "recipient": mark("Recipient"), "subject": mark("Data subject"), "behind": mark("Behind a number"),
}  # fmt: skip
#: Lists that are asked for often.
VIEWS: tuple[tuple[str, Mapping[str, str]], ...] = (
    (mark("All"), {}), (mark("Refused"), {"action": "block"}), (mark("Kept local"), {"action": "pin_local"}),
    (mark("Health data"), {"category": "health"}), (mark("Failed at the target"), {"responsibility": "target"}),
)  # fmt: skip
_PAGE, _FILE = "20", "1000"
_TIME, _LONGEST_NAME, _LONGEST_QUERY = TIME, 60, 2000
_NAMES = frozenset({*FILTERS, *_TIME})
_EXCHANGE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_QUESTION = re.compile(r"aq-?(\d\d)", re.IGNORECASE)
#: A name and its value, in quotes or one word; a recipient's goes on until the next name.
_PAIR = re.compile(
    r"(?<!\S)(?:(recipient):(?!\")(.*?)(?=\s+\w+:|\s*$)|(NAMES):(?:\"([^\"]*)\"|(\S*))(?!\S))".replace(
        "NAMES", "|".join(sorted(_NAMES))
    )
)
_CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")


async def page(visit: Visit) -> Shown:
    """A page of the list with what narrows it."""
    period = periods.chosen(visit.query, visit.now)
    chosen = narrowed(visit.query)
    asked = {**chosen, **period.query}
    listed = await visit.document("audit.exchanges", limit=_PAGE, after=visit.query.get("after", ""), **asked)
    counts = await visit.part("audit.facets", **asked)
    points = await visit.part("audit.series", by="action", bucket=period.bucket, **asked)
    return PageView(
        "pages/exchanges.html.j2",
        {
            "period": period,
            "choices": periods.CHOICES,
            "chosen": chosen,
            "filters": FILTERS,
            "views": VIEWS,
            "own": await _kept_views(visit),
            "asked_for": chosen | {part: visit.query[part] for part in _TIME if visit.query.get(part)},
            "titles": {"behind": behind.title(chosen.get("behind", ""))},
            "rows": listed["exchanges"],
            "after": listed["after"],
            "complete": listed["covers_all_records"],
            "counts": counts,
            "chart": overview.decisions(visit, period, points["points"] if points else (), chosen, 170),
        },
    )


async def keep(visit: Visit) -> Shown:
    """Keep a list under a name: what narrows it in its address, but for a data subject.

    Raises:
        InvalidRequestError: it has no name, a data subject narrows it, it cannot be opened, or there are too many.

    """
    name, query = " ".join(visit.fields.get("name", "").split()), dict(parse_qsl(visit.fields.get("query", "")))
    if not 0 < len(name) <= _LONGEST_NAME:
        raise InvalidRequestError(f"give it a name of at most {_LONGEST_NAME} characters")
    if "subject" in query:
        raise InvalidRequestError("a list that is narrowed to a data subject is not kept")
    kept = {**narrowed(query), **{part: query[part] for part in _TIME if query.get(part)}}
    await visit.document("audit.exchanges", limit="1", **narrowed(kept), **periods.chosen(kept, visit.now).query)
    written = urlencode(kept)
    if len(written) > _LONGEST_QUERY or not await visit.console.logins.keep_view(*_person(visit), name, written):
        raise InvalidRequestError(f"a person keeps at most {MOST_VIEWS} lists: forget one first")
    return GoTo(f"{HERE}?{written}")


async def forget(visit: Visit) -> Shown:
    """Forget a list that was kept."""
    await visit.console.logins.forget_view(*_person(visit), visit.fields.get("name", ""))
    return GoTo(HERE)


async def _kept_views(visit: Visit) -> Mapping[str, Mapping[str, str]]:
    """Return what narrows each list that the person kept, by its name."""
    return {name: dict(parse_qsl(query)) for name, query in (await visit.console.logins.views(*_person(visit))).items()}


def _person(visit: Visit) -> tuple[str, str]:
    return visit.principal.tenant, visit.principal.service


async def file(visit: Visit) -> Shown:
    """The list as a file: the newest thousand that match."""
    period = periods.chosen(visit.query, visit.now)
    kind = visit.parameter if visit.parameter in {"csv", "jsonl"} else "json"
    asked = {**narrowed(visit.query), **period.query, "limit": _FILE}
    answer = await visit.call("audit.exchanges", kind=kind, headers=None, **asked)
    return Download(answer, "exchanges")


async def find(visit: Visit) -> Shown:
    """Go to what was typed: an exchange, a question, ``name:value`` pairs, a code, a recipient, a target, an activity.

    A value may be in quotes.

    Raises:
        InvalidRequestError: pairs with a name that is not known, twice the same, or with more than pairs.

    """
    typed = visit.query.get("q", "").strip()
    if _EXCHANGE.fullmatch(typed):
        return GoTo(f"{HERE}/{typed.lower()}")
    if question := _QUESTION.fullmatch(typed):
        return GoTo(f"/console/questions/AQ-{question[1]}")
    pairs = [(pair[1] or pair[3], pair[2] or pair[4] or pair[5] or "") for pair in _PAIR.finditer(typed)]
    if pairs:
        check_address(MultiDict([*pairs, *((word, "") for word in _PAIR.sub("", typed).split())]), _NAMES)
        return GoTo(visit.href(HERE, **dict(pairs)))
    return GoTo(visit.href(HERE, **{_named(visit, typed): typed})) if typed else GoTo(HERE)


def _named(visit: Visit, typed: str) -> str:
    """Return what a text names: only recipients have spaces, and capitals where it is the id of no activity."""
    if _CODE.fullmatch(typed):
        return "code"
    if "/" in typed and " " not in typed:
        return "target"
    is_activity = typed in visit.console.api.in_force.data().get("activities", {})
    return "recipient" if not is_activity and (" " in typed or typed != typed.lower()) else "activity"


def narrowed(query: Mapping[str, str]) -> dict[str, str]:
    """Return what an address narrows exchanges to, besides their time."""
    return {name: query[name] for name in FILTERS if query.get(name)}


def opened(visit: Visit, question: Question, column: str, row: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """Return the address of the exchanges behind a number of an answer's row, "" where there are none."""
    text = behind.written(question, column, row) if row.get(column) else ""
    shared = {name: str(asked[name]) for name in behind.SHARED if name in asked and name not in row}
    return visit.href(HERE, behind=text, **shared, **behind.period(row, asked, visit.now)) if text else ""


def reason(row: Mapping[str, Any]) -> str:
    """Return by what an exchange was decided, as short as a row has room for."""
    codes = row.get("codes") or ([row["code"]] if row.get("code") else [])
    return str(codes[0]) if codes else ""
