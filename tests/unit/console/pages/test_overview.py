from __future__ import annotations

from proxy.web.api.access import ROLES


async def test_every_number_leads_to_its_exchanges(served):
    async with served.browser(*ROLES) as browser:
        status, text, _ = await browser.get("/console/?p=7d")
        assert status == 200
        assert "/console/exchanges?action=block&amp;since=2026-11-19&amp;until=2026-11-26" in text
        assert "Checkpoint 7" in text


async def test_what_a_role_may_not_see_is_not_asked(served):
    async with served.browser("policy-reader") as browser:
        status, text, _ = await browser.get("/console/")
        assert status == 200
        assert served.desk.given == []
        assert "Nothing was asked in this time" in text
