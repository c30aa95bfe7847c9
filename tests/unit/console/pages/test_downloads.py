from __future__ import annotations

import pytest

from proxy.reports.exports.job import ExportKind, NewExport

ASKED = {"kind": "question", "name": "AQ-14", "format": "pdf", "every": "month"}


async def test_an_officer_schedules_a_question_as_its_page_is_narrowed_and_stops_it(served):
    schedules = served.console.api.schedules
    async with served.browser("auditor") as browser:
        _, text, _ = await browser.get("/console/questions/AQ-14?since=2026-07-01&code=NO_BAA&ask=1")
        assert 'name="p.code" value="NO_BAA"' in text
        assert 'name="p.since"' not in text
        fields = {**ASKED, "p.code": "NO_BAA", "csrf": await browser.csrf()}
        status, _, headers = await browser.post("/console/schedules", **fields, headers={"Accept-Language": "de"})
        assert (status, headers["Location"]) == (303, "/console/downloads?done=1")
        [made] = schedules.rows.values()
        assert (made.every, made.asked.parameters, made.asked.purpose) == ("month", {"code": "NO_BAA"}, "review of Q3")
        assert made.asked.language == "de"
        _, text, _ = await browser.get("/console/downloads?done=1")
        for part in ("every month", "NO_BAA", "Scheduled", f"schedules/{made.id}/stop"):
            assert part in text
        status, _, _ = await browser.post(f"/console/schedules/{made.id}/stop", csrf=await browser.csrf())
        assert (status, schedules.rows) == (303, {})


async def test_what_has_no_schedule_says_so(served):
    async with served.browser("auditor") as browser:
        csrf = await browser.csrf()
        assert (await browser.post("/console/schedules", **{**ASKED, "every": "hour"}, csrf=csrf))[0] == 400
        assert (await browser.post("/console/schedules", **{**ASKED, "name": "AQ-99"}, csrf=csrf))[0] == 404
        assert (await browser.post("/console/schedules/sc_000000000009/stop", csrf=csrf))[0] == 404


async def test_files_wait_for_who_asked_for_them(served):
    exports = served.console.api.exports
    for person in ("officer", "other"):
        asked = NewExport(
            ExportKind.QUESTION, "AQ-14", {}, "pdf", f"{person} (console:1)", person, "acme", None, "x", schedule="sc_1"
        )
        await exports.add(asked)
    async with served.browser("auditor") as browser:
        _, text, _ = await browser.get("/console/downloads")
        assert "downloads/ex_000000000000/file" in text
        assert "downloads/ex_000000000001/file" not in text
        status, content, headers = await browser.get("/console/downloads/ex_000000000000/file")
        assert (status, content, headers["Content-Disposition"]) == (200, "one23", 'attachment; filename="AQ-14.pdf"')
        assert headers["x-compliance-statement"]


async def test_a_reader_of_one_tenant_neither_sees_nor_stops_what_reads_all(served):
    async with served.browser("auditor") as browser:
        await browser.post("/console/schedules", **ASKED, csrf=await browser.csrf())
    [name] = served.console.api.schedules.rows
    async with served.browser("audit-reader", person="reader") as browser:
        assert name not in (await browser.get("/console/downloads"))[1]
        assert (await browser.post(f"/console/schedules/{name}/stop", csrf=await browser.csrf()))[0] == 404


@pytest.mark.parametrize("path", ["downloads/{}/file", "integrity/{}/result"])
async def test_a_file_about_a_data_subject_needs_a_fresh_second_factor(served, path):
    exports = served.console.api.exports
    parameters = {"tenant": "acme", "subject": ["hmac-sha256:k:7"]}
    job = await exports.add(
        NewExport(ExportKind.QUESTION, "AQ-10", parameters, "pdf", "officer (console:1)", "officer", "acme", None, "x")
    )
    await exports.approve(job.id, "second (console:2)", "second")
    async with served.browser("privacy-officer", fresh_at=0) as browser:
        status, text, _ = await browser.get(f"/console/{path.format(job.id)}")
        assert status == 403
        assert "second_factor_needed" in text
    async with served.browser("privacy-officer", fresh_at=served.console.clock.now()) as browser:
        assert (await browser.get(f"/console/{path.format(job.id)}"))[:2] == (200, "one23")


@pytest.mark.parametrize("days", ["\u00b2", "9" * 4400, "x", "-1"])
async def test_a_schedule_with_an_odd_number_is_refused(served, days):
    async with served.browser("auditor") as browser:
        fields = {**ASKED, "name": "AQ-17", "p.days": days, "csrf": await browser.csrf()}
        assert (await browser.post("/console/schedules", **fields))[0] == 400
