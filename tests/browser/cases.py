"""How each page of the console is opened in a browser; ``tests/unit/console/test_table.py`` compares it with the routes."""

from __future__ import annotations

from collections.abc import Mapping

#: Route -> the page below ``/console/``; ``{exchange}`` is one that is on record.
PAGES: Mapping[str, str] = {
    "": "",
    "exchanges": "exchanges",
    "exchanges/{id}": "exchanges/{exchange}",
    "questions": "questions",
    "questions/{id}": "questions/AQ-14?ask=1",
    "reports": "reports",
    "reports/{name}": "reports/monthly?ask=1&since=2026-01-01&until=2027-01-01",
    "downloads": "downloads",
    "approvals": "approvals",
    "subjects": "subjects",
    "registered": "registered",
    "playground": "playground?exchange={exchange}",
    "try": "try",
    "policies": "policies",
    "registry": "registry",
    "integrity": "integrity",
    "usage": "usage",
    "access": "access",
    "keys": "keys",
    "health": "health",
    "session": "session",
}
#: Route -> why no page is opened there. Their answers are tested without a browser.
OTHERS: Mapping[str, str] = {
    "find": "a way to another page",
    "exchanges/file/{format}": "a file",
    "exchanges/{id}/explain": "the page of an exchange, with what would change the decision",
    "exchanges/{id}/proof": "a file",
    "exchanges/{id}/file": "a file",
    "questions/{id}/file": "a file",
    "reports/{name}/file": "a file",
    "downloads/{id}/file": "a file",
    "waiting": "a part of a page",
    "approvals/{id}": "needs a request that waits: the stories of the example open it",
    "policies/{revision}": "needs a revision that was replaced",
    "integrity/progress": "a part of a page",
    "integrity/{id}/result": "a file",
}
