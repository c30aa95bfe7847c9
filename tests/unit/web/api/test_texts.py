from __future__ import annotations

import asyncio

import pytest

from tests.unit.web.api.conftest import TextsTried

TEXT = "Zebulon Quark of canary-leak has a cold."
ASKED = {"text": TEXT, "tenant": "acme", "activity": "support", "region": "DE"}
PLACE = {"text": TEXT, "tenant": "acme", "start": 0, "end": 7, "type": "PERSON", "false": True}


async def test_as_whom_a_text_can_be_tried(serve):
    async with serve(texts=TextsTried()) as running:
        for role in ("policy-reader", "audit-reader"):
            status, offered = await running.answered("GET", "texts", role)
            assert status == 200
            assert offered["tenants"] == {"acme": {"regions": [], "models": ["gpt-4o-mini"]}}
            assert (offered["activities"], offered["types"]) == (["support"], ["EMAIL_ADDRESS", "PERSON"])
        assert (await running.answered("GET", "texts", "plain"))[0] == 403


async def test_a_text_is_tried_and_no_record_has_it(serve):
    async with serve(texts=TextsTried()) as running:
        status, answer = await running.answered("POST", "texts/try", "policy-reader", json=ASKED)
        assert status == 200
        assert answer["findings"][0]["type"] == "PERSON"
        [(_, facts, _)] = running.evidence.events
        assert (facts["operation"], facts["of_tenant"]) == ("texts.try", "acme")
        assert "Quark" not in str(running.evidence.events)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"tenant": "other"}, 403), ({"activity": "nothing"}, 400), ({"region": "de"}, 400), ({"text": ""}, 400),
        ({"text": "x" * 20_001}, 400), ({"more": 1}, 400),
    ],
)  # fmt: skip
async def test_what_cannot_be_tried(serve, changed, status):
    async with serve(texts=TextsTried()) as running:
        answered, error = await running.answered("POST", "texts/try", "policy-reader", json=ASKED | changed)
        assert answered == status
        assert "Quark" not in str(error) + str(running.evidence.events)


async def test_where_no_texts_are_tried(serve):
    async with serve() as running:
        for method, path, body in (("GET", "texts", None), ("POST", "texts/try", ASKED)):
            status, error = await running.answered(method, path, json=body)
            assert (status, error["error"]["code"]) == (409, "not_configured")


async def test_two_are_tried_at_once_and_more_are_refused(serve):
    texts = TextsTried(hold=asyncio.Event())
    async with serve(texts=texts) as running:
        asking = [asyncio.create_task(running.answered("POST", "texts/try", json=ASKED)) for _ in range(5)]
        done, waiting = set(), set(asking)
        while len(done) < 3:
            ended, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            done |= ended
        assert {task.result()[0] for task in done} == {429}
        texts.hold.set()
        assert {(await task)[0] for task in waiting} == {200}
        assert texts.most == 2


async def test_a_correction_takes_a_privacy_officer_and_is_on_record_without_the_value(serve):
    texts = TextsTried()
    async with serve(texts=texts) as running:
        for role in ("policy-reader", "audit-reader", "auditor", "registry-admin"):
            assert (await running.answered("POST", "texts/corrections", role, json=PLACE))[0] == 403
        assert texts.corrections == []
        status, answer = await running.answered("POST", "texts/corrections", "privacy-officer", json=PLACE)
        assert status == 200
        assert answer == {"list": "allow", "type": "PERSON", "tenant": "acme", "new": True}
        assert texts.corrections == [("acme", 0, 7, "PERSON", True, "crm (privacy-officer)")]
        assert [name for name, _, _ in running.evidence.events][-2:] == ["admin_change", "admin_call"]
        assert "Quark" not in str(running.evidence.events)
        assert "Zebulon" not in str(running.evidence.events)


@pytest.mark.parametrize("changed", [{"type": "NOBODY"}, {"start": 7}, {"end": 400}, {"tenant": "nobody"}])
async def test_what_cannot_be_corrected(serve, changed):
    texts = TextsTried()
    async with serve(texts=texts) as running:
        assert (await running.answered("POST", "texts/corrections", json=PLACE | changed))[0] == 400
        assert texts.corrections == []
