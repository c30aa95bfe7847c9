from __future__ import annotations


async def test_it_says_what_is_in_force(served):
    async with served.browser("policy-reader") as browser:
        status, text, _ = await browser.get("/console/policies")
        assert status == 200
        assert "r1" in text
        assert served.commands.plans == []
        assert (await browser.get("/console/policies?shadow=1"))[0] == 200
        assert [plan.command for plan in served.commands.plans] == ["shadow"]


async def test_a_revision_that_is_not_kept_is_not_shown(served):
    async with served.browser("policy-reader") as browser:
        assert (await browser.get(f"/console/policies/{'0' * 20}"))[0] == 404
