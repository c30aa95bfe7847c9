from __future__ import annotations

import pytest

from proxy.web.api.faults import InvalidRequestError

EXCHANGE = "01a232cb-3c27-7c66-b1a5-83d4ca985cb7"


async def test_what_narrows_stands_in_the_address_and_goes_to_the_operation(served):
    async with served.browser("auditor") as browser:
        status, text, _ = await browser.get("/console/exchanges?action=block&code=NO_BAA&since=2026-07-01")
        assert status == 200
        asked = [given for name, given, *_ in served.desk.given if name == "list"]
        assert asked[0].items() >= {"action": "block", "code": "NO_BAA", "since": "2026-07-01"}.items()
        assert "/console/exchanges/x1" in text
        assert "after=next" in text


async def test_a_list_is_a_file(served):
    async with served.browser("auditor") as browser:
        status, text, headers = await browser.get("/console/exchanges/file/csv?p=7d")
        assert (status, headers["Content-Type"]) == (200, "text/csv; charset=utf-8; header=present")
        assert "attachment" in headers["Content-Disposition"]
        assert "x1" in text


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        (EXCHANGE, f"/console/exchanges/{EXCHANGE}"), ("aq-14", "/console/questions/AQ-14"), ("", "/console/exchanges"),
        ("action:block code:NO_BAA", "/console/exchanges?action=block&code=NO_BAA"),
        ("NO_BAA", "/console/exchanges?code=NO_BAA"), ("openai/us", "/console/exchanges?target=openai%2Fus"),
        ("support-chat", "/console/exchanges?activity=support-chat"),
        ('action:block recipient:"Kestrel Cloud Ltd"', "/console/exchanges?action=block&recipient=Kestrel+Cloud+Ltd"),
        ("recipient:Kestrel Cloud Ltd action:block", "/console/exchanges?recipient=Kestrel+Cloud+Ltd&action=block"),
        ("Kestrel Cloud A/S", "/console/exchanges?recipient=Kestrel+Cloud+A%2FS"),
        ("Kestrel", "/console/exchanges?recipient=Kestrel"), ("a..b", "/console/exchanges?activity=a..b"),
        ("target:a..b", "/console/exchanges?target=a..b"), ("1..2", "/console/exchanges?activity=1..2"),
        ("https://evil.example", "/console/exchanges?target=https%3A%2F%2Fevil.example"),
    ],
)  # fmt: skip
async def test_what_is_typed_is_found(served, typed, path):
    async with (
        served.browser("auditor") as browser,
        browser.session.get(f"{browser.url}/console/find", params={"q": typed}, allow_redirects=False) as answer,
    ):
        assert (answer.status, answer.headers["Location"]) == (303, path)


async def test_a_list_is_kept_under_a_name_for_whoever_kept_it(served):
    async with served.browser("auditor") as browser:
        csrf = await browser.csrf()
        query = "action=block&code=NO_BAA&p=7d&after=x&evil=1"
        status, _, headers = await browser.post("/console/views", name=" Our  refusals ", query=query, csrf=csrf)
        assert (status, headers["Location"]) == (303, "/console/exchanges?action=block&code=NO_BAA&p=7d")
        _, text, _ = await browser.get(headers["Location"])
        shown = (
            '<a href="/console/exchanges?action=block&amp;code=NO_BAA&amp;p=7d" aria-current="page">Our refusals</a>'
        )
        assert shown in text
        assert 'value="action=block&amp;code=NO_BAA&amp;p=7d"' in text
    async with served.browser("auditor", person="somebody else") as browser:
        assert "Our refusals" not in (await browser.get("/console/exchanges"))[1]
    async with served.browser("auditor") as browser:
        assert (await browser.post("/console/views/forget", name="Our refusals", csrf=await browser.csrf()))[0] == 303
        assert "Our refusals" not in (await browser.get("/console/exchanges"))[1]


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("", "p=7d"),
        ("x" * 61, "p=7d"),
        ("ours", "subject=s-1"),
        ("ours", "code=" + "x" * 2001),
        ("ours", "p=yesterday"),
        ("ours", "since=2026-07-02&until=2026-07-01"),
    ],
)
async def test_what_is_not_kept(served, name, query):
    async with served.browser("privacy-officer") as browser:
        assert (await browser.post("/console/views", name=name, query=query, csrf=await browser.csrf()))[0] == 400
        assert served.logins.kept == {}


async def test_a_list_that_cannot_be_opened_is_not_kept(served, monkeypatch):
    async def refused(*_):
        raise InvalidRequestError("no such action")

    monkeypatch.setattr(served.desk, "exchanges", refused)
    async with served.browser("auditor") as browser:
        status, text, _ = await browser.post("/console/views", name="x", query="action=x", csrf=await browser.csrf())
        assert (status, "no such action" in text) == (400, True)
        assert served.logins.kept == {}
