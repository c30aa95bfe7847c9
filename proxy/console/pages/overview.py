"""Overview: is the evidence sound, what happened, what waits for a person, what ends."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from proxy.console import charts, periods
from proxy.console.charts import ColumnChart
from proxy.console.pages import integrity
from proxy.console.periods import Period
from proxy.console.visit import PageView, Shown, Visit
from proxy.console.words import moment

EXCHANGES = "/console/exchanges"
#: The series of decisions from below, each with its class.
KINDS: Mapping[str, str] = {
    "pin_local": "c3", "redact_and_forward": "c2", "forward": "c1", "block": "c4", "dry_run": "c5",
}  # fmt: skip
_MOST, _OVERSEEN = 5, 50
#: What ends, by the last name of its place.
PAPERS: Mapping[str, str] = {
    "dpa": "DPA", "baa": "BAA", "dua": "DUA", "scc": "SCC", "tia": "TIA", "bcr": "BCR", "dpf": "DPF", "uk_idta": "IDTA",
}  # fmt: skip


async def page(visit: Visit) -> Shown:
    """The page. What a role may not see, or what there is not yet, is left out with a word."""
    period, tenant = periods.chosen(visit.query, visit.now), visit.query.get("tenant", "")
    narrowed = {**period.query, "tenant": tenant}
    counts = await visit.part("audit.facets", **narrowed)
    points = await visit.part("audit.series", by="action", bucket=period.bucket, **narrowed)
    whole_days = {**period.whole_days, "tenant": tenant}
    transfers = await visit.part("audit.counts", rows="to", columns="mechanism", **whole_days)
    undeclared = await visit.part("audit.ask", "AQ-05", visit.asking(**whole_days))
    return PageView(
        "pages/overview.html.j2",
        {
            "period": period,
            "choices": periods.CHOICES,
            "tenant": tenant,
            "narrowed": narrowed,
            "log": await integrity.soundness(visit, counts and counts["verified"]),
            "counts": counts,
            "kinds": KINDS,
            "actions": _by_value(counts, "action"),
            "before": await _before(visit, period, tenant),
            "codes": _largest(counts, "code"),
            "chart": decisions(visit, period, points["points"] if points else (), {"tenant": tenant}),
            "lines": _lines(period, points["points"] if points else ()),
            "transfers": transfers and _transfers(transfers["cells"]),
            "undeclared": undeclared and undeclared["rows"],
            "expiring": await visit.rows("registry.expiring", "expiring", days="90"),
            "most": _MOST,
            "fleet": await visit.part("fleet"),
            "by_tenant": await _by_tenant(visit, period),
            "waiting": await visit.rows("inbox", "waiting"),
            "overseen": await visit.rows("oversight.list", "items", limit=str(_OVERSEEN), tenant=tenant),
            "most_overseen": _OVERSEEN,
            "papers": PAPERS,
        },
    )


def decisions(
    visit: Visit, period: Period, points: Sequence[Mapping[str, Any]], narrowed: Mapping[str, str], height: int = 300
) -> ColumnChart | None:
    """Return the chart of exchanges over time by action; each column leads to its exchanges."""
    values: Mapping[datetime, Counter[str]] = defaultdict(Counter)
    for point in points:
        values[period.floor(moment(point["from"]))][point["value"] or ""] += point["exchanges"]

    def href(name: str) -> str:
        start = moment(name)
        end = min(period.after(start), period.until)
        since = max(start, period.since)
        return visit.href(EXCHANGES, **narrowed, since=periods.written(since), until=periods.written(end))

    figures = [(periods.written(start), values[start]) for start in period.buckets()]
    return charts.columns(figures, KINDS, href, lambda name: _label(visit, period, name), height)


def _label(visit: Visit, period: Period, name: str) -> str:
    when = moment(name)
    if period.bucket == "hour":
        return f"{when:%H:%M}"
    return visit.words.day(when).rpartition(" ")[0]


def _lines(period: Period, points: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """Return a small line for each action, and one for all ("")."""
    sums: Mapping[str, Counter[datetime]] = defaultdict(Counter)
    for point in points:
        start = period.floor(moment(point["from"]))
        for name in ("", point["value"] or ""):
            sums[name][start] += point["exchanges"]
    starts = period.buckets()
    return {name: charts.line([series[start] for start in starts]) for name, series in sums.items()}


def _by_value(counts: Any, facet: str) -> Mapping[str, int]:
    rows = counts["facets"].get(facet, ()) if counts else ()
    return {row["value"]: row["exchanges"] or 0 for row in rows}


def _largest(counts: Any, facet: str) -> Sequence[tuple[str, int]]:
    return list(_by_value(counts, facet).items())[:_MOST]


def _transfers(cells: Sequence[Mapping[str, Any]]) -> Mapping[str, Counter[str]]:
    """Return how many transfers went to each country, and stood on each mechanism."""
    sums: Mapping[str, Counter[str]] = {"to": Counter(), "mechanism": Counter()}
    for cell in cells:
        sums["to"][cell["row"] or "none"] += cell["transfers"]
        sums["mechanism"][cell["column"] or "none"] += cell["transfers"]
    return sums


async def _before(visit: Visit, period: Period, tenant: str) -> int:
    """Return how many exchanges there were in the time of the same length before."""
    narrowed = {**period.before.query, "tenant": tenant, "rows": "action", "columns": "action"}
    counts = await visit.part("audit.counts", "", None, **narrowed)
    return sum(cell["exchanges"] for cell in counts["cells"] if cell["row"] in KINDS) if counts else 0


async def _by_tenant(visit: Visit, period: Period) -> Mapping[str, Mapping[str, int]]:
    """Return the decisions of each tenant, where the person reads several."""
    if len(visit.tenants) < 2 or visit.query.get("tenant"):  # noqa: PLR2004 - one row is not a table
        return {}
    counts = await visit.part("audit.counts", "", None, **period.query, rows="tenant", columns="action")
    rows: dict[str, dict[str, int]] = defaultdict(dict)
    for cell in counts["cells"] if counts else ():
        if cell["column"] in KINDS:
            rows[cell["row"]][cell["column"]] = cell["exchanges"]
    return dict(sorted(rows.items(), key=lambda row: -sum(row[1].values())))
