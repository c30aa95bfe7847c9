"""Policies: what is in force and where, what was, what a shadow would decide otherwise."""

from __future__ import annotations

from proxy.console.visit import PageView, Shown, Visit


async def page(visit: Visit) -> Shown:
    """What is in force, and what was."""
    return PageView(
        "pages/policies.html.j2",
        {
            "policy": await visit.document("policy.show"),
            "kept": await visit.rows("policy.revisions", "revisions", limit="30"),
            "shadow": await visit.part("policy.shadow", "", {"since": "7d"}) if "shadow" in visit.query else None,
        },
    )


async def revision(visit: Visit) -> Shown:
    """The sources of a revision, one file at a time."""
    files = (await visit.document("policy.sources", visit.parameter))["files"]
    chosen = visit.query.get("file", "")
    return PageView(
        "pages/policy.html.j2",
        {
            "revision": visit.parameter,
            "files": sorted(files),
            "chosen": chosen if chosen in files else "",
            "text": files.get(chosen, ""),
        },
    )
