from __future__ import annotations

from proxy.console.visit import principal
from proxy.identity.console_logins import LoginKind
from proxy.web.api.access import ROLES

PERSON = {"person": "officer", "roles": list(ROLES), "tenant": "acme", "by": "console_link"}


async def test_a_link_logs_in_once_and_only_by_a_change(served):
    link = await served.logins.add(LoginKind.LINK, PERSON)
    async with served.browser() as browser, served.browser() as second:
        for _ in range(2):
            assert (await browser.get(f"/console/login?link={link}"))[0] == 200
        status, _, headers = await browser.post("/console/login", link=link, next="/console/")
        assert (status, headers["Location"]) == (303, "/console/")
        cookie = headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert (await browser.get("/console/session"))[0] == 200
        assert (await second.post("/console/login", link=link))[0] == 401
        (facts,) = served.evidence.named("console_login")
        assert (facts["by"], facts["how"], facts["mfa"]) == ("officer", "console_link", False)
        (session,) = [row for (kind, _), row in served.logins.rows.items() if kind == LoginKind.SESSION]
        assert not principal(session).mfa


async def test_what_a_browser_came_with_is_no_session_afterwards(served):
    async with served.browser(*ROLES) as browser:
        before = browser.token
        link = await served.logins.add(LoginKind.LINK, PERSON)
        status, _, headers = await browser.post("/console/login", link=link)
        assert status == 303
        assert before not in headers["Set-Cookie"]
        assert await served.logins.session(before) is None


async def test_a_login_leads_to_the_console_alone(served):
    for wanted in (
        "//evil.example",
        "https://evil.example",
        "/console/../v1",
        "/\\evil.example",
        "/v1/models",
        "javascript:x",
    ):
        link = await served.logins.add(LoginKind.LINK, PERSON)
        async with served.browser() as browser:
            _, _, headers = await browser.post("/console/login", link=link, next=wanted)
            assert headers["Location"] == "/console/"


async def test_a_login_from_elsewhere_is_refused(served):
    link = await served.logins.add(LoginKind.LINK, PERSON)
    async with served.browser() as browser:
        status, _, _ = await browser.post("/console/login", link=link, headers={"Origin": "https://evil.example"})
        assert status == 403
        assert (LoginKind.LINK, link) in served.logins.rows


async def test_who_logs_out_is_out(served):
    async with served.browser(*ROLES) as browser:
        status, _, headers = await browser.post("/console/logout", csrf=await browser.csrf())
        assert (status, headers["Location"]) == (303, "/console/login")
        assert await served.logins.session(browser.token) is None


async def test_a_language_is_kept(served):
    async with served.browser(*ROLES) as browser:
        status, _, headers = await browser.post("/console/language", language="de", next="/console/?p=7d")
        assert (status, headers["Location"]) == (303, "/console/?p=7d")
        assert '<html lang="de">' in (await browser.get("/console/"))[1]
        assert "Set-Cookie" not in (await browser.post("/console/language", language="xx"))[2]
