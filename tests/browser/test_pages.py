"""Every page of the running console: nothing in the browser's console, no accessibility violation, no overflow."""

from __future__ import annotations

import pytest

from proxy.web.api.access import ROLES
from tests.browser import cases, conftest

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.heavy, pytest.mark.timeout(600)]


def address(product, path):
    return f"{product.url}/console/{cases.PAGES[path].format(exchange=product.exchanges[2])}"


@pytest.mark.parametrize("path", cases.PAGES, ids=lambda path: path or "overview")
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


def test_german_and_long_names_fit_a_phone(product, chromium):
    """Every page of somebody with a long login name, and with a list that is kept under a name of one word."""
    roles = [part for role in ROLES for part in ("--role", role)]
    person = conftest.Person(product, chromium, "--as", "Rechtsschutzversicherungsgesellschaftsbeauftragte.w", *roles)
    person.said.clear()
    with person.page(viewport={"width": 320, "height": 900}, locale="de-DE") as page:
        page.goto(address(product, "exchanges"))
        page.click("summary >> text=Diese Liste behalten")
        page.fill("#f-name", "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunt")
        page.click("form[action$=views] button")
        page.wait_for_load_state()
        for path in cases.PAGES:
            page.goto(address(product, path))
            assert page.evaluate("() => document.documentElement.scrollWidth") <= 320, path
    assert person.said == []


def test_an_unfinished_draft_is_said_in_its_box(product, officer):
    officer.said.clear()
    with officer.page(viewport={"width": 1280, "height": 900}) as page:
        page.goto(address(product, "playground"))
        page.select_option("#f-kind", "yaml")
        page.click("#t-yaml")
        page.fill("#e-yaml", "title: [")
        page.locator("#problems .warn").wait_for()
        assert page.locator("nav#nav").count() == 1
        page.fill("#f-name", "No Name")
        page.locator("#problems >> text=is not a rule name").wait_for()
        assert officer.said == []
        page.context.clear_cookies()
        with page.expect_navigation(url="**/console/login?next=*"):
            page.fill("#e-yaml", "title: x")
        assert page.locator("h1").count() == 1


def test_tab_writes_in_an_editor_and_leaves_it_after_escape(product, officer):
    with officer.page(viewport={"width": 1280, "height": 900}) as page:
        page.goto(address(product, "playground"))
        editor = page.locator("#e-rule")
        tabs = editor.input_value().count("\t") + 1
        editor.focus()
        page.keyboard.press("Tab")
        assert editor.input_value().count("\t") == tabs
        page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        assert editor.input_value().count("\t") == tabs
        assert page.evaluate("() => document.activeElement.id") != "e-rule"


def test_what_leads_to_another_page_is_sent_as_the_form_says(product, officer):
    with officer.page(viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{product.url}/console/playground")
        page.fill("#f-exchange", product.exchanges[1])
        with page.expect_navigation():
            page.click("button[value=load]")
        assert '"operation"' in page.input_value("#e-facts")
        page.fill("#f-why", "board resolution 14")
        with page.expect_navigation(url="**/console/playground/ask"):
            page.click("button >> text=Put in shadow and ask")
        assert "the registry is read from files" in page.locator("main").inner_text()
        page.goto(f"{product.url}/console/try")
        page.fill("#f-text", "Ask Zebulon Quark for the report.")
        page.click("button.main")
        with page.expect_navigation(url="**/console/try/mark"):
            page.click("button[name=false]")
