from __future__ import annotations

import pytest

from proxy.console.pages import subjects

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
