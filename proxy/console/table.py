"""All pages: the one list for routing, roles, navigation and tests. A page needs one of its roles."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from proxy.console.forms import TIME
from proxy.console.pages import (
    approvals,
    downloads,
    exchange,
    exchanges,
    integrity,
    overview,
    playground,
    policies,
    questions,
    registry,
    session,
    subjects,
    texts,
    upkeep,
)
from proxy.console.visit import Shown, Visit
from proxy.console.words import mark
from proxy.reports.parameters import PARAMETERS
from proxy.web.api import access

ROOT = "/console/"
_EVIDENCE = frozenset({access.AUDIT_READER})
_PRIVACY, _REGISTRY = frozenset({access.PRIVACY_OFFICER}), frozenset({access.REGISTRY_READER})
_EVERY_TENANT = frozenset({access.PRIVACY_OFFICER, access.AUDITOR})
_DECIDING, _KEYS = _EVERY_TENANT | access.OPERATORS, _EVERY_TENANT | {access.REGISTRY_ADMIN}
_POLICY = frozenset({access.POLICY_READER})
_NARROWED = frozenset({*exchanges.FILTERS, *TIME})
_ASKED = frozenset({*PARAMETERS, "ask", "format"})
_PARAMETER = re.compile(r"\{\w+\}")


@dataclass(frozen=True, slots=True)
class PageRoute:
    """One page or act. ``path`` is below ``/console/``; ``{name}`` takes one part of it.

    ``title`` with ``group`` puts it into the navigation; ``fresh``: it needs a second factor of the last five minutes;
    ``asks``: it reads evidence, so it needs a purpose first. ``takes``: all that its address may say, None for a page
    that nothing narrows.
    """

    method: str
    path: str
    roles: frozenset[str]
    run: Callable[[Visit], Awaitable[Shown]]
    title: str = ""
    group: str = ""
    fresh: bool = False
    asks: bool = True
    takes: frozenset[str] | None = None

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches its path."""
        return re.compile(_PARAMETER.sub(r"(?P<parameter>[^/]+)", self.path))


LOOK, DECIDE, PROVE = mark("Look"), mark("Decide"), mark("Prove")
ROUTES: tuple[PageRoute, ...] = (
    PageRoute("GET", "", access.ANYBODY, overview.page, mark("Overview"), LOOK, takes=frozenset({"tenant", *TIME})),
    PageRoute("GET", "find", access.ANYBODY, exchanges.find, asks=False),
    PageRoute("GET", "exchanges", _EVIDENCE, exchanges.page, mark("Exchanges"), LOOK, takes=_NARROWED | {"after"}),
    PageRoute("POST", "views", _EVIDENCE, exchanges.keep, asks=False),
    PageRoute("POST", "views/forget", _EVIDENCE, exchanges.forget, asks=False),
    PageRoute("GET", "exchanges/file/{format}", _EVIDENCE, exchanges.file, takes=_NARROWED | {"after"}),
    PageRoute("GET", "exchanges/{id}", _EVIDENCE, exchange.page),
    PageRoute("GET", "exchanges/{id}/explain", _EVIDENCE, exchange.explain),
    PageRoute("GET", "exchanges/{id}/proof", _EVIDENCE, exchange.proof),
    PageRoute("GET", "exchanges/{id}/file", _EVIDENCE, exchange.file),
    PageRoute("GET", "questions", _EVIDENCE, questions.listed, mark("Questions"), LOOK, asks=False),
    PageRoute("GET", "questions/{id}", _EVIDENCE, questions.page, takes=_ASKED),
    PageRoute("GET", "questions/{id}/file", _EVIDENCE, questions.file, takes=_ASKED),
    PageRoute("GET", "reports", _EVIDENCE, questions.reports, mark("Reports"), LOOK, asks=False),
    PageRoute("GET", "reports/{name}", _EVIDENCE, questions.report, takes=_ASKED),
    PageRoute("GET", "reports/{name}/file", _EVIDENCE, questions.report_file, takes=_ASKED),
    PageRoute("GET", "downloads", _EVIDENCE, downloads.page, mark("Downloads"), LOOK, asks=False),
    PageRoute("GET", "downloads/{id}/file", _EVIDENCE, downloads.file),
    PageRoute("POST", "schedules", _EVIDENCE, downloads.schedule),
    PageRoute("POST", "schedules/{id}/stop", _EVIDENCE, downloads.stop, asks=False),
    PageRoute("GET", "approvals", _DECIDING, approvals.page, mark("Approvals"), DECIDE),
    PageRoute("GET", "waiting", _DECIDING, approvals.waiting, asks=False),
    PageRoute("GET", "approvals/{id}", _DECIDING, approvals.page),
    PageRoute("POST", "approvals/{id}", _DECIDING, approvals.decide, fresh=True),
    PageRoute("POST", "oversight/{id}", _PRIVACY, approvals.oversee, fresh=True),
    PageRoute("GET", "subjects", _PRIVACY, subjects.page, mark("Subjects"), DECIDE),
    PageRoute("POST", "subjects", _PRIVACY, subjects.look_up, fresh=True),
    PageRoute("POST", "subjects/act", _PRIVACY, subjects.act, fresh=True),
    PageRoute("POST", "subjects/{id}/lift", _PRIVACY, subjects.lift, fresh=True),
    PageRoute("GET", "registered", _EVERY_TENANT, subjects.registered, mark("Registered people"), DECIDE, asks=False),
    PageRoute("GET", "playground", _POLICY, playground.page, mark("Playground"), DECIDE),
    PageRoute("POST", "playground", _POLICY, playground.page),
    PageRoute("POST", "playground/problems", _POLICY, playground.problems),
    PageRoute("POST", "playground/ask", frozenset({access.REGISTRY_ADMIN}), playground.ask),
    PageRoute("GET", "try", _POLICY | _EVIDENCE, texts.page, mark("Try a text"), DECIDE, asks=False),
    PageRoute("POST", "try", _POLICY | _EVIDENCE, texts.page, asks=False),
    PageRoute("POST", "try/mark", _PRIVACY, texts.correct, fresh=True, asks=False),
    PageRoute("GET", "policies", _POLICY, policies.page, mark("Policies"), DECIDE),
    PageRoute("GET", "policies/{revision}", _POLICY, policies.revision),
    PageRoute("GET", "registry", _REGISTRY, registry.page, mark("Registry"), DECIDE, asks=False),
    PageRoute("POST", "registry", frozenset({access.REGISTRY_ADMIN}), registry.change, asks=False),
    PageRoute("POST", "registry/back", frozenset({access.REGISTRY_ADMIN}), registry.bring_back, fresh=True, asks=False),
    PageRoute("GET", "integrity", _EVIDENCE, integrity.page, mark("Integrity"), PROVE),
    PageRoute("GET", "integrity/progress", _EVERY_TENANT, integrity.progress),
    PageRoute("POST", "integrity", _EVERY_TENANT, integrity.verify),
    PageRoute("POST", "integrity/{id}/cancel", _EVERY_TENANT, integrity.cancel),
    PageRoute("GET", "integrity/{id}/result", _EVERY_TENANT, integrity.result),
    PageRoute("POST", "holds", _PRIVACY, integrity.place_hold, fresh=True),
    PageRoute("POST", "holds/{id}/release", _PRIVACY, integrity.release_hold, fresh=True),
    PageRoute(
        "GET",
        "usage",
        _EVIDENCE | _REGISTRY,
        upkeep.usage,
        mark("Usage and cost"),
        PROVE,
        takes=frozenset(TIME),
    ),
    PageRoute(
        "GET", "access", _EVERY_TENANT, upkeep.access_log, mark("Access log"), PROVE, takes=frozenset({"name", "until"})
    ),
    PageRoute("GET", "keys", _KEYS, upkeep.keys, mark("Keys"), PROVE, asks=False),
    PageRoute(
        "POST", "keys/{id}/revoke", frozenset({access.REGISTRY_ADMIN}), upkeep.revoke_key, fresh=True, asks=False
    ),
    PageRoute("GET", "health", access.OPERATORS, upkeep.health, mark("Health"), PROVE, asks=False),
    PageRoute("GET", "session", access.ANYBODY, session.page, asks=False),
    PageRoute("POST", "session/purpose", access.ANYBODY, session.give_purpose, asks=False),
)


def find(method: str, path: str) -> tuple[PageRoute | None, str, frozenset[str]]:
    """Return the page for a decoded path and its parameter, and the methods that the path supports."""
    below, supported = path.removeprefix(ROOT), set()
    for route in ROUTES:
        match = route.pattern.fullmatch(below)
        if match is not None and route.method == method:
            return route, match.groupdict().get("parameter") or "", frozenset({method})
        if match is not None:
            supported.add(route.method)
    return None, "", frozenset(supported)
