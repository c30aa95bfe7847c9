from __future__ import annotations

ROLE = "privacy-officer"


def officer(served, *roles):
    return served.browser(*(roles or (ROLE,)), mfa_at=served.console.clock.now())


async def test_the_page_says_how_far_the_log_is_signed_and_verified(served):
    async with officer(served) as browser:
        _, text, _ = await browser.get("/console/integrity")
        assert "Signed to checkpoint 7" in text
        assert "Nobody has verified the whole log yet" in text
        assert "signed here" in text


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
    async with served.browser(ROLE, tenant="", mfa_at=served.console.clock.now()) as browser:
        assert (await browser.post("/console/integrity", csrf=await browser.csrf()))[0] == 303
        assert [job.asked.tenant for job in served.console.api.exports.jobs.values()] == ["*"]  # the store takes no ""
