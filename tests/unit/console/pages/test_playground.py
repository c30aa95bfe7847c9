from __future__ import annotations

import orjson
import pytest

from proxy.web.api.access import ROLES

DRAFT = {"name": "night", "kind": "rego", "rule": "package org.night\r\n", "twin": "package org.night_test\r\n"}


async def test_a_new_rule_comes_with_its_twin(served):
    async with served.browser("policy-reader") as browser:
        _, text, _ = await browser.get("/console/playground?name=night")
        assert "package org.night\n" in text
        assert "package org.night_test" in text
        assert (await browser.get("/console/playground?name=../x"))[0] == 400


@pytest.mark.parametrize(
    ("act", "commands"),
    [("check", ["check"]), ("test", ["test"]), ("decide", ["explain", "explain"]), ("replay", ["replay"])],
)
async def test_a_draft_is_tried_and_stays(served, act, commands):
    async with served.browser("policy-reader") as browser:
        fields = {**DRAFT, "do": act, "facts": "{}", "csrf": await browser.csrf()}
        status, text, _ = await browser.post("/console/playground", **fields)
        assert status == 200
        assert "package org.night\n" in text
        assert [plan.command for plan in served.commands.plans] == commands
        files = served.commands.plans[-1].files
        assert files["overlay/night/night.rego"] == b"package org.night\n"


async def test_a_form_is_tried_alone(served):
    async with served.browser("policy-reader") as browser:
        fields = {**DRAFT, "kind": "yaml", "yaml": "rules: []", "do": "check", "csrf": await browser.csrf()}
        await browser.post("/console/playground", **fields)
        assert set(served.commands.plans[-1].files) == {"overlay/night/night.yaml"}


async def test_a_refusal_is_told_beside_the_draft(served):
    served.commands.printed = orjson.dumps({"refused": "night.rego:3: rego_parse_error"})
    async with served.browser("policy-reader") as browser:
        status, text, _ = await browser.post("/console/playground", **DRAFT, do="check", csrf=await browser.csrf())
        assert status == 200
        assert "rego_parse_error" in text
        status, text, _ = await browser.post(
            "/console/playground", **DRAFT, do="decide", facts="[", csrf=await browser.csrf()
        )
        assert "the input is not JSON" in text


async def test_to_ask_stores_a_revision_that_is_not_in_force(served):
    registry = served.console.api.registry
    before = registry.head
    async with served.browser(*ROLES) as browser:
        fields = {**DRAFT, "csrf": await browser.csrf()}
        assert (await browser.post("/console/playground/ask", **fields))[0] == 400
        status, _, headers = await browser.post("/console/playground/ask", **fields, why="board resolution 14")
        assert (status, headers["Location"]) == (303, "/console/registry")
    assert registry.head == before
    stored = [one for one in registry.stored.values() if one.revision != before]
    assert [one.documents["rules"]["night/night.rego"] for one in stored] == ["package org.night\n"]
