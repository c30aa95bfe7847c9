from __future__ import annotations

import json
import re

import pytest


def admin(served, role="registry-admin"):
    return served.browser(role, fresh_at=served.console.clock.now())


async def test_every_section_leads_to_its_entries(served):
    async with admin(served, "registry-reader") as browser:
        for section in ("targets", "providers", "activities", "tenants"):
            status, text, _ = await browser.get(f"/console/registry?section={section}")
            assert status == 200
            assert f"path={section}." in text
        _, text, _ = await browser.get("/console/registry?path=targets.standin%2Feu")
        assert "endpoints.standin/eu" in text  # what depends on it
        assert "Ask for a change" not in text
        assert (await browser.get("/console/registry?path=targets.nobody"))[0] == 404


async def test_a_change_is_stored_as_a_request_and_not_in_force(served):
    registry = served.console.api.registry
    async with admin(served) as browser:
        _, text, _ = await browser.get("/console/registry?path=tenants.demo-eu.establishments")
        base = re.search(r'name="base" value="(\w+)"', text)[1]
        fields = {"place": "tenants.demo-eu.establishments", "base": base, "comment": "office in Canada"}
        refused = await browser.post("/console/registry", csrf=await browser.csrf(), value="[", **fields)
        assert (refused[0], "not JSON" in refused[1]) == (400, True)
        stored = await browser.post(
            "/console/registry", csrf=await browser.csrf(), value=json.dumps(["US", "CA"]), **fields
        )
        assert (stored[0], registry.head) == (303, base)
        revision = stored[2]["Location"].rpartition("/")[2]
        assert registry.stored[revision].documents["registry"]["tenants"]["demo-eu"]["establishments"] == ["US", "CA"]
        status, text, _ = await browser.get(stored[2]["Location"])
        assert status == 200
        assert "Who asked never decides" in text


async def test_a_form_renews_evidence_as_a_request(served):
    registry = served.console.api.registry
    async with admin(served) as browser:
        _, text, _ = await browser.get("/console/registry?path=targets.standin%2Feu")
        for part in ("What it says", "Add evidence", "v.dpa.expires", 'type="date"'):
            assert part in text
        base = re.search(r'name="base" value="(\w+)"', text)[1]
        fields = {"place": "targets.standin/eu", "base": base, "comment": "renewed", "v.dpa.expires": "2031-05-06"}
        refused = await browser.post(
            "/console/registry", csrf=await browser.csrf(), **fields, **{"v.retention_days": "x"}
        )
        assert (refused[0], "a number is expected" in refused[1]) == (400, True)
        stored = await browser.post("/console/registry", csrf=await browser.csrf(), **fields)
        assert (stored[0], registry.head) == (303, base)
        before, after = (
            registry.stored[base].documents,
            registry.stored[stored[2]["Location"].rpartition("/")[2]].documents,
        )
        target = after["registry"]["targets"]["standin/eu"]
        assert target == before["registry"]["targets"]["standin/eu"] | {"dpa": target["dpa"]}
        assert target["dpa"]["expires"] == "2031-05-06"
        fields["base"] = "0" * len(base)
        assert (await browser.post("/console/registry", csrf=await browser.csrf(), **fields))[0] in {409, 412}


async def test_a_new_entry_is_a_request_too(served):
    registry = served.console.api.registry
    async with admin(served) as browser:
        status, text, _ = await browser.get("/console/registry?new=providers")
        assert (status, "New entry" in text) == (200, True)
        base = re.search(r'name="base" value="(\w+)"', text)[1]
        fields = {"new": "providers", "name": "beacon.eu", "base": base, "comment": "new", "v.legal_name": "Beacon"}
        stored = await browser.post("/console/registry", csrf=await browser.csrf(), **fields, **{"v.role": "processor"})
        after = registry.stored[stored[2]["Location"].rpartition("/")[2]].documents
        assert after["registry"]["providers"]["beacon.eu"] == {"legal_name": "Beacon", "role": "processor"}


async def test_rows_come_and_go_without_script_and_nothing_is_stored(served):
    registry = served.console.api.registry
    before = dict(registry.stored)
    async with admin(served) as browser:
        _, text, _ = await browser.get("/console/registry?new=providers")
        base = re.search(r'name="base" value="(\w+)"', text)[1]
        fields = {"new": "providers", "name": "beacon", "base": base, "csrf": await browser.csrf()}
        fields |= {"v.legal_name": "Beacon", "v.subprocessors.0.name": "Buoy"}
        status, text, _ = await browser.post("/console/registry", **fields, more="subprocessors")
        assert status == 200
        for part in ('value="beacon"', 'value="Beacon"', 'value="Buoy"', 'name="v.subprocessors.1.name"'):
            assert part in text
        assert 'name="r.subprocessors.0" value=""' in text
        rows = {**fields, "r.subprocessors.0": "", "v.subprocessors.1.name": "Light"}
        _, text, _ = await browser.post("/console/registry", **rows, drop="subprocessors.0")
        assert "Buoy" not in text
        assert 'name="v.subprocessors.0.name" type="text" value="Light"' in text
        assert registry.stored == before
        _, _, headers = await browser.post("/console/registry", **rows, comment="new")
    after = registry.stored[headers["Location"].rpartition("/")[2]].documents["registry"]["providers"]["beacon"]
    assert after == {"legal_name": "Beacon", "subprocessors": [{"name": "Buoy"}, {"name": "Light"}]}


async def test_an_earlier_revision_comes_back_after_it_was_read(served):
    registry = served.console.api.registry
    before = registry.head
    async with admin(served) as browser:
        fields = {"new": "providers", "name": "beacon", "base": before, "comment": "new", "v.legal_name": "Beacon"}
        stored = await browser.post("/console/registry", csrf=await browser.csrf(), **fields)
        registry.head = after = stored[2]["Location"].rpartition("/")[2]
        status, text, _ = await browser.get(f"/console/registry?back={before}")
        assert status == 200
        for part in ("providers.beacon", "Put it back in force", f'name="base" value="{after}"'):
            assert part in text
        fields = {"revision": before, "csrf": await browser.csrf()}
        assert (await browser.post("/console/registry/back", **fields, base=before))[0] == 412
        assert registry.head == after
        assert (await browser.post("/console/registry/back", **fields, base=after))[0] == 303
        assert registry.head == before
    async with served.browser("registry-admin") as browser:
        status, text, _ = await browser.post("/console/registry/back", **fields | {"csrf": await browser.csrf()})
        assert (status, "second factor" in text) == (403, True)


async def test_a_form_is_read_in_german(served):
    async with admin(served) as browser:
        _, text, _ = await browser.get("/console/registry?path=targets.standin%2Feu", headers={"Accept-Language": "de"})
        for label in ("Aufbewahrung in Tagen", "unterzeichnet am", "verarbeitet in"):
            assert label in text


async def test_who_only_reads_gets_no_form_to_send(served):
    async with admin(served, "registry-reader") as browser:
        _, text, _ = await browser.get("/console/registry?path=targets.standin%2Feu")
        assert "<fieldset" in text
        assert "disabled" in re.search(r"<fieldset[^>]*>", text)[0]
        assert "New entry" not in (await browser.get("/console/registry"))[1]


@pytest.mark.parametrize("section", ["exceptions", "regions", "nothing"])
async def test_a_section_without_a_form_has_no_row_more(served, section):
    async with served.browser("registry-admin") as browser:
        fields = {"new": section, "name": "x", "more": "1", "csrf": await browser.csrf()}
        assert (await browser.post("/console/registry", **fields))[0] == 400
