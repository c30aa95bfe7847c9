"""Approvals: what waits for a second person, its terms, and the decision of who read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from proxy.console.visit import GoTo, PageView, Shown, Visit
from proxy.console.words import mark, moment
from proxy.registry import edit
from proxy.web.api.faults import InvalidRequestError

PATH = "/console/approvals"
#: What each kind is, and its sign.
KINDS: Mapping[str, tuple[str, str]] = {
    "place_hold": (mark("Legal hold"), "hold"),
    "release_hold": (mark("End of a legal hold"), "hold"),
    "erase_subject": (mark("Erasure of a data subject"), "no"),
    "purge_days": (mark("Purge"), "no"),
    "break_glass": (mark("Break-glass"), "glass"),
    "break_glass_review": (mark("Review of break-glass"), "glass"),
    "subject_export": (mark("Export about a data subject"), "file"),
    "registry_change": (mark("Change of the registry"), "place"),
    "policy_change": (mark("Change of rules"), "rule"),
}
#: What a decision does, in a sentence.
MEANS: Mapping[str, str] = {
    "place_hold": mark(
        "What the hold covers is neither erased nor purged. It protects already, and lapses "
        "unless another person approves it."
    ),
    "release_hold": mark("What the hold covered may be erased and purged again."),
    "erase_subject": mark(
        "The key of this person is destroyed: their records stay, and nobody can tell any more "
        "whose they are. This cannot be undone."
    ),
    "purge_days": mark("What policy no longer obliges to keep goes for ever, under a certificate in the log."),
    "break_glass": mark(
        "Rules that may be waived are waived for some hours. Every use is in the log, and is "
        "reviewed."
    ),
    "break_glass_review": mark("Somebody who had no part in it says whether what was done was justified."),
    "subject_export": mark(
        "A file about a person is made. Whoever asked, and any other privacy officer, "
        "can fetch it until it expires."
    ),
    "registry_change": mark("This revision of the registry comes into force in every process."),
    "policy_change": mark("These rules decide every request from then on, in every process."),
}  # fmt: skip
#: The names of terms.
TERMS: Mapping[str, str] = {
    "ticket": mark("Ticket"), "reason": mark("Reason"), "activity": mark("Activity"), "service": mark("Service"),
    "hours": mark("Hours"), "through": mark("Through"), "matter": mark("Matter"), "purpose": mark("Purpose"),
    "name": mark("Name"), "format": mark("Format"), "revision": mark("Revision"), "base": mark("Based on"),
    "comment": mark("Comment"), "uses": mark("Uses"), "approver": mark("Approved by"), "expires": mark("Ends"),
    "review_due": mark("Review by"), "since": mark("From"), "until": mark("Until"), "placed_by": mark("Placed by"),
}  # fmt: skip
_FINDINGS = (("justified", mark("justified")), ("unjustified", mark("unjustified")))
OVERSEEN = (("accepted", mark("accepted")), ("overridden", mark("overridden")), ("stopped", mark("stopped")))
_LONGEST = 4000
_RECOUNTED_S = 60.0


async def page(visit: Visit) -> Shown:
    """The inbox; the first that the person may decide is open."""
    items = (await visit.document("inbox"))["waiting"]
    first = next((item["id"] for item in items if item["may_decide"]), items[0]["id"] if items else "")
    return await _shown(visit, items, visit.parameter or first)


async def waiting(visit: Visit) -> Shown:
    """How many requests wait for this person: a part of every page, counted anew once a minute and after a decision."""
    now, counted = visit.console.clock.monotonic(), visit.console.counted
    at, number = counted.get(visit.session.digest, (now - _RECOUNTED_S, 0))
    if now - at >= _RECOUNTED_S:
        number = sum(item["may_decide"] for item in await visit.rows("inbox", "waiting") or ())
        for stale in [session for session, (then, _) in counted.items() if now - then >= _RECOUNTED_S]:
            del counted[stale]
        counted[visit.session.digest] = now, number
    return PageView("pages/waiting.html.j2", {"number": number})


async def decide(visit: Visit) -> Shown:
    """Decide one item, whose terms are those that the page showed.

    Raises:
        InvalidRequestError: they are not.

    """
    item = await visit.document("inbox.item", visit.parameter)
    if visit.fields.get("digest") != item["digest"]:
        raise InvalidRequestError("the terms are not those that you read: open the request again")
    operation, parameter, body = _decision(item, visit.fields)
    headers = {"If-Match": f'"{item["terms"]["base"]}"'} if operation == "registry.activate" else {}
    more = {"wait": "5"} if operation == "registry.activate" else {}
    await visit.call(operation, parameter, body, headers=headers, **more)
    visit.console.counted.clear()
    return GoTo(f"{PATH}?done={item['kind']}")


async def oversee(visit: Visit) -> Shown:
    """Close an item of oversight in the person's name."""
    body = {name: visit.fields.get(name, "") for name in ("finding", "note")}
    await visit.call("oversight.close", visit.parameter, body)
    return GoTo(PATH)


def _decision(item: Mapping[str, Any], fields: Mapping[str, str]) -> tuple[str, str, Any]:
    """Return the operation that decides, its parameter and its body."""
    identity = str(item["id"])
    match item["kind"]:
        case "erase_subject":
            body = {"tenant": item["tenant"], "subject": fields.get("subject", ""), "request": identity}
            return "subjects.erase", "", body
        case "break_glass":
            return "break_glass.approve", identity, {"mfa": fields.get("mfa", "")}
        case "break_glass_review":
            return "break_glass.review", identity, {name: fields.get(name, "") for name in ("finding", "note")}
        case "subject_export":
            return "audit.approve_export", identity, None
        case "registry_change" | "policy_change":
            return "registry.activate", "", {"revision": identity}
        case _:
            return "requests.approve", identity, None


async def _shadow(visit: Visit, item: Mapping[str, Any]) -> Any:
    """Return what the rules of a request would have decided on live traffic since it was made."""
    if "shadow" not in visit.query:
        return None
    rules: dict[str, str] = {}
    for row in item["changes"]:
        section, *names = edit.segments_of(row["path"])
        if section == "rules" and row["after"]:
            rules.update({names[0]: row["after"]} if names else row["after"])
    if not rules:
        return None
    body = {"since": moment(item["asked_at"]).isoformat(), "overlay": {"files": rules}}
    return await visit.part("policy.replay", "", body)


async def _shown(visit: Visit, items: Any, chosen: str) -> PageView:
    item = await visit.document("inbox.item", chosen) if chosen else None
    changes = [
        {**row, **{name: written(row[name]) for name in ("before", "after")}}
        for change in (item or {}).get("changes", ())
        for row in by_file(change)
    ]
    return PageView(
        "pages/approvals.html.j2",
        {
            "items": items, "item": item, "changes": changes, "kinds": KINDS, "means": MEANS, "terms": TERMS,
            "findings": _FINDINGS, "closings": OVERSEEN,
            "overseen": await visit.rows("oversight.list", "items", limit="20"),
            "shadow": await _shadow(visit, item) if item else None,
            "done": visit.query.get("done", ""), "mine": sum(item["may_decide"] for item in items),
        },
    )  # fmt: skip


def by_file(change: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a change of all rules as one of each of their files, which then show line by line; others as they are."""
    before, after = change["before"] or {}, change["after"] or {}
    if change["path"] != "rules" or not isinstance(before, Mapping) or not isinstance(after, Mapping):
        yield change
        return
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield {**change, "path": f"rules.{name}", "before": before.get(name), "after": after.get(name)}


def written(value: Any) -> list[str]:
    """Return a value as lines, "" for none."""
    if value is None:
        return []
    text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode()
    return text[:_LONGEST].splitlines()
