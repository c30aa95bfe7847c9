from __future__ import annotations

import html

import pytest

from proxy.console import words
from proxy.reports import catalogue, composing
from proxy.reports.render import languages

ALL = "since=2026-07-01&until=2026-10-01&provider=openai&exchange=x1&days=90&at=2026-07-01&category=health&ask=1"


async def test_every_question_is_listed(served):
    async with served.browser("auditor") as browser:
        _, text, _ = await browser.get("/console/questions")
        for question in catalogue.every():
            assert f"/console/questions/{question.id}" in text


@pytest.mark.parametrize("question", catalogue.every(), ids=lambda question: question.id)
async def test_a_question_is_a_form_and_an_answer(served, question):
    async with served.browser("auditor") as browser:
        status, text, _ = await browser.get(f"/console/questions/{question.id}")
        assert status == 200
        assert served.desk.given == []
        for name in question.parameters:
            if name not in {"tenants", "registry", "limit"}:
                assert f'name="{name}"' in text
        status, text, _ = await browser.get(f"/console/questions/{question.id}?ask=1")
        assert status == 200
        assert "Signed statement" in text
        assert served.desk.given[0][0] == question.id


async def test_numbers_are_numbers_and_the_rest_is_text(served):
    async with served.browser("auditor") as browser:
        await browser.get("/console/questions/AQ-17?days=30")
        assert served.desk.given[0][1] == {"days": 30}


async def test_a_row_about_a_category_opens_the_exchanges_that_hold_it(served):
    served.desk.told = {"tenant": "acme", "activity": "support", "kind": "category", "value": "health", "exchanges": 7}
    async with served.browser("auditor") as browser:
        _, text, _ = await browser.get("/console/questions/AQ-05?ask=1")
        assert 'tenant=acme&amp;activity=support&amp;category=health&amp;p=quarter">7</a>' in text


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
