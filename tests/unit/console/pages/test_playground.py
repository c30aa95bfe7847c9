from __future__ import annotations

import re

import orjson
import pytest

from proxy.console.pages import playground
from proxy.policy.forms import reading
from proxy.web.api.access import ROLES
from tests.unit.console.test_app import Landmarks

DRAFT = {"name": "night", "kind": "rego", "rule": "package org.night\r\n", "twin": "package org.night_test\r\n"}


async def test_a_new_rule_comes_with_its_twin(served):
    async with served.browser("policy-reader") as browser:
        _, text, _ = await browser.get("/console/playground?name=night")
        assert "package org.night\n" in text
        assert "package org.night_test" in text
        described = re.findall(r'data-tabs aria-describedby="([\w-]+)"', text)
        assert len(described) == text.count("data-tabs")
        for hint in described:
            assert re.search(f'id="{hint}">Tab writes a tab. Escape, then Tab', text)


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
        assert Landmarks(text).alike == []
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


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("exchange", "01a232cb-zz", "exchange"),
        ("name", "../x", "is not a rule name"),
        ("name", "Night", "is not a rule name"),
    ],
)
async def test_a_mistyped_exchange_or_name_is_refused_beside_the_draft(served, field, text, says):
    async with served.browser(*ROLES) as browser:
        fields = {**DRAFT, "do": "load", field: text, "csrf": await browser.csrf()}
        status, page, _ = await browser.post("/console/playground", **fields)
        assert status == 200
        assert "package org.night\n" in page
        assert f'name="{field}" type="text" value="{text}"' in page
        assert says in page
    assert served.commands.plans == []


async def test_a_request_that_is_refused_leaves_the_draft_and_the_reason(served):
    served.commands.printed = orjson.dumps({"ok": False, "result": {"passed": 0, "total": 1}, "remarks": []})
    async with served.browser(*ROLES) as browser:
        fields = {**DRAFT, "why": "board resolution 14", "csrf": await browser.csrf()}
        _, page, _ = await browser.post("/console/playground/ask", **fields)
        assert "package org.night\n" in page
        assert "board resolution 14" in page


@pytest.mark.parametrize("refused", [{"name": "No Name"}, {"kind": "yaml", "yaml": "x" * 300}], ids=["name", "draft"])
async def test_what_is_wrong_with_an_unfinished_draft_is_a_problem_of_it(served, refused):
    served.commands.printed = orjson.dumps({"refused": "night.yaml: 1:9: not YAML"})
    async with served.browser("policy-reader") as browser:
        fields = {**DRAFT, **refused, "csrf": await browser.csrf(), "headers": {"HX-Request": "true"}}
        status, text, _ = await browser.post("/console/playground/problems", **fields)
        assert status == 200
        assert "not YAML" in text or "is not a rule name" in text
        assert "<html" not in text
        assert "No problem in the draft" not in text


PASSING = {"ok": True, "result": {"passed": 3, "total": 3, "changed": 2}, "remarks": []}


async def test_to_ask_stores_a_revision_that_is_not_in_force(served):
    registry = served.console.api.registry
    before = registry.head
    served.commands.printed = orjson.dumps(PASSING)
    async with served.browser(*ROLES) as browser:
        fields = {**DRAFT, "csrf": await browser.csrf()}
        assert (await browser.post("/console/playground/ask", **fields))[0] == 400
        status, _, headers = await browser.post("/console/playground/ask", **fields, why="board resolution 14")
    assert [plan.command for plan in served.commands.plans] == ["test", "replay"]
    assert registry.head == before
    [stored] = [one for one in registry.stored.values() if one.revision != before]
    assert (status, headers["Location"]) == (303, f"/console/approvals/{stored.revision}")
    assert stored.documents["rules"]["night/night.rego"] == "package org.night\n"
    assert orjson.loads(stored.evidence)["tests"]["passed"] == 3
    assert [one.comment for one in registry.asked_for] == ["board resolution 14"]


async def test_what_was_tried_stands_beside_the_difference_and_what_it_did_since(served):
    group = {"tenant": "acme", "activity": "support", "action": "forward \u2192 block", "new_codes": "MY_RULE",
             "dropped_codes": "", "count": 2, "exchanges": ["01a232cb-3c27-7c66-b1a5-83d4ca985cb7"]}  # fmt: skip
    printed = {**PASSING, "result": {**PASSING["result"], "groups": [group]}}
    served.commands.printed = orjson.dumps(printed)
    async with served.browser(*ROLES) as browser:
        fields = {**DRAFT, "why": "board resolution 14", "csrf": await browser.csrf()}
        _, _, headers = await browser.post("/console/playground/ask", **fields)
        _, text, _ = await browser.get(headers["Location"])
        for part in ("3 of 3 cases pass", "2 decisions would change", "package org.night"):
            assert part in text
        assert 'href="/console/exchanges/01a232cb-3c27-7c66-b1a5-83d4ca985cb7"' in text
        del served.commands.plans[:]
        status, text, _ = await browser.get(f"{headers['Location']}?shadow=1")
        assert status == 200
        [plan] = served.commands.plans
        assert (plan.command, plan.parameters["since"][:10]) == ("replay", "2026-11-25")
        assert plan.files["overlay/night/night.rego"] == b"package org.night\n"


async def test_a_draft_whose_tests_fail_is_not_asked_for(served):
    registry = served.console.api.registry
    served.commands.printed = orjson.dumps({"ok": False, "result": {"passed": 0, "total": 1}, "remarks": []})
    before = dict(registry.stored)
    async with served.browser(*ROLES) as browser:
        fields = {**DRAFT, "why": "board resolution 14", "csrf": await browser.csrf()}
        status, text, _ = await browser.post("/console/playground/ask", **fields)
        assert status == 422
        assert "its tests do not pass" in text
    assert registry.stored == before


async def test_the_reach_of_a_twin_test_and_examples_of_a_replay_are_shown(served):
    reach = {"own_percent": 66.7, "not_reached": {"overlay/night/night.rego": ["4-5"], "rules/x.rego": ["1"]}}
    group = {
        "tenant": "acme",
        "activity": "a",
        "action": "block",
        "count": 2,
        "exchanges": ["01a232cb-3c27-7c66-b1a5-83d4ca985cb7"],
    }
    result = {"passed": 1, "total": 1, "coverage": reach, "changed": 2, "groups": [group]}
    served.commands.printed = orjson.dumps({"ok": True, "result": result, "remarks": []})
    async with served.browser("policy-reader") as browser:
        csrf = await browser.csrf()
        _, text, _ = await browser.post("/console/playground", **DRAFT, do="test", csrf=csrf)
        assert "66.7 % of the draft" in text
        assert "4-5" in text
        assert "rules/x.rego" not in text
        _, text, _ = await browser.post("/console/playground", **DRAFT, do="replay", csrf=csrf)
        assert 'href="/console/exchanges/01a232cb-3c27-7c66-b1a5-83d4ca985cb7"' in text


def test_the_form_that_a_new_rule_begins_with_is_one():
    module, twin = reading.compiled("night", playground._YAML.format(name="night"), "night.yaml")
    assert module.startswith("# ")
    assert "package org.night" in module
    assert "package org.night_test" in twin


async def test_problems_are_told_while_somebody_types(served):
    one = {"code": "rego_v1", "message": "import rego.v1", "file": "overlay/night/night.rego", "row": 3}
    served.commands.printed = orjson.dumps({"ok": False, "result": {"problems": [one]}, "remarks": []})
    async with served.browser("policy-reader") as browser:
        _, text, _ = await browser.get("/console/playground")
        assert 'hx-post="/console/playground/problems"' in text
        assert served.commands.prepared == 1, "a process waits for the first word"
        status, text, _ = await browser.post("/console/playground/problems", **DRAFT, csrf=await browser.csrf())
        assert status == 200
        assert "night.rego:3 rego_v1: import rego.v1" in text
        assert "<html" not in text
        [plan] = served.commands.plans
        assert (plan.command, plan.parameters["quick"], plan.needs_secrets) == ("check", True, False)
