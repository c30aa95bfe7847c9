from __future__ import annotations

import html
import json
import re
from datetime import datetime

import pytest

from proxy.console.pages import subjects
from proxy.reports import listing, parameters
from proxy.reports.listing import COLUMNS, Page
from tests.unit.console.conftest import EXCHANGE
from tests.unit.web.api.conftest import NOW

PERSON = {"tenant": "acme", "subject": "patient 7", "ticket": "DSR-7"}


def officer(served, **more):
    return served.browser("privacy-officer", **{"fresh_at": served.console.clock.now(), **more})


async def test_a_look_up_is_recorded_with_the_number_of_the_request(served):
    async with officer(served) as browser:
        status, text, headers = await browser.post("/console/subjects", csrf=await browser.csrf(), **PERSON)
        assert (status, headers["Cache-Control"]) == (200, "no-store")
        assert "What was processed" in text
        assert [(name, requester.purpose) for name, _, requester, _ in served.desk.given] == [
            ("AQ-10", "DSR-7"),
            ("AQ-11", "DSR-7"),
        ]
        assert served.desk.looked_up == [("patient 7", "acme")] * 2


def fields_behind(text, number):
    """The hidden fields of the form whose button is a number."""
    [form] = [form for form in re.findall(r"<form.*?</form>", text, re.DOTALL) if f">{number}</button>" in form]
    return {
        name: html.unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    }


async def test_a_number_of_a_person_opens_as_many_exchanges_with_no_reference_in_an_address(served, monkeypatch):
    names = [f"{EXCHANGE[:-1]}{digit}" for digit in range(6)]
    rows = tuple(dict.fromkeys(COLUMNS, "x") | {"at": NOW.isoformat(), "exchange": name} for name in names)
    served.desk.told = {"tenant": "acme", "activity": "triage", "categories": ["health"], "exchanges": len(rows)}

    async def exchanges(given, limit, after, requester, tenants):
        parameters.bound(listing.FILTERS, (), given, tenants)
        asked.append((given, requester.purpose, after))
        return Page(rows, "next" if after == "" and is_long else "", complete=True)

    asked, is_long = [], False
    monkeypatch.setattr(served.desk, "exchanges", exchanges)
    async with officer(served) as browser:
        _, text, _ = await browser.post("/console/subjects", csrf=await browser.csrf(), **PERSON)
        assert not re.findall(r'href="[^"]*patient', text)
        fields = fields_behind(text, len(rows))
        status, text, headers = await browser.post("/console/subjects", **fields)
        assert (status, headers["Cache-Control"]) == (200, "no-store")
        assert re.findall(r'href="/console/exchanges/([^"]+)"', text) == names
        assert f"{len(rows)} exchanges in all" in text
        assert not re.findall(r'href="[^"]*patient', text)
        [(given, purpose, _)] = asked
        assert purpose == "DSR-7"
        assert (given["tenant"], given["subject"]) == ("acme", ["hmac-sha256:k:patient 7@acme"])
        row = json.loads(given["behind"])
        assert (row["of"], row["activity"], row["categories"]) == ("AQ-10.exchanges", "triage", ["health"])
        assert datetime.fromisoformat(given["since"]) <= NOW < datetime.fromisoformat(given["until"])
        is_long = True
        _, text, _ = await browser.post("/console/subjects", **fields)
        assert "6 rows, newest first" in text
        [older] = re.findall(r'name="after" value="([^"]*)"', text)
        await browser.post("/console/subjects", **fields, after=older)
        assert asked[-1] == (given, purpose, "next")


async def test_exchanges_of_a_person_need_a_fresh_second_factor(served):
    fields = {**PERSON, "behind": "x"}
    async with officer(served, fresh_at=0) as browser:
        assert (await browser.post("/console/subjects", csrf=await browser.csrf(), **fields))[0] == 403
        assert served.desk.given == []


@pytest.mark.parametrize("missing", PERSON)
async def test_nobody_is_looked_up_without_tenant_reference_and_number(served, missing):
    async with officer(served) as browser:
        assert (await browser.post("/console/subjects", csrf=await browser.csrf(), **{**PERSON, missing: " "}))[
            0
        ] == 400
        assert served.desk.given == []


async def test_a_look_up_needs_a_fresh_second_factor(served):
    async with officer(served, fresh_at=0) as browser:
        assert (await browser.post("/console/subjects", csrf=await browser.csrf(), **PERSON))[0] == 403
        assert served.desk.looked_up == []


@pytest.mark.parametrize("act", subjects.ACTS)
async def test_what_is_asked_for_leaves_no_reference_in_an_address(served, act):
    async with officer(served) as browser:
        status, _, headers = await browser.post("/console/subjects/act", csrf=await browser.csrf(), act=act, **PERSON)
        assert (status, headers["Location"]) == (303, f"/console/subjects?done={act}")
        assert (await browser.get(headers["Location"]))[0] == 200


async def test_an_unknown_act_is_refused(served):
    async with officer(served) as browser:
        assert (await browser.post("/console/subjects/act", csrf=await browser.csrf(), act="x", **PERSON))[0] == 400


async def test_a_restriction_is_lifted(served):
    async with officer(served) as browser:
        path = "/console/subjects/rs_aaaaaaaaaaaa/lift"
        assert (await browser.post(path, csrf=await browser.csrf()))[0] == 303
    assert served.console.api.restrictions.lifted[0][0] == "rs_aaaaaaaaaaaa"


async def test_the_number_of_a_request_is_one_that_the_log_keeps(served):
    async with officer(served) as browser:
        _, text, _ = await browser.get("/console/subjects")
        assert (
            r'name="ticket" type="text" value="" aria-describedby="h-ticket" required pattern="[A-Za-z0-9._:\/\-]+"'
            in text
        )
        assert 'maxlength="64"' in text
        fields = {**PERSON, "ticket": "DSR 118", "csrf": await browser.csrf(), "headers": {"Accept-Language": "de"}}
        status, text, _ = await browser.post("/console/subjects/act", act="hold", **fields)
        assert status == 400
        assert "Möglich sind Buchstaben" in text
