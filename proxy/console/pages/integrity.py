"""Integrity: how far the log is signed and kept outside, its verification, holds, and what was purged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from proxy.console.visit import Download, GoTo, PageView, Shown, Visit
from proxy.console.words import moment
from proxy.web.api.faults import InvalidRequestError

PATH = "/console/integrity"
_RUNNING, _ENDED = frozenset({"waiting", "running"}), frozenset({"done", "expired"})
_MOST = "20"


async def page(visit: Visit) -> Shown:
    """The state of the log."""
    answer = await visit.part("audit.ask", "AQ-09", visit.asking())
    log = await soundness(visit, answer and answer["statement"].get("coverage", {}).get("verified"))
    return PageView(
        "pages/integrity.html.j2",
        {
            "log": log,
            **_progress(log["runs"]),
            "anchors": await visit.rows("audit.anchors", "anchors"),
            "purges": await visit.rows("audit.events", "events", name="day_purged", limit=_MOST),
            "holds": await visit.rows("holds.list", "holds"),
            "may_verify": visit.may("audit.events"),
        },
    )


async def soundness(visit: Visit, verified: str | None) -> dict[str, Any]:
    """Return how far the log is signed, and when it was last verified and how: ``at`` is None for never.

    ``verified`` is what any answer says of when the log was last verified and sound: nothing for never, or not known.
    ``runs`` are the verifications begun here, newest first, None where the person sees none. A log that is damaged
    now answers no question.
    """
    checkpoint = await visit.part("audit.checkpoint")
    unsigned = checkpoint is None and "not_found" in visit.refusals
    exports = await visit.rows("audit.exports", "exports", limit="100")
    runs = None if exports is None else [export for export in exports if export["kind"] == "verification"]
    at = moment(verified) if verified else None
    damaged = [moment(run["ended"] or run["made"]) for run in runs or () if run["state"] in _ENDED and run["rows"]]
    if "evidence_damaged" in visit.refusals:
        damaged.append(visit.now)
    is_damaged = bool(damaged) and (at is None or max(damaged) > at)
    last = max(damaged) if is_damaged else at
    return {"checkpoint": checkpoint, "unsigned": unsigned, "runs": runs, "damaged": is_damaged, "at": last}


async def progress(visit: Visit) -> Shown:
    """How far the verifications are: a part of the page that asks for itself again."""
    exports = (await visit.document("audit.exports", limit="100"))["exports"]
    return PageView("pages/runs.html.j2", _progress([export for export in exports if export["kind"] == "verification"]))


def _progress(runs: Sequence[Mapping[str, Any]] | None) -> dict[str, Any]:
    running = any(run["state"] in _RUNNING for run in runs or ())
    return {"runs": runs and runs[:5], "running": running}


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
    return await stored(visit, visit.parameter)


async def stored(visit: Visit, export: str) -> Download:
    """Return the file of an export that is done; one about a data subject is a look-up.

    Raises:
        SecondFactorError: it is one, and the second factor is older than five minutes.

    """
    if (await visit.document("audit.export_state", export))["of_subject"]:
        visit.check_second_factor()
    answer = await visit.call("audit.export_result", export)
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
