from __future__ import annotations

from proxy.console import table
from proxy.web.api import table as operations
from proxy.web.api.access import ROLES
from tests.browser import cases, foreign


def test_every_page_is_of_somebody():
    for route in table.ROUTES:
        assert route.roles
        assert route.roles <= set(ROLES)
        assert route.method in {"GET", "POST"}
        assert bool(route.title) == bool(route.group)


def test_paths_find_their_pages():
    route, parameter, _ = table.find("GET", "/console/")
    assert (route.title, parameter) == ("Overview", "")
    assert table.find("POST", "/console/")[0] is None
    assert table.find("POST", "/console/")[2] == {"GET"}
    assert table.find("GET", "/console/a/b/c/d")[2] == frozenset()


def test_no_two_pages_are_at_one_place():
    places = [(route.method, route.path) for route in table.ROUTES]
    assert len(set(places)) == len(places)


def test_every_page_is_opened_in_the_browser_or_says_why_not():
    routes = {route.path for route in table.ROUTES if route.method == "GET"}
    assert sorted([*cases.PAGES, *cases.OTHERS]) == sorted(routes)
    for path, opened in cases.PAGES.items():
        address = opened.format(exchange="01a232cb-3c27-7c66-b1a5-83d4ca985cb7").partition("?")[0]
        assert table.find("GET", table.ROOT + address)[0].path == path


def test_every_route_with_an_id_says_whose_it_is():
    """Whoever adds one adds it to ``foreign``: ``tests/browser/test_hostile.py`` tries there to reach another tenant's."""
    console = {route.path for route in table.ROUTES if "{" in route.path}
    api = {operation.path for operation in operations.OPERATIONS if "{" in operation.path}
    assert console | api == {*foreign.CONSOLE, *foreign.API, *foreign.SHARED}
    assert console >= foreign.CONSOLE.keys()
    assert api >= foreign.API.keys()
