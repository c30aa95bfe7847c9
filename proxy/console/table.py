"""All pages: the one list for routing, roles, navigation and tests. A page needs one of its roles."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from proxy.console.pages import overview, session
from proxy.console.visit import Shown, Visit
from proxy.console.words import mark
from proxy.web.api import access

ROOT = "/console/"
_EVIDENCE = frozenset({access.AUDIT_READER})
_PARAMETER = re.compile(r"\{\w+\}")


@dataclass(frozen=True, slots=True)
class PageRoute:
    """One page or act. ``path`` is below ``/console/``; ``{name}`` takes one part of it.

    ``title`` with ``group`` puts it into the navigation; ``fresh``: it needs a second factor of the last five minutes;
    ``asks``: it reads evidence, so it needs a purpose first.
    """

    method: str
    path: str
    roles: frozenset[str]
    run: Callable[[Visit], Awaitable[Shown]]
    title: str = ""
    group: str = ""
    fresh: bool = False
    asks: bool = True

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches its path."""
        return re.compile(_PARAMETER.sub(r"(?P<parameter>[^/]+)", self.path))


LOOK, DECIDE, PROVE = mark("Look"), mark("Decide"), mark("Prove")
ROUTES: tuple[PageRoute, ...] = (
    PageRoute("GET", "", access.ANYBODY, overview.page, mark("Overview"), LOOK),
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
