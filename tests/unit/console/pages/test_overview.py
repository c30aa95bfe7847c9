from __future__ import annotations

from proxy.errors import ConfigurationError
from proxy.reports.counting import Facets, Series
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
        assert "Nothing was asked in this time" not in text
        assert "Not shown: your roles do not include it" in text


async def test_a_part_that_cannot_be_read_says_nothing_about_what_happened(served):
    async def refused(*_):
        raise ConfigurationError("not now")

    served.desk.ask = served.desk.crossed = served.console.api.registry.active = refused
    async with served.browser(*ROLES) as browser:
        _, text, _ = await browser.get("/console/")
    for claim in ("No third-country transfer", "No activity exceeds", "No contract, exception or review ends"):
        assert claim not in text
    assert text.count("Not shown: your roles do not include it") == 2


async def test_every_action_is_in_the_tile_and_in_the_chart(served):
    actions = ("forward", "redact_and_forward", "pin_local", "block", "dry_run")
    counts = tuple({"value": name, "exchanges": 3} for name in actions)

    async def facets(*_):
        return Facets(15, {"action": counts}, (), complete=True)

    async def series(*_):
        return Series(tuple({**row, "from": "2026-11-25T00:00:00Z"} for row in counts), complete=True)

    served.desk.facets, served.desk.series = facets, series
    async with served.browser(*ROLES) as browser:
        for path in ("/console/?p=7d", "/console/exchanges?p=7d"):
            _, text, _ = await browser.get(path)
            assert "15 exchanges in all" in text
            assert "dry run" in text


async def test_what_was_not_declared_is_named(served):
    async with served.browser(*ROLES) as browser:
        assert "1 exceeds what was declared: 1" in (await browser.get("/console/"))[1]


async def test_a_tenant_that_one_may_not_read_is_refused_as_it_is_by_exchanges(served):
    async with served.browser("audit-reader") as browser:
        for path in ("/console/", "/console/exchanges"):
            status, text, _ = await browser.get(f"{path}?tenant=other")
            assert status == 403
            assert "this key reads its own tenant" in text
        assert (await browser.get("/console/?tenant=acme"))[0] == 200
    assert {given.get("tenant") for _, given, _, _ in served.desk.given} == {"acme"}
