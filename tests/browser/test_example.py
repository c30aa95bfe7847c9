"""The example world in a real Chromium: every page has content, fits, and says that it is invented; persons' stories end to end.

``make browser SHOTS=docs/console ARGS=tests/browser/test_example.py`` makes the screenshots of the documentation here, of a
whole quarter. Otherwise the quarter is thin, and the same pages are only looked at by machine.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta

import pytest

from testing.stack import CommandLine
from tests.browser.conftest import CHROMIUM, Person

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.heavy, pytest.mark.timeout(900)]
SHOTS = os.environ.get("SHOTS", "")
PAGES = {
    "overview": "?p=quarter", "exchanges": "exchanges?p=quarter&category=health", "questions": "questions",
    "question": "questions/AQ-01?ask=1&since={since}&until={until}", "reports": "reports", "downloads": "downloads", "approvals": "approvals",
    "subjects": "subjects", "playground": "playground?exchange={refused}", "policies": "policies",
    "registry": "registry", "entry": "registry?path=targets.kestrel%2Fus", "integrity": "integrity",
    "usage": "usage?p=quarter", "access": "access", "keys": "keys", "health": "health", "exchange": "exchanges/{refused}",
}  # fmt: skip
#: The pages of which the documentation has a picture; of the overview on a phone too.
SHOWN = {"overview", "exchanges", "exchange", "question", "approvals", "entry"}
#: What only a filled page says.
SAID = {
    "overview": "waits for a second person|wait for a second person", "exchanges": "discharge-letters",
    "approvals": "Approve as second person", "registry": "The BAA with Kestrel is renewed", "entry": "ends in 23 days",
    "integrity": "M-14", "downloads": "weekly review of transfers", "usage": "claims-handling", "keys": "claims-desk", "exchange": r"PERSON\W+\d+\W+\d+.*%", "question": "polder",
}  # fmt: skip


class ExampleProduct:
    """``run --demo``, and who logs in there."""

    def __init__(self, folder):
        self.line = CommandLine(folder / "state")
        self.line.start("--demo", "--share", "0.7" if SHOTS else "0.05")
        self.url = self.line.stack.proxy_url

    def link(self, *options):
        ended = self.line.run("console", "--tenant", "nordlicht", *options)
        return re.search(r"http\S+/console/login\?link=\S+", ended.stdout)[0]


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    made = ExampleProduct(tmp_path_factory.mktemp("example"))
    yield made
    made.line.stop()


@pytest.fixture(scope="module")
def refused(product, officer):
    """An exchange that was refused."""
    with officer.page() as page:
        page.goto(f"{product.url}/console/exchanges?p=quarter&action=block", timeout=120_000)
        return page.locator("a[data-row]").first.get_attribute("href").rpartition("/")[2]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_example_is_filled_fits_and_is_quiet(product, officer, refused, name):
    officer.said.clear()
    today = datetime.now(UTC).date()
    since, until = today - timedelta(days=91), today + timedelta(days=1)
    path = PAGES[name].format(refused=refused, since=since, until=until)
    for width, scheme in ((1280, "light"), (320, "dark")):
        with officer.page(viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
            assert page.goto(f"{product.url}/console/{path}", timeout=120_000).status == 200
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width
            text = page.locator("body").inner_text()
            assert "these organisations, people and figures are invented" in text
            assert re.search(SAID.get(name, ""), text), text
            if SHOTS and (name == "overview" or (name in SHOWN and scheme == "light")):
                page.screenshot(path=f"{SHOTS}/{name}-{width}-{scheme}.png", full_page=True)
    assert officer.said == []


class Story:
    """Somebody's way through the console; ``clicks`` counts what the mouse does, or each Enter of a keyboard."""

    def __init__(self, page, product):
        self.page, self.clicks = page, 0
        page.set_default_timeout(120_000)
        page.goto(f"{product.url}/console/", timeout=120_000)

    def click(self, what):
        self.page.locator(what).first.click()
        self.page.wait_for_load_state()
        self.clicks += 1

    def enter_on(self, name):
        """Walk with Tab to the link or button of a name, and press Enter."""
        for _ in range(300):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("() => document.activeElement.innerText || ''").strip() == name:
                break
        else:
            raise AssertionError(f"no way to {name} by Tab")
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.clicks += 1

    @property
    def text(self):
        return self.page.locator("main").inner_text()


@pytest.fixture
def story(product, officer):
    with officer.page(viewport={"width": 1280, "height": 900}) as page:
        yield Story(page, product)


def test_a_dpo_answers_an_authority_by_keyboard_alone(story, note):
    story.enter_on("Questions")
    story.enter_on("Which transfers left a country, for whom, to whom, on which mechanism and ground?")
    story.enter_on("Ask")
    for part in ("meridian/us", "GDPR Art. 45(3)", "Signed statement", "What it does not say"):
        assert part in story.text
    note(f"console: a DPO has AQ-01, signed, after {story.clicks} times Enter and no mouse")
    assert story.clicks <= 3


def test_a_privacy_officer_sees_what_a_baa_that_ends_would_stop(story, note):
    story.click("a >> text=BAA kestrel/us")
    assert "ends in 23 days" in story.text
    for part in ("What depends on it", "routes.aurelia"):
        assert part in story.text
    story.page.locator("[name='v.baa.expires']").fill("2030-01-31")
    story.page.locator("#f-comment").fill("renewed by letter")
    story.click("fieldset button.main")
    for part in ("Change of the registry", "2030-01-31", "Put in force"):
        assert part in story.text
    note(f"console: from a BAA that ends to the request of its renewal in {story.clicks} clicks")
    assert story.clicks <= 2


def test_a_second_person_approves_what_another_one_asked_for(product, chromium, note):
    second = Person(product, chromium, "--as", "counsel.ek", "--role", "privacy-officer")
    with second.page(viewport={"width": 1280, "height": 900}) as page:
        story = Story(page, product)
        story.click("nav >> text=Approvals")
        story.click("a >> text=Legal hold, aurelia")
        story.click("button >> text=Approve as second person")
        story.click("nav >> text=Integrity")
        assert re.search(r"M-21\s+in force", story.text)
        note(f"console: a hold approved and seen in force in {story.clicks} clicks")
        assert story.clicks <= 4


def test_an_auditor_takes_a_proof_home(story, note, product, refused, tmp_path):
    story.page.fill("#find", refused)
    story.page.press("#find", "Enter")
    story.page.wait_for_url(f"**/exchanges/{refused}")
    for part in ("Asked", "Found", "Decided", "Outcome", "Place in the log"):
        assert part in story.text
    with story.page.expect_download() as download:
        story.page.locator("a >> text=Download proof").first.click()
    story.clicks += 1
    proof, key = tmp_path / "proof.json", tmp_path / "audit.vkey"
    download.value.save_as(proof)
    key.write_text(product.line.run("audit", "key", "export").stdout)
    checked = product.line.run("audit", "check", str(proof), "--key", str(key))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    note(f"console: a proof that checks offline in one search and {story.clicks} click")


@pytest.mark.parametrize("page", ["questions/AQ-05", "questions/AQ-14", "questions/AQ-12", "reports/ropa", "usage"])
def test_a_number_opens_exactly_its_exchanges(product, officer, page):
    officer.said.clear()
    today = datetime.now(UTC).date()
    time = "p=quarter" if page == "usage" else f"since={today - timedelta(days=91)}&until={today + timedelta(days=1)}"
    with officer.page() as opened:
        opened.goto(f"{product.url}/console/{page}?{time}", timeout=120_000)
        links = opened.locator("td.num a[href*='behind=']")
        numbers = [(link.inner_text(), link.get_attribute("href")) for link in links.all()]
        assert numbers
        for number, address in numbers[:6]:
            opened.goto(product.url + address)
            assert opened.locator("h1 + .sub b").inner_text() == number
    assert officer.said == []


def test_a_number_of_a_person_opens_exactly_its_exchanges(product, officer, note):
    officer.said.clear()
    with officer.page(viewport={"width": 320, "height": 900}) as opened:
        for person in (f"claim-{number:04}" for number in range(1, 30)):
            opened.goto(f"{product.url}/console/subjects", timeout=120_000)
            opened.select_option("#f-tenant", "nordlicht")
            opened.fill("#f-subject", person)
            opened.fill("#f-ticket", "DSR-1")
            opened.click("form.panel button.main")
            numbers = opened.locator("td.num button.linklike")
            if numbers.count():
                break
        number = numbers.first.inner_text()
        numbers.first.click()
        assert f"{number} exchange" in opened.locator(".pager").inner_text()
        rows = opened.locator("a[href*='/console/exchanges/']")
        assert rows.count() == int(number)
        assert opened.url == f"{product.url}/console/subjects"
        assert opened.evaluate("() => document.documentElement.scrollWidth") <= 320
        rows.first.click()
        assert opened.locator("h2 >> text=Asked").count()
        note("console: from the look-up of a person to one of their exchanges in 2 clicks")
    assert officer.said == []


def test_the_export_that_says_that_you_decide_can_be_decided(product, chromium):
    """The others stay, since other tests look at what waits: theirs is the same rule, see ``web/api/inbox.py``."""
    second = Person(product, chromium, "--as", "counsel.ek", "--role", "privacy-officer", "--role", "registry-admin")
    with second.page() as page:
        page.goto(f"{product.url}/console/approvals", timeout=120_000)
        exports = 0
        for address in [link.get_attribute("href") for link in page.locator(".mail a").all()]:
            page.goto(product.url + address)
            kind = page.locator("#one-h").inner_text()
            assert (page.locator("text=You decide").count() > 0) == (page.locator("form.decide").count() > 0)
            if not kind.startswith("Export about a data subject"):
                continue
            exports += 1
            page.click("form.decide button.main")
            page.wait_for_url("**/approvals?done=*")
            assert "Decided: " in page.locator("main").inner_text()
        assert exports == 1
