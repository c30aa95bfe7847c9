from __future__ import annotations

import pytest

from proxy.console.pages import upkeep


@pytest.mark.parametrize("name", [*upkeep.EVENTS, "subject_secret"])
async def test_the_access_log_shows_events_that_it_knows(served, name):
    async with served.browser("auditor") as browser:
        status, text, _ = await browser.get(f"/console/access?name={name}")
        assert status == 200
        assert "&lt;b&gt;review" in text
        assert served.desk.given[-1][0] == (name if name in upkeep.EVENTS else "log_read")


async def test_a_key_is_revoked_by_who_may(served):
    async with served.browser("auditor") as browser:
        _, text, _ = await browser.get("/console/keys")
        assert "aaaaaaaaaaaa" in text
        assert ">Revoke</button>" not in text
    async with served.browser("registry-admin", fresh_at=served.console.clock.now()) as browser:
        assert ">Revoke</button>" in (await browser.get("/console/keys"))[1]
        assert (await browser.post("/console/keys/aaaaaaaaaaaa/revoke", csrf=await browser.csrf()))[0] == 303
        assert "There is no key" in (await browser.get("/console/keys"))[1]


async def test_health_shows_every_process_and_what_it_refuses(served):
    served.console.api.registry.refusal = "catalog"
    async with served.browser("policy-reader") as browser:
        _, text, _ = await browser.get("/console/health")
        assert "host:1" in text
        assert "catalog" in text


async def test_usage_shows_cost_to_who_reads_evidence_and_limits_to_who_reads_the_registry(served):
    for role, shown in (("audit-reader", "Cost by activity"), ("registry-reader", "Limits and budgets now")):
        async with served.browser(role) as browser:
            _, text, _ = await browser.get("/console/usage")
            assert [one in text for one in ("Cost by activity", "Limits and budgets now")].count(True) == 1
            assert shown in text


async def test_what_was_used_opens_its_exchanges(served):
    served.desk.told = {"activity": "support", "place": "central", "exchanges": 12, "unpriced": 0}
    async with served.browser("auditor") as browser:
        _, text, _ = await browser.get("/console/usage?p=quarter")
        assert "AQ-30.exchanges" in text
        assert "AQ-30.unpriced" not in text
