"""Every page of the running console: nothing in the browser's console, no accessibility violation, no overflow."""

from __future__ import annotations

import pytest

from proxy.console import table
from tests.browser import conftest

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.heavy, pytest.mark.timeout(600)]
#: Pages with a parameter, and what stands for it; the others are opened as they are.
_OPENED = {
    "exchanges/{id}": "exchanges/{exchange}", "questions/{id}": "questions/AQ-14?ask=1",
    "reports/{name}": "reports/monthly?ask=1&since=2026-01-01&until=2027-01-01",
    "playground": "playground?exchange={exchange}",
}  # fmt: skip
_NOT_PAGES = ("file", "proof", "find", "explain", "progress", "result", "waiting")
PAGES = [
    route.path for route in table.ROUTES
    if route.method == "GET" and not any(word in route.path for word in _NOT_PAGES)
    and ("{" not in route.path or route.path in _OPENED)
]  # fmt: skip


def address(product, path):
    return f"{product.url}/console/{_OPENED.get(path, path).format(exchange=product.exchanges[2])}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "overview")
def test_a_page_is_quiet_accessible_and_fits(product, officer, path):
    officer.said.clear()
    for width, scheme in ((1280, "light"), (320, "dark")):
        with officer.page(viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
            answer = page.goto(address(product, path))
            assert answer.status == 200
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width
            text = page.content()
            for value in conftest.PLANTED:
                assert value not in text
            page.evaluate(conftest.axe())  # by the debugger, whom the page's policy does not bind
            found = page.evaluate("() => axe.run()")["violations"]
            assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
    assert officer.said == []


def test_a_page_is_walked_by_keyboard_alone(product, officer):
    with officer.page(viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{product.url}/console/")
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.activeElement.id") == "main"
        page.keyboard.press("g")
        page.keyboard.press("e")
        page.wait_for_url("**/console/exchanges")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/console/exchanges/*")


def test_pages_are_read_in_german(product, officer):
    with officer.page(locale="de-DE") as page:
        page.goto(f"{product.url}/console/")
        assert page.locator("h1").inner_text() == "Überblick"
        assert page.locator("html").get_attribute("lang") == "de"
