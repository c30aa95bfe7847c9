from __future__ import annotations

import pytest

from proxy.console.pages.texts import parts
from tests.unit.console.conftest import LATER

TEXT = "Quark <b>canary-leak</b>\r\nsecond line"
FIELDS = {"text": TEXT, "tenant": "acme", "activity": "support", "region": "de", "regions": "at, ch"}


def nothing_is_kept(served):
    kept = (served.evidence.events, served.logins.rows, served.desk.given)
    return "canary-leak" not in str(kept)


async def test_an_empty_form_says_that_nothing_is_kept(served):
    async with served.browser("policy-reader", purpose="") as browser:
        status, text, _ = await browser.get("/console/try")
        assert status == 200
        assert "The text is kept nowhere" in text
        assert 'value="gpt-4o-mini"' in text


async def test_a_text_is_tried_without_scripts_and_marked(served):
    async with served.browser("policy-reader") as browser:
        status, text, headers = await browser.post("/console/try", **FIELDS, csrf=await browser.csrf())
        assert status == 200
        assert "<mark>Quark<sup>1</sup></mark> &lt;b&gt;canary-leak&lt;/b&gt;\nsecond line" in text
        for part in ("PERSON_1", "openai/<wbr>us", "NO_BAA", "1 value changed", "0.9"):
            assert part in text
        assert headers["Cache-Control"] == "no-store"
        assert "It is false" not in text, "this role corrects nothing"
    assert nothing_is_kept(served)


async def test_a_refusal_is_told_beside_the_text(served):
    async with served.browser("policy-reader") as browser:
        fields = {**FIELDS, "region": "nowhere", "csrf": await browser.csrf()}
        status, text, _ = await browser.post("/console/try", **fields)
        assert status == 200
        assert "Refused" in text
        assert "canary-leak" in text
    assert nothing_is_kept(served)


@pytest.mark.parametrize(
    ("given", "corrected"),
    [
        ({"false": "1"}, (0, 5, "PERSON", True)),
        ({"missed": "second line", "type": "PERSON"}, (25, 36, "PERSON", False)),
    ],
)
async def test_what_is_false_or_missed_is_corrected(served, given, corrected):
    async with served.browser("privacy-officer", fresh_at=served.console.clock.now()) as browser:
        assert "It is false" in (await browser.post("/console/try", **FIELDS, csrf=await browser.csrf()))[1]
        status, text, _ = await browser.post("/console/try/mark", **FIELDS, **given, csrf=await browser.csrf())
        assert status == 200
        assert "The list is changed" in text
    [(tenant, *place, by)] = served.console.api.texts.corrections
    assert (tenant, *place) == ("acme", *corrected)
    assert by.startswith("officer (")
    assert nothing_is_kept(served)


@pytest.mark.parametrize("given", [{"false": "2"}, {"false": "x"}, {"missed": "not there", "type": "PERSON"}, {}])
async def test_what_does_not_stand_there_is_not_corrected(served, given):
    async with served.browser("privacy-officer", fresh_at=served.console.clock.now()) as browser:
        status, text, _ = await browser.post("/console/try/mark", **FIELDS, **given, csrf=await browser.csrf())
        assert status == 400
        assert "canary-leak" not in text
    assert served.console.api.texts.corrections == []


async def test_a_correction_needs_a_fresh_second_factor(served):
    long_ago = served.console.clock.now() - LATER.total_seconds()
    async with served.browser("privacy-officer", fresh_at=long_ago) as browser:
        status, _, _ = await browser.post("/console/try/mark", **FIELDS, false="1", csrf=await browser.csrf())
        assert status == 403
    assert served.console.api.texts.corrections == []


def test_pieces_make_the_text_again():
    text = "a bb c"
    findings = [{"start": 0, "end": 1}, {"start": 1, "end": 4}]
    pieces = list(parts(text, findings))
    assert "".join(piece for piece, _ in pieces) == text
    assert [number for _, number in pieces] == [1, 2, 0]


@pytest.mark.parametrize("number", ["0", "2", "\u00b2", "\u0661", "9" * 4400])
async def test_there_is_no_finding_of_an_odd_number(served, number):
    async with served.browser("privacy-officer", fresh_at=served.console.clock.now()) as browser:
        status, text, _ = await browser.post("/console/try/mark", **FIELDS, false=number, csrf=await browser.csrf())
        assert status == 400
        assert "there is no such finding" in text
