"""Registered people: an organisation's lists, how old they are and how often they are met; never who is on them."""

from __future__ import annotations

from collections.abc import Mapping

from proxy.console.visit import PageView, Shown, Visit
from proxy.console.words import mark

#: What the people of a list are to their organisation.
ROLES: Mapping[str, str] = {
    "data_subject": mark("customers or other people"), "patient": mark("patients"), "provider": mark("staff who treat"),
    "third_party": mark("third parties"),
}  # fmt: skip


async def page(visit: Visit) -> Shown:
    """The lists of every tenant."""
    rows = await visit.rows("registered.lists", "lists")
    return PageView("pages/registered.html.j2", {"rows": rows, "kinds": ROLES})
