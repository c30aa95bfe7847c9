"""Integrity: how far the log is signed and kept outside, its verification, holds, and what was purged."""

from __future__ import annotations

from dataclasses import replace

from proxy.console.visit import Download, GoTo, PageView, Shown, Visit
from proxy.web.api.faults import InvalidRequestError

PATH = "/console/integrity"
_RUNNING = frozenset({"waiting", "running"})
_MOST = "20"


async def page(visit: Visit) -> Shown:
    """The state of the log."""
    exports = (await visit.part("audit.exports", limit="100") or {}).get("exports", ())
    runs = [export for export in exports if export["kind"] == "verification"]
    purges = (await visit.part("audit.events", name="day_purged", limit=_MOST) or {}).get("events", ())
    answer = await visit.part("audit.ask", "AQ-09", {"purpose": visit.session.purpose}) or {}
    verified = answer.get("statement", {}).get("coverage", {}).get("verified", "")
    return PageView(
        "pages/integrity.html.j2",
        {
            "checkpoint": await visit.part("audit.checkpoint"),
            "anchors": (await visit.part("audit.anchors") or {}).get("anchors", ()),
            "runs": runs[:5],
            "running": any(export["state"] in _RUNNING for export in runs),
            "verified": verified,
            "purges": purges,
            "holds": (await visit.part("holds.list") or {}).get("holds", ()),
            "may_verify": visit.may("audit.events"),
        },
    )


async def progress(visit: Visit) -> Shown:
    """How far the verifications are: a part of the page that asks for itself again."""
    exports = (await visit.document("audit.exports", limit="100"))["exports"]
    runs = [export for export in exports if export["kind"] == "verification"][:5]
    running = any(export["state"] in _RUNNING for export in runs)
    return PageView("pages/runs.html.j2", {"runs": runs, "running": running})


async def verify(visit: Visit) -> Shown:
    """Begin a verification of the whole log."""
    body = {"kind": "verification", "format": "json", "purpose": visit.session.purpose}
    await visit.call("audit.export", "", body)
    return GoTo(PATH)


async def cancel(visit: Visit) -> Shown:
    """End a verification."""
    await visit.call("audit.cancel_export", visit.parameter)
    return GoTo(PATH)


async def result(visit: Visit) -> Shown:
    """The signed result of a verification, as a file."""
    answer = await visit.call("audit.export_result", visit.parameter)
    file = answer.file
    if file is not None and file.pieces is not None:
        content = b"".join([piece async for piece in file.pieces])
        answer = replace(answer, file=replace(file, content=content, pieces=None))
    return Download(answer, "verification")


async def place_hold(visit: Visit) -> Shown:
    """Ask for a legal hold."""
    names = ("matter", "tenant", "activity", "subject")
    body = {name: visit.fields[name].strip() for name in names if visit.fields.get(name, "").strip()}
    for name in ("since", "until"):
        if day := visit.fields.get(name):
            body[name] = f"{day}T00:00:00Z"
    await visit.call("holds.place", "", body)
    return GoTo(PATH)


async def release_hold(visit: Visit) -> Shown:
    """Ask for the end of a hold.

    Raises:
        InvalidRequestError: no ticket was given.

    """
    ticket = visit.fields.get("ticket", "").strip()
    if not ticket:
        raise InvalidRequestError("the end of a hold needs a ticket")
    await visit.call("holds.release", "", {"hold": visit.parameter, "ticket": ticket})
    return GoTo("/console/approvals")
