"""Somebody who has never seen the console answers from it alone: each walk is clicks from the overview, counted."""

from __future__ import annotations

import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.browser import conftest

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.heavy, pytest.mark.timeout(600)]


class Walk:
    """Counts clicks."""

    def __init__(self, page, product):
        self.page, self.clicks = page, 0
        page.goto(f"{product.url}/console/")

    def click(self, what):
        self.page.locator(what).first.click()
        self.page.wait_for_load_state()
        self.clicks += 1

    @property
    def text(self):
        return self.page.locator("main").inner_text()


@pytest.fixture
def walk(product, officer):
    with officer.page(viewport={"width": 1280, "height": 900}) as page:
        yield Walk(page, product)


@pytest.mark.parametrize(("question", "told"), [("AQ-01", "on record"), ("AQ-05", "support-chat")])
def test_a_question_is_answered_and_signed(walk, note, question, told):
    walk.click("nav >> text=Questions")
    walk.click(f"a[href='/console/questions/{question}']")
    walk.click("text=Ask")
    assert told in walk.text
    assert "Signed statement" in walk.text
    note(f"console: {question} in {walk.clicks} clicks")
    assert walk.clicks <= 3


def test_who_is_concerned_by_a_breach(walk, note):
    walk.click("nav >> text=Questions")
    walk.click("a[href='/console/questions/AQ-13']")
    for name, value in (("provider", "standin"), ("since", "2026-01-01"), ("until", "2027-12-31")):
        box = walk.page.locator(f"#f-{name}")
        if box.count():
            box.fill(value)
    walk.click("button.main >> text=Ask")
    assert "Signed statement" in walk.text
    note(f"console: AQ-13 in {walk.clicks} clicks")
    assert walk.clicks <= 3


def test_why_a_request_was_refused_and_what_would_change_it(walk, note):
    walk.click("nav >> text=Exchanges")
    walk.click("a.facet >> text=refused")
    walk.click("a[data-row]")
    for part in ("Refused", "AI_ACT_PROHIBITED", "AI Act Art. 5", "gates.ai_act_prohibited"):
        assert part in walk.text
    walk.click("text=Explain")
    assert "would be permitted" in walk.text
    note(f"console: why a request was refused, and what would change it, in {walk.clicks} clicks")
    assert walk.clicks <= 4


def test_what_happened_to_a_request_with_its_proof(walk, note, product):
    walk.page.fill("#find", product.exchanges[1])
    walk.page.press("#find", "Enter")
    walk.page.wait_for_url(f"**/exchanges/{product.exchanges[1]}")
    for part in ("Asked", "Found", "Decided", "Candidates", "Outcome", "Place in the log"):
        assert part in walk.text
    walk.click("text=As a signed answer (AQ-23)")
    assert "Signed statement" in walk.text
    note(f"console: AQ-23 in {walk.clicks} click and one search")


def test_files_hold_no_text(walk, product):
    for path in (
        "exchanges/file/csv",
        "exchanges/file/jsonl",
        f"exchanges/{product.exchanges[1]}/file",
        "questions/AQ-14/file?format=csv",
    ):
        answer = walk.page.request.get(f"{product.url}/console/{path}")
        assert answer.status == 200
        assert "attachment" in answer.headers["content-disposition"]
        for value in conftest.PLANTED:
            assert value not in answer.text()


def test_an_author_tries_a_rule_on_what_was_recorded(walk, note, product, officer):
    officer.said.clear()
    walk.page.goto(f"{product.url}/console/exchanges/{product.exchanges[1]}")
    walk.click("text=Try with a draft")
    walk.page.locator("#e-rule").fill(
        walk.page.locator("#e-rule").input_value().replace("\tinput.operation.stream\n", "")
    )
    walk.page.locator("button[value=decide]").click()
    walk.page.locator("#out >> text=With the draft").wait_for(timeout=90_000)
    assert "MY_RULE" in walk.text
    walk.page.locator("#e-rule").press_sequentially("x")
    walk.page.locator("#problems >> text=does_not_parse").wait_for(timeout=90_000)
    walk.page.locator("#e-rule").press("Backspace")
    walk.page.locator("#problems >> text=No problem in the draft itself").wait_for(timeout=90_000)
    walk.page.locator("button[value=test]").click()
    walk.page.locator("#out >> text=cases pass").wait_for(timeout=90_000)
    assert officer.said == []


def test_a_text_is_tried_and_kept_nowhere(walk, note, product, officer):
    officer.said.clear()
    walk.click("nav >> text=Try a text")
    walk.page.fill("#f-text", conftest.TEXTS[1][0])
    walk.click("button.main >> text=Try it")
    walk.page.locator("#out mark").first.wait_for(timeout=90_000)
    assert "EMAIL_ADDRESS" in walk.text.replace("\u200b", "")
    assert conftest.PLANTED[1] in walk.page.locator("p.tried").inner_text()
    note(f"console: what is found in a text, and who would get what of it, in {walk.clicks} clicks")
    walk.page.goto(f"{product.url}/console/access")
    assert conftest.PLANTED[1] not in walk.page.content()
    assert officer.said == []


def test_requests_are_served_while_ten_officers_ask(product, officer):
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in officer.state["cookies"])

    def ask(_):
        page = urllib.request.Request(f"{product.url}/console/questions/AQ-05?ask=1", headers={"cookie": cookie})
        with urllib.request.urlopen(page, timeout=120) as reply:
            return reply.status

    with ThreadPoolExecutor(10) as officers:
        pages = [officers.submit(ask, number) for number in range(10)]
        actions = [product.action(*conftest.TEXTS[0])[0] for _ in range(3)]
    assert actions == ["forward"] * 3
    assert [page.result() for page in pages] == [200] * 10


def test_a_question_is_asked_again_by_itself_until_it_is_stopped(walk, note, officer):
    officer.said.clear()
    walk.click("nav >> text=Questions")
    walk.click("a[href='/console/questions/AQ-14']")
    walk.click("summary >> text=Ask again by itself")
    walk.click("button >> text=Schedule")
    walk.page.wait_for_url("**/console/downloads?done=1")
    assert "every month" in walk.text
    note(f"console: a question asked again each month in {walk.clicks} clicks")
    assert walk.clicks <= 4
    walk.click("button >> text=Stop")
    walk.page.wait_for_url("**/console/downloads")
    assert "Nothing is asked by itself" in walk.text
    assert officer.said == []


def test_what_a_caller_chose_is_text(product, officer):
    officer.said.clear()
    with officer.page() as page:
        for path in ("", "exchanges", "find", "questions/AQ-14", "playground"):
            page.goto(
                f"{product.url}/console/{path}?tenant={conftest.EVIL}&activity={conftest.EVIL}&q={conftest.EVIL}&ask=1"
            )
            assert page.locator("img").count() == 0


def test_another_tenant_is_not_seen(product, chromium):
    reader = conftest.Person(product, chromium, "--as", "reader", "--role", "audit-reader", "--tenant", "demo-us")
    with reader.page() as page:
        page.goto(f"{product.url}/console/exchanges")
        assert "No exchange matches" in page.locator("main").inner_text()
        for exchange in product.exchanges:
            assert page.goto(f"{product.url}/console/exchanges/{exchange}").status == 404
            assert page.goto(f"{product.url}/console/exchanges?tenant=demo-eu").status == 403
