from __future__ import annotations

import html
import json
import re
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from proxy.console import words
from proxy.reports import catalogue, composing
from proxy.reports.render import languages
from tests.unit.web.api.conftest import NOW

ALL = "since=2026-07-01&until=2026-10-01&provider=openai&exchange=x1&days=90&at=2026-07-01&category=health&ask=1"


async def test_every_question_is_listed(served):
    async with served.browser("auditor") as browser:
        _, text, _ = await browser.get("/console/questions")
        for question in catalogue.every():
            assert f"/console/questions/{question.id}" in text


@pytest.mark.parametrize("question", catalogue.every(), ids=lambda question: question.id)
async def test_a_question_is_a_form_and_an_answer(served, question):
    async with served.browser("privacy-officer", fresh_at=served.console.clock.now()) as browser:
        status, text, _ = await browser.get(f"/console/questions/{question.id}")
        assert status == 200
        assert served.desk.given == []
        for name in question.parameters:
            if name not in {"tenants", "registry", "limit"}:
                assert f'name="{name}"' in text
        required = {name: "2026-11-02" if name == "until" else "2026-11-01" for name in question.description.required}
        required |= {"tenant": "acme"} if "subject" in required else {}
        status, text, _ = await browser.get(f"/console/questions/{question.id}?{urlencode({'ask': '1', **required})}")
        assert status == 200
        assert "Signed statement" in text
        assert served.desk.given[0][0] == question.id


@pytest.mark.parametrize("path", ["AQ-01", "AQ-05", "AQ-13", "AQ-05/file"])
async def test_a_time_that_ends_before_it_begins_has_no_answer(served, path):
    async with served.browser("auditor") as browser:
        status, text, _ = await browser.get(f"/console/questions/{path}?since=2026-11-01&until=2026-10-01")
        assert status == 400
        assert "&#39;until&#39; must be later than &#39;since&#39;" in text
        assert served.desk.given == []


async def test_numbers_are_numbers_and_the_rest_is_text(served):
    async with served.browser("auditor") as browser:
        await browser.get("/console/questions/AQ-17?days=30")
        assert served.desk.given[0][1] == {"days": 30}


@pytest.mark.parametrize("days", ["\u00b2", "9" * 4400, "x", "-1"])
async def test_an_odd_number_is_refused_by_name(served, days):
    async with served.browser("auditor") as browser:
        status, text, _ = await browser.get(f"/console/questions/AQ-17?days={days}")
        assert status == 400
        assert "&#39;days&#39; must be a whole number" in text


async def test_a_number_opens_the_exchanges_behind_it(served):
    for kind, value in (("category", "health"), ("recipient", "Acme AI Inc.")):
        row = {"tenant": "acme", "activity": "support", "kind": kind, "value": value, "exchanges": 7}
        served.desk.told = row
        async with served.browser("auditor") as browser:
            _, text, _ = await browser.get("/console/questions/AQ-05?ask=1&activity=support")
            [address] = re.findall(r'<a href="([^"]+)">7</a>', text)
            query = dict(parse_qsl(urlsplit(html.unescape(address)).query))
            behind = {"of": "AQ-05.exchanges", **{name: row[name] for name in ("tenant", "activity", "kind", "value")}}
            assert json.loads(query["behind"]) == behind
            assert datetime.fromisoformat(query["since"]) <= NOW < datetime.fromisoformat(query["until"])
            status, text, _ = await browser.get(html.unescape(address))
            assert status == 200
            assert f"AQ-05: acme, support, {kind}, {value}" in html.unescape(text)
            assert [given for name, given, *_ in served.desk.given if name == "list"][-1]["behind"] == query["behind"]


async def test_a_number_of_which_nothing_is_behind_is_no_link(served):
    served.desk.told = {"without_consent": 0, "exchanges": 3}
    async with served.browser("auditor") as browser:
        _, text, _ = await browser.get("/console/questions/AQ-18?ask=1")
        assert text.count("AQ-18.exchanges") == 1
        assert "AQ-18.without_consent" not in text
        assert "a number opens its exchanges" in text
        assert "a number opens its exchanges" not in (await browser.get("/console/questions/AQ-17?ask=1"))[1]


@pytest.mark.parametrize(
    ("question", "row", "address"),
    [
        ("AQ-14", {"code": "NO_BAA", "refused": 3}, "/console/questions/AQ-14?since=2026-07-01&code=NO_BAA"),
        ("AQ-06", {"week": "2026-09-21", "found": 3}, "/console/questions/AQ-06?since=2026-09-21&until=2026-09-28"),
        ("AQ-15", {"status": "partial", "number": 3}, "#rows-h"),
    ],
)
async def test_a_column_of_a_chart_asks_about_it_alone(served, question, row, address):
    served.desk.told = row
    async with served.browser("auditor") as browser:
        _, text, _ = await browser.get(f"/console/questions/{question}?since=2026-07-01")
        assert f'<a href="{html.escape(address)}" tabindex="-1"' in text


async def test_an_answer_is_a_signed_file(served):
    async with served.browser("auditor") as browser:
        status, _, headers = await browser.get("/console/questions/AQ-14/file?format=csv&since=2026-07-01")
        assert (status, headers["Content-Disposition"]) == (200, 'attachment; filename="AQ-14.csv"')
        assert headers["x-compliance-statement"]
        assert (await browser.get("/console/questions/AQ-99"))[0] == 404


async def test_columns_and_what_they_mean_are_in_the_language_of_the_reader(served):
    columns = catalogue.named("AQ-14").description.columns
    async with served.browser("auditor") as browser:
        for asked in ("", "?ask=1"):
            for language in ("en", "de"):
                path = f"/console/questions/AQ-14{asked}"
                _, text, _ = await browser.get(path, headers={"Accept-Language": language})
                for name, meaning in columns.items():
                    assert f">{words.spoken(language).column(name)}</" in text
                    assert languages.spoken(language)(meaning) in html.unescape(text)


async def test_a_page_that_is_saved_is_in_the_language_of_the_reader(served):
    async with served.browser("auditor") as browser:
        for language in ("en", "de"):
            path = "/console/questions/AQ-14/file?format=html"
            status, text, _ = await browser.get(path, headers={"Accept-Language": language})
            assert (status, f'<html lang="{language}"' in text) == (200, True)


@pytest.mark.parametrize("form", composing.every(), ids=lambda form: form.name)
async def test_a_report_is_a_form_and_a_document(served, form):
    async with served.browser("auditor") as browser:
        assert (await browser.get(f"/console/reports/{form.name}"))[0] == 200
        assert served.desk.given == []
