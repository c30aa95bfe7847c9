"""The console of a whole running product in a real Chromium: one stack and one browser for each module here."""

from __future__ import annotations

import functools
import json
import re
import shutil
import urllib.error
import urllib.request
from contextlib import contextmanager
from email.message import Message
from pathlib import Path

import pytest

from testing.stack import CommandLine
from tests.conftest import CANARY_MARK

CHROMIUM = shutil.which("chromium")
AXE = Path(__file__).parents[2] / ".venv" / "share" / "axe.min.js"
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
#: What requests say, and the activity that they name: each action once, with a value that must show nowhere.
TEXTS = (
    ("Say hello.", "support-chat"),
    (f"Write to Ottilie Brandt, ottilie.brandt@{CANARY_MARK}.example.", "support-chat"),
    ("Summarise: Ottilie Brandt was diagnosed with diabetes, MRN 12345678.", "support-chat"),
    ("Tell how stressed Ottilie Brandt is at work.", "emotion-monitoring"),
)
PLANTED = ("Ottilie", f"ottilie.brandt@{CANARY_MARK}.example", "12345678")
EVIL = '"><img src=x onerror=alert(1)>'


class Product:
    """The running product with some traffic."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.line = CommandLine(folder / "state", **environment)
        self.line.start()
        self.url = self.line.stack.proxy_url
        self.exchanges = [self.ask(*text) for text in TEXTS]

    def ask(self, text: str, activity: str, *, stream: bool = False) -> str:
        """Return the exchange of a request."""
        return self._headers(text, activity, stream=stream)["x-compliance-exchange"]

    def action(self, text: str, activity: str, *, stream: bool = False) -> tuple[str, str]:
        """Return what is done with a request, and its exchange."""
        headers = self._headers(text, activity, stream=stream)
        return headers["x-compliance-action"], headers["x-compliance-exchange"]

    def _headers(self, text: str, activity: str, *, stream: bool) -> Message:
        body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}], "stream": stream}
        headers = {
            "authorization": f"Bearer {self.line.key}", "content-type": "application/json",
            "x-compliance-activity": activity,
        }  # fmt: skip
        asked = urllib.request.Request(f"{self.url}/v1/chat/completions", json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(asked, timeout=60) as reply:
                reply.read()
                return reply.headers
        except urllib.error.HTTPError as refused:
            return refused.headers

    def link(self, *options: str) -> str:
        ended = self.line.run("console", "--tenant", "demo-eu", *options)
        return re.search(r"http\S+/console/login\?link=\S+", ended.stdout)[0]


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    made = Product(tmp_path_factory.mktemp("browser"))
    yield made
    made.line.stop()


@pytest.fixture(scope="module")
def chromium(product):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        yield browser
        browser.close()


class Person:
    """Somebody who is logged in; ``said`` is what the browser's console said."""

    def __init__(self, product: Product, chromium, *options: str) -> None:
        self.product, self.chromium, self.said = product, chromium, []
        page = self.opened(chromium.new_context())
        page.goto(product.link(*options))
        page.click("button.main")
        page.wait_for_url("**/console/session**")
        page.fill("#f-purpose", "review of the tests")
        page.click("form.panel button.main")
        page.wait_for_url("**/console/**")
        self.state = page.context.storage_state()
        page.context.close()

    def opened(self, context):
        page = context.new_page()
        page.set_default_timeout(120_000)  # the first overview reads the whole log
        page.on(
            "console", lambda message: self.said.append(message.text) if message.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: self.said.append(str(error)))
        return page

    @contextmanager
    def page(self, **options):
        context = self.chromium.new_context(storage_state=self.state, **options)
        try:
            yield self.opened(context)
        finally:
            context.close()


@pytest.fixture(scope="module")
def officer(product, chromium):
    return Person(product, chromium)


@functools.cache
def axe() -> str:
    if not AXE.is_file():
        pytest.skip("no axe here: make chromium-checks")
    return AXE.read_text()
