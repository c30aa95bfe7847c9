"""Subjects: looking a person up, what was processed about them, and what they may ask for; lists of registered people.

A reference never stands in an address: it comes in a form and goes with the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.console.visit import GoTo, PageView, Shown, Visit
from proxy.console.words import mark
from proxy.reports import behind, catalogue
from proxy.web.api.faults import InvalidRequestError

PATH = "/console/subjects"
#: What the people of a list are to their organisation.
ROLES: Mapping[str, str] = {
    "data_subject": mark("customers or other people"), "patient": mark("patients"), "provider": mark("staff who treat"),
    "third_party": mark("third parties"),
}  # fmt: skip
#: What can be asked for about a person, each with what it does.
ACTS: Mapping[str, tuple[str, str]] = {
    "pack": (
        mark("Access pack (Art. 15)"),
        mark(
            "A signed file of all that was processed, once another officer approves it."
        ),
    ),
    "restriction": (
        mark("Restrict processing (Art. 18)"),
        mark(
            "Every process refuses requests about this person at once."
        ),
    ),
    "objection": (
        mark("Note an objection (Art. 21)"),
        mark(
            "Every process refuses requests about this person at once."
        ),
    ),
    "hold": (mark("Ask for a hold"), mark("Protects at once; lapses after a day unless another person approves it.")),
    "erase": (
        mark("Ask for erasure (Art. 17)"),
        mark(
            "Another person carries it out within a day. Look at the copies below first."
        ),
    ),
}  # fmt: skip


#: The question of what was processed about a person, whose numbers open their exchanges.
PROCESSED = "AQ-10"
#: How many exchanges behind a number are shown at once, and the fields of a form that narrow them.
_ROWS, _NARROWED = "1000", ("behind", "since", "until", "after")


async def page(visit: Visit) -> Shown:
    """The look-up, and the restrictions in force."""
    return await _shown(visit)


async def look_up(visit: Visit) -> Shown:
    """What was processed about a person and where copies could be, or the exchanges behind a number of that.

    The ticket is the purpose of the reads.
    """
    tenant, subject, ticket = _named(visit)
    parameters = {"tenant": tenant, "subject": subject}
    person = {**parameters, "ticket": ticket}
    if visit.fields.get("behind"):
        narrowed = {name: visit.fields.get(name, "") for name in _NARROWED}
        listed = await visit.document("audit.exchanges", limit=_ROWS, purpose=ticket, **parameters, **narrowed)
        title = behind.title(narrowed["behind"])
        return await _shown(visit, {**person, "listed": listed, "narrowed": narrowed, "title": title})
    answers = {}
    for name, question in (("processed", PROCESSED), ("copies", "AQ-11")):
        answers[name] = await visit.document("audit.ask", question, {"purpose": ticket, "parameters": parameters})
    numbers = [_narrowed_to(visit, row) for row in answers["processed"]["rows"]]
    return await _shown(visit, {**answers, **person, "numbers": numbers})


async def act(visit: Visit) -> Shown:
    """Ask for one thing about a person."""
    tenant, subject, ticket = _named(visit)
    person = {"tenant": tenant, "subject": subject}
    match visit.fields.get("act"):
        case "pack":
            more = {"kind": "question", "name": PROCESSED, "format": "pdf", "purpose": ticket, "parameters": person}
            await visit.call("audit.export", "", more)
        case "restriction" | "objection" as kind:
            await visit.call("subjects.restrict", "", {**person, "kind": kind, "ticket": ticket})
        case "hold":
            await visit.call("holds.place", "", {**person, "matter": ticket})
        case "erase":
            await visit.call("subjects.erase", "", {**person, "ticket": ticket})
        case _:
            raise InvalidRequestError("there is no such act")
    return GoTo(f"{PATH}?done={visit.fields['act']}")


async def lift(visit: Visit) -> Shown:
    """End a restriction or an objection."""
    await visit.call("subjects.lift", visit.parameter)
    return GoTo(PATH)


def _narrowed_to(visit: Visit, row: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the fields of the form that opens the exchanges of a row."""
    question = catalogue.named(PROCESSED)
    text = behind.written(question, "exchanges", row) if question is not None else ""
    return {"behind": text, **behind.period(row, {}, visit.now)}


def _named(visit: Visit) -> tuple[str, str, str]:
    values = tuple(visit.fields.get(name, "").strip() for name in ("tenant", "subject", "ticket"))
    if not all(values):
        raise InvalidRequestError("a tenant, a reference and the number of the request are needed")
    return values[0], values[1], values[2]


async def _shown(visit: Visit, looked_up: Mapping[str, Any] | None = None) -> PageView:
    entries = await visit.rows("subjects.restrictions", "restrictions")
    return PageView(
        "pages/subjects.html.j2",
        {"person": looked_up, "entries": entries, "offered": ACTS, "done": visit.query.get("done", "")},
    )


async def registered(visit: Visit) -> Shown:
    """Lists of registered people: how old they are and how often they are met; never who is on them."""
    rows = await visit.rows("registered.lists", "lists")
    return PageView("pages/registered.html.j2", {"rows": rows, "kinds": ROLES})
