from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.audit.verification.reading import EvidenceDamagedError
from proxy.reports.exports.job import ExportKind, NewExport
from tests.unit.console.conftest import NOW

ROLE = "privacy-officer"


def officer(served, *roles):
    return served.browser(*(roles or (ROLE,)), fresh_at=served.console.clock.now())


async def test_the_page_says_how_far_the_log_is_signed_and_verified(served):
    async with officer(served) as browser:
        _, text, _ = await browser.get("/console/integrity")
        assert "Checkpoint 7" in text
        assert "Signed; no verification of the whole log is known here" in text
        assert "signed here" in text


DAMAGE, SOUND = "Damage was found on", "Sound when it was last verified"


@pytest.mark.parametrize(
    ("verified", "findings", "says"),
    [
        ("", 2, DAMAGE),
        ("2026-11-25T09:00:00Z", 2, DAMAGE),
        ("2026-11-25T11:00:00Z", 2, SOUND),
        ("2026-11-25", 0, SOUND),
    ],
)
@pytest.mark.parametrize("path", ["/console/", "/console/integrity"])
async def test_the_latest_verification_counts_sound_or_not(served, path, verified, findings, says):
    ask, facets, exports = served.desk.ask, served.desk.facets, served.console.api.exports

    async def answer(*asked):
        signed = await ask(*asked)
        return replace(signed, statement={**signed.statement, "coverage": {"verified": verified}})

    async def counted(*filters):
        return replace(await facets(*filters), verified=verified)

    served.desk.ask, served.desk.facets = answer, counted
    job = await exports.add(NewExport(ExportKind.VERIFICATION, "", {}, "json", "ops", "ops", "*", None, "audit"))
    exports.jobs[job.id] = replace(job, rows=findings, ended=NOW)
    async with officer(served) as browser:
        _, text, _ = await browser.get(path)
    assert [one for one in (DAMAGE, SOUND) if one in text] == [says]


@pytest.mark.parametrize("path", ["/console/", "/console/integrity"])
async def test_a_log_that_answers_no_question_is_damaged(served, path):
    async def damaged(*_):
        raise EvidenceDamagedError

    served.desk.ask = damaged
    async with officer(served) as browser:
        assert DAMAGE in (await browser.get(path))[1]


async def test_a_verification_is_begun_shown_and_fetched_as_a_file(served):
    async with officer(served) as browser:
        assert (await browser.post("/console/integrity", csrf=await browser.csrf()))[0] == 303
        [job] = served.console.api.exports.jobs.values()
        assert (job.asked.kind, job.asked.purpose) == ("verification", "review of Q3")
        _, text, _ = await browser.get("/console/integrity/progress")
        assert f"/console/integrity/{job.id}/result" in text
        assert "<html" not in text
        status, content, headers = await browser.get(f"/console/integrity/{job.id}/result")
        assert (status, content) == (200, "one23")
        assert headers["Content-Disposition"].startswith("attachment")


async def test_who_reads_one_tenant_sees_the_state_and_begins_nothing(served):
    async with officer(served, "audit-reader") as browser:
        _, text, _ = await browser.get("/console/integrity")
        assert "Verify the whole log" not in text
        assert (await browser.post("/console/integrity", csrf=await browser.csrf()))[0] == 403


async def test_a_hold_is_asked_for_and_its_end_needs_a_ticket(served):
    async with officer(served) as browser:
        fields = {"matter": "M-1", "tenant": "acme", "since": "2026-01-01", "csrf": await browser.csrf()}
        assert (await browser.post("/console/holds", **fields))[0] == 303
        assert served.console.api.acts.done == [("place_hold", "officer")]
        release = "/console/holds/hd_aaaaaaaaaaaa/release"
        assert (await browser.post(release, csrf=await browser.csrf()))[0] == 400
        assert (await browser.post(release, csrf=await browser.csrf(), ticket="M-1"))[0] == 303


async def test_an_officer_of_no_tenant_verifies_too(served):
    async with served.browser(ROLE, tenant="", fresh_at=served.console.clock.now()) as browser:
        assert (await browser.post("/console/integrity", csrf=await browser.csrf()))[0] == 303
        assert [job.asked.tenant for job in served.console.api.exports.jobs.values()] == ["*"]  # the store takes no ""


async def test_a_log_without_a_checkpoint_is_told_from_one_that_is_not_shown(served):
    async def unsigned():
        return None

    served.desk.checkpoint = unsigned
    for role, says in ((ROLE, "No checkpoint is signed yet"), ("policy-reader", "The state of the log is not shown")):
        async with officer(served, role) as browser:
            assert says in (await browser.get("/console/"))[1]
