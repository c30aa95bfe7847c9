"""Access log, keys, health, and usage with cost: what the installation is asked, held by, run on and used for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from proxy.console import periods
from proxy.console.pages.exchanges import opened
from proxy.console.visit import GoTo, PageView, Shown, Visit
from proxy.console.words import mark
from proxy.reports import catalogue

#: Events that officers look for, each with what it is.
EVENTS: Mapping[str, str] = {
    "log_read": mark("Evidence was read"), "console_login": mark("Somebody logged in"),
    "admin_call": mark("An operation was called"), "export_made": mark("An export was made"),
    "key_created": mark("A key was created"), "key_revoked": mark("A key was revoked"),
    "registry_changed": mark("The registry was changed"), "break_glass_used": mark("Break-glass was used"),
    "subject_restricted": mark("A person was restricted"), "subject_erased": mark("A person was erased"),
    "day_purged": mark("A day was purged"),
}  # fmt: skip
_MOST = 100


async def access_log(visit: Visit) -> Shown:
    """Who read or did what, why, newest first; older ones by time."""
    name = visit.query.get("name", "log_read")
    chosen = name if name in EVENTS else "log_read"
    answer = await visit.document("audit.events", name=chosen, limit=str(_MOST), until=visit.query.get("until", ""))
    rows = [_event(row) for row in answer["events"]]
    older = str(rows[-1]["at"]) if len(rows) == _MOST else ""
    return PageView("pages/access.html.j2", {"rows": rows, "chosen": chosen, "events": EVENTS, "older": older})


async def keys(visit: Visit) -> Shown:
    """The API keys."""
    rows = (await visit.document("keys.list"))["keys"]
    return PageView("pages/keys.html.j2", {"rows": rows, "valid": sum(row["state"] == "valid" for row in rows)})


async def revoke_key(visit: Visit) -> Shown:
    """Revoke a key at once."""
    await visit.call("keys.revoke", visit.parameter)
    return GoTo("/console/keys")


async def health(visit: Visit) -> Shown:
    """Every process, what it runs, and what it refuses."""
    return PageView(
        "pages/health.html.j2",
        {
            "fleet": await visit.document("fleet"),
            "policy": await visit.part("policy.show") or {},
            "anchors": await visit.rows("audit.anchors", "anchors"),
        },
    )


async def usage(visit: Visit) -> Shown:
    """Limits and budgets now, and what each activity used and cost, centrally and in the region."""
    period = periods.chosen(visit.query, visit.now)
    answer = await visit.part("audit.ask", "AQ-30", visit.asking(**period.whole_days))
    counters = await visit.rows("usage", "counters")
    rows: Sequence[Mapping[str, Any]] | None = answer and answer["rows"]
    most = max((float(row["cost"] or 0) for row in rows or ()), default=0.0)
    links = [_opened(visit, row, period.whole_days) for row in rows or ()]
    paired = None if rows is None else tuple(zip(rows, links, strict=True))
    shown = {"period": period, "choices": periods.CHOICES, "counters": counters, "rows": paired, "most": most}
    return PageView("pages/usage.html.j2", shown)


def _opened(visit: Visit, row: Mapping[str, Any], asked: Mapping[str, str]) -> Mapping[str, str]:
    """Return the addresses of the exchanges behind the numbers of a row of AQ-30."""
    cost = catalogue.named("AQ-30")
    return {name: opened(visit, cost, name, row, asked) for name in cost.numbers} if cost else {}


def _event(row: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = row["facts"] or {}
    what = facts.get("command") or facts.get("operation") or facts.get("kind") or facts.get("ticket") or ""
    return {
        "at": row["recorded_at"], "by": facts.get("by", ""), "what": what, "purpose": facts.get("purpose", ""),
        "rows": facts.get("rows"), "tenant": row["tenant"], "filter": facts.get("filter") or {},
    }  # fmt: skip
