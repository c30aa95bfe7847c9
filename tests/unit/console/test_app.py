from __future__ import annotations

import asyncio
import re
from html.parser import HTMLParser

import pytest

from proxy.console import security, table
from proxy.identity.console_logins import LoginKind
from proxy.web.api.access import ROLES, effective
from tests.unit.console.conftest import EVERY_ROLE

EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
MATRIX = [(route, role) for route in table.ROUTES for role in EVERY_ROLE]


class Tags(HTMLParser):
    """Gathers what could run, and inline style."""

    def __init__(self, text):
        super().__init__()
        self.bad = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if tag == "script" and not (named.get("src") or "").startswith("/console/static/"):
            self.bad.append((tag, attrs))
        self.bad += [(tag, name) for name in named if name.startswith("on") or name == "style"]


class Landmarks(HTMLParser):
    """Gathers landmarks: of each its role, and its name, be it said or the text of what names it."""

    ROLES = {"section": "region", "nav": "navigation", "form": "form", "aside": "complementary"}  # noqa: RUF012

    def __init__(self, text):
        super().__init__()
        self.seen, self.texts, self.inside = [], {}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        role = attributes.get("role", self.ROLES.get(tag, ""))
        if role in self.ROLES.values() and attributes.keys() & {"aria-label", "aria-labelledby"}:
            self.seen.append((role, attributes.get("aria-label"), attributes.get("aria-labelledby")))
        if tag in {"h1", "h2", "h3"} and "id" in attributes:
            self.inside.append(attributes["id"])

    def handle_data(self, data):
        if self.inside:
            self.texts[self.inside[-1]] = self.texts.get(self.inside[-1], "") + data

    def handle_endtag(self, tag):
        if tag in {"h1", "h2", "h3"} and self.inside:
            self.inside.pop()

    @property
    def alike(self):
        """Those that another one is called like."""
        names = [(role, (said or self.texts.get(by, by)).strip()) for role, said, by in self.seen]
        return sorted({name for name in names if names.count(name) > 1})


def path_of(route):
    return table.ROOT + re.sub(r"\{\w+\}", "x1", route.path)


async def test_pages_of_an_example_say_so(served):
    async with served.browser(*ROLES) as browser:
        for path in ("", "login", "registry", "nowhere"):
            _, text, _ = await browser.get(table.ROOT + path)
            assert "invented" not in text
            served.console.is_example = True
            _, text, _ = await browser.get(table.ROOT + path)
            assert "these organisations, people and figures are invented" in text
            served.console.is_example = False


@pytest.mark.parametrize(("route", "role"), MATRIX, ids=[f"{r.method} {r.path}-{role}" for r, role in MATRIX])
async def test_who_may_open_what(served, route, role):
    async with served.browser(role, fresh_at=served.console.clock.now()) as browser:
        csrf = await browser.csrf()
        if route.method == "GET":
            status, text, _ = await browser.get(path_of(route))
        else:
            status, text, _ = await browser.post(path_of(route), csrf=csrf)
        if effective([role]) & route.roles:
            assert status != 403 or "role" not in text, text
            assert status < 500, text
        else:
            assert status == 403
            assert "needs one of these roles" in text
            assert served.evidence.named("admin_call") == []


@pytest.mark.parametrize("route", table.ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_without_a_session_every_page_leads_to_the_login(served, route):
    async with served.browser() as browser:
        status, text, headers = await (browser.get if route.method == "GET" else browser.post)(path_of(route))
        assert (status, text) == (303, "")
        assert headers["Location"].startswith("/console/login")


@pytest.mark.parametrize(
    "route", [route for route in table.ROUTES if route.method != "GET"], ids=lambda route: route.path
)
async def test_no_change_without_the_token_of_the_session_or_from_elsewhere(served, route):
    async with served.browser(*ROLES, fresh_at=served.console.clock.now()) as browser:
        csrf = await browser.csrf()
        for headers, shown in (
            ({}, ""), ({}, "0" * 64), ({"Origin": "https://evil.example"}, csrf),
            ({"Sec-Fetch-Site": "cross-site"}, csrf), ({"Sec-Fetch-Site": "none", "Origin": "null"}, csrf),
        ):  # fmt: skip
            status, text, _ = await browser.post(path_of(route), csrf=shown, headers=headers)
            assert status == 403
            assert "foreign_request" in text
        assert served.evidence.named("admin_change") == []


@pytest.mark.parametrize(
    "route", [route for route in table.ROUTES if route.method == "GET"], ids=lambda route: route.path
)
async def test_every_page_has_strict_headers_and_nothing_that_runs(served, route):
    async with served.browser(*ROLES, person=EVIL, purpose=EVIL, fresh_at=served.console.clock.now()) as browser:
        names = {"tenant", "activity", "q"} if route.takes is None else {"tenant", "activity", "q"} & route.takes
        status, text, headers = await browser.get(f"{path_of(route)}?{'&'.join(f'{name}={EVIL}' for name in names)}")
        for name, value in security.HEADERS.items():
            assert headers[name] == value
        if headers.get("Content-Type", "").startswith("text/html"):
            assert Tags(text).bad == []
            assert "<img src=x" not in text
            assert Landmarks(text).alike == []
        else:
            assert "attachment" in headers.get("Content-Disposition", "") or status == 303


PART = {"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1:1/console/playground?name=night"}


async def test_a_part_of_a_page_leads_the_whole_page_to_the_login(served):
    async with served.browser() as browser:
        for current, address in (
            (PART["HX-Current-URL"], "/console/login?next=%2Fconsole%2Fplayground%3Fname%3Dnight"),
            ("https://evil.example//x", "/console/login"),
            ("http://[", "/console/login"),
        ):
            headers = {**PART, "HX-Current-URL": current}
            status, text, answered = await browser.post("/console/playground/problems", headers=headers)
            assert (status, text, answered["HX-Redirect"]) == (204, "", address)
    async with served.browser(*ROLES, purpose="") as browser:
        status, _, answered = await browser.get("/console/integrity/progress", headers=PART)
        assert (status, answered["HX-Redirect"].partition("?")[0]) == (204, "/console/session")


async def test_a_fault_of_a_part_is_put_within_it(served):
    async with served.browser("auditor") as browser:
        status, text, headers = await browser.post(
            "/console/playground/problems", csrf=await browser.csrf(), headers=PART
        )
        assert status == 403
        assert "needs one of these roles" in text
        assert not re.search(r"<html|<nav|<main| id=", text)
        assert 'class="fault' in text
        assert (headers["HX-Reswap"], headers["HX-Reselect"]) == ("innerHTML", ".fault")


async def test_roles_are_asked_for_only_where_one_is_missing(served):
    async with served.browser("auditor") as browser:
        _, text, _ = await browser.get("/console/playground")
        assert "ask whoever gives out roles" in text
        _, text, _ = await browser.post("/console/exchanges/views", csrf="0")
        assert "foreign_request" in text
        assert "ask whoever gives out roles" not in text


async def test_a_page_that_does_not_exist_says_so(served):
    async with served.browser(*ROLES) as browser:
        status, text, headers = await browser.get("/console/nothing")
        assert status == 404
        assert "there is no such page" in text
        assert headers["Content-Security-Policy"] == security.POLICY


@pytest.mark.parametrize("roles", [(), ROLES])
async def test_the_root_without_its_slash_leads_to_the_first_page(served, roles):
    async with served.browser(*roles) as browser:
        status, text, headers = await browser.get("/console")
        assert (status, text, headers["Location"]) == (303, "", "/console/")
        assert headers["Content-Security-Policy"] == security.POLICY


@pytest.mark.parametrize("path", ["x%0ay", "%0a", "exchanges/%0a/file", "static/%0a", "x%0d%0ay", "%85"])
async def test_an_address_with_a_line_feed_is_an_address_that_is_not_there(served, path, capsys):
    async with served.browser(*ROLES) as browser:
        status, text, _ = await browser.get(f"/console/{path}")
        assert status in {400, 404}
        assert "internal_error" not in text
    assert "console_failed" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "headers", [{"Cookie": "cp_session=\xff\xfe"}, {"Host": "[::"}, {"Cookie": "cp_language=\xff"}]
)
async def test_nonsense_is_no_fault_of_ours(served, headers):
    async with served.browser() as browser:
        status, text, _ = await browser.get("/console/", headers=headers)
        assert status in {303, 403}
        assert "internal_error" not in text


async def test_another_host_is_refused(served):
    async with served.browser(*ROLES) as browser:
        status, text, _ = await browser.get("/console/", headers={"Host": "evil.example"})
        assert status == 403
        assert "console_not_here" in text


async def test_pages_are_read_for_a_purpose(served):
    async with served.browser(*ROLES, purpose="") as browser:
        status, _, headers = await browser.get("/console/?p=7d")
        assert (status, headers["Location"]) == (303, "/console/session?next=%2Fconsole%2F%3Fp%3D7d")
        csrf = await browser.csrf()
        status, _, headers = await browser.post("/console/session/purpose", csrf=csrf, purpose="a", next="/console/")
        assert status == 400
        status, _, headers = await browser.post(
            "/console/session/purpose", csrf=csrf, purpose="request DSR-8", next="//evil.example"
        )
        assert (status, headers["Location"]) == (303, "/console/")
        await browser.get("/console/")
        assert {requester.purpose for _, _, requester, _ in served.desk.given} == {"request DSR-8"}


async def test_files_are_kept_by_their_digest(served):
    async with served.browser() as browser:
        _, text, _ = await browser.get("/console/login")
        address = re.search(r'href="(/console/static/app\.css\?v=\w+)"', text)[1]
        status, _, headers = await browser.get(address)
        assert (status, headers["Content-Type"]) == (200, "text/css; charset=utf-8")
        assert "immutable" in headers["Cache-Control"]
        assert (await browser.get("/console/static/app.css"))[2]["Cache-Control"] == "no-cache"
        for name in ("../app.py", "..%2Fapp.py", "%2e%2e/app.py", "nothing.js"):
            assert (await browser.get(f"/console/static/{name}"))[0] in {303, 404}


async def test_a_session_that_was_ended_opens_nothing(served):
    async with served.browser(*ROLES) as browser:
        assert (await browser.get("/console/"))[0] == 200
        await served.logins.take(LoginKind.SESSION, browser.token)
        assert (await browser.get("/console/"))[0] == 303


@pytest.mark.parametrize("path", ["", "exchanges", "integrity", "questions/AQ-14?ask=1", "registry"])
async def test_a_page_is_read_at_one_moment(served, path):
    async with served.browser(*ROLES) as browser:
        assert (await browser.get(f"/console/{path}"))[0] == 200
    assert served.desk.moments == 1


async def test_ten_officers_at_once_ask_the_evidence_two_questions_at_a_time(served):
    served.desk.hold = asyncio.Event()
    async with served.browser(*ROLES) as browser:
        asking = [asyncio.create_task(browser.get("/console/")) for _ in range(10)]
        while served.desk.asking < 2:
            await asyncio.sleep(0.01)
        assert served.console.api.questions.in_use == 2
        served.desk.hold.set()
        assert [(await one)[0] for one in asking] == [200] * 10
    assert served.desk.most == 2
