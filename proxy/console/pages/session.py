"""Who is logged in, and why: the purpose stands in the record of each page that reads evidence."""

from __future__ import annotations

from proxy.console.security import local_path
from proxy.console.visit import GoTo, PageView, Shown, Visit
from proxy.web.api.faults import InvalidRequestError

_SHORTEST, _LONGEST = 3, 200


async def page(visit: Visit) -> Shown:
    """The person, the roles, the purpose."""
    return PageView("pages/session.html.j2", {"next": local_path(visit.query.get("next", ""))})


async def give_purpose(visit: Visit) -> Shown:
    """Keep the purpose.

    Raises:
        InvalidRequestError: it is too short to mean anything, or too long.

    """
    purpose = " ".join(visit.fields.get("purpose", "").split())
    if not _SHORTEST <= len(purpose) <= _LONGEST:
        raise InvalidRequestError(f"a purpose has {_SHORTEST} to {_LONGEST} characters, such as: review of Q3")
    await visit.console.logins.give_purpose(visit.session, purpose)
    return GoTo(local_path(visit.fields.get("next", "")))
