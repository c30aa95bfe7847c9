"""A policy author's way from a recorded exchange to a rule in force, on a registry in the database, in a real Chromium."""

from __future__ import annotations

import re
import time

import pytest

from tests.browser import conftest

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.heavy, pytest.mark.timeout(900)]
STREAMED = (conftest.TEXTS[1][0], "support-chat")
NARROW, WIDE = {"width": 320, "height": 900}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    if conftest.CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    running = conftest.Product(tmp_path_factory.mktemp("author"), PROXY_REGISTRY="database")
    yield running
    running.line.stop()


def check_fits(page):
    """Nothing is wider than a phone, and axe finds nothing."""
    wide = page.viewport_size
    page.set_viewport_size(NARROW)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= NARROW["width"]
    page.evaluate(conftest.axe())
    violations = page.evaluate("() => axe.run()")["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in violations] == []
    page.set_viewport_size(wide)


def text_of(page):
    return page.locator("main").inner_text()


def write(page, exchange):
    """Write a rule beside what was recorded: its problems show while somebody types."""
    page.locator("nav >> text=Policies").click()
    page.locator("a >> text=Write a rule").click()
    page.fill("#f-exchange", exchange)
    with page.expect_navigation():
        page.click("button[value=load]")
    assert '"stream": true' in page.input_value("#e-facts")
    page.locator("#e-rule").press_sequentially("x")
    page.locator("#problems >> text=does_not_parse").wait_for()
    page.locator("#e-rule").press("Backspace")
    page.locator("#problems >> text=No problem in the draft itself").wait_for()


def try_out(page):
    """What it decides there, its tests with what they reach, and what seven days say of it."""
    page.click("button[value=decide]")
    page.locator("#out >> text=With the draft").wait_for()
    assert "MY_RULE" in text_of(page)
    page.click("button[value=test]")
    page.locator("#out >> text=3 of 3 cases pass").wait_for()
    assert re.search(r"Its tests reach [\d.]+ % of the draft's lines", text_of(page))
    page.click("button[value=replay]")
    page.locator("#out >> text=1 decision would change").wait_for()
    assert "+ MY_RULE" in text_of(page).replace("\u200b", "")


def ask_for_it(page):
    """Ask, and return the address of the request, which its author cannot decide."""
    page.fill("#f-why", "board resolution 14")
    with page.expect_navigation(url="**/console/approvals/*"):
        page.click("button >> text=Put in shadow and ask")
    assert "Who asked never decides" in text_of(page)
    assert page.locator("form.decide").count() == 0
    check_fits(page)
    return page.url


def approve(page, request):
    """Read the frozen evidence, see what it would have done since, and approve."""
    page.locator("a >> text=Change of rules").first.click()
    frozen = ("author.kim", "board resolution 14", "Frozen evidence", "3 of 3 cases pass", "1 decision would change")
    for part in frozen:
        assert part in text_of(page), part
    assert "+package org.my_rule" in page.locator(".diff").inner_text().splitlines()
    page.click("a >> text=What it would have decided")
    assert page.url.startswith(request)
    assert text_of(page).count("1 decision would change") == 2
    check_fits(page)
    with page.expect_navigation():
        page.click("button >> text=Approve as second person")
    assert "Decided: Change of rules" in text_of(page)


def test_a_rule_is_written_tried_asked_for_approved_and_in_force(product, chromium, note):
    exchange = product.ask(*STREAMED, stream=True)
    roles = ("--role", "registry-admin", "--role", "policy-admin", "--role", "auditor")
    author = conftest.Person(product, chromium, "--as", "author.kim", *roles)
    second = conftest.Person(product, chromium, "--as", "counsel.ek", *roles)
    with author.page(viewport=WIDE) as page:
        page.goto(f"{product.url}/console/")
        write(page, exchange)
        try_out(page)
        request = ask_for_it(page)
    assert product.action(*STREAMED, stream=True)[0] == "redact_and_forward", (
        "nothing is enforced before it is approved"
    )
    with second.page(viewport=WIDE) as page:
        page.goto(f"{product.url}/console/approvals")
        approve(page, request)
    until = time.monotonic() + 60
    while (last := product.action(*STREAMED, stream=True))[0] == "redact_and_forward":
        assert time.monotonic() < until, "the rule is not in force"
        time.sleep(1)
    with author.page(viewport=WIDE) as page:
        page.goto(f"{product.url}/console/exchanges/{last[1]}")
        for part in ("MY_RULE", "org.my_rule", "Our policy"):
            assert part in text_of(page).replace("\u200b", ""), part
    assert author.said + second.said == []
    note("console: a rule from a recorded exchange into force, by two people who never leave the browser")
