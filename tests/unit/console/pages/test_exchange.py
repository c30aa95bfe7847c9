from __future__ import annotations

from proxy.console.pages import exchange
from tests.unit.console.conftest import EXCHANGE

RULE = {"code": "NO_BAA", "effect": "deny", "target": "a/us", "rule_id": "hipaa.baa", "citation": ["45 CFR 164.502(e)"]}


def decision(**facts):
    return {"kind": "decision", "attempt": 0, "action": "block", "body": {"facts": facts}}


def test_a_candidate_has_the_rules_that_denied_it():
    verdicts = [
        {"target": "a/us", "permit": False, "denials": ["NO_BAA"], "rank": 0},
        {"target": "b/eu", "permit": True, "denials": [], "rank": 1},
    ]
    facts = {
        "verdicts": verdicts,
        "decision": {"reasons": [RULE, {**RULE, "target": "c/us"}], "selected_target": "b/eu"},
    }
    first, second = exchange.story([decision(**facts)])["candidates"]
    assert [one["code"] for one in first["denied"]] == ["NO_BAA"]
    assert [rule["rule_id"] for rule in first["denied"][0]["rules"]] == ["hipaa.baa"]
    assert (first["selected"], second["selected"], second["denied"]) == (False, True, [])


def test_a_rule_that_was_waived_denied_nobody():
    verdicts = [{"target": "a/us", "permit": False, "denials": ["NO_BAA"], "rank": 0}]
    facts = {"verdicts": verdicts, "decision": {"reasons": [{**RULE, "waived_by": "bg"}]}}
    assert exchange.story([decision(**facts)])["candidates"][0]["denied"] == [{"code": "NO_BAA", "rules": []}]


def test_a_refusal_for_every_target_is_one_candidate():
    reasons = [{**RULE, "target": None}]
    (one,) = exchange.story([decision(verdicts=[], decision={"reasons": reasons})])["candidates"]
    assert (one["target"], one["denied"][0]["code"]) == ("", "NO_BAA")


def test_what_left_the_region_is_said():
    attempt = {"kind": "attempt", "attempt": 1, "body": {"facts": {"region": "US"}}}
    facts = {"caller": {"ingress_region": "DE"}}
    assert exchange.story([decision(**facts), attempt])["left"] == "US"
    assert exchange.story([decision(caller={"ingress_region": "US"}), attempt])["left"] == ""


def test_facts_that_permit_come_first():
    remedies = {"a": [{"fact": "x", "permits": False}], "b": [{"fact": "y", "permits": True}]}
    assert [one["fact"] for _, one in exchange.remedy(remedies)] == ["y", "x"]


async def test_a_story_is_told_and_proven(served):
    async with served.browser("auditor", "policy-reader") as browser:
        status, text, _ = await browser.get("/console/exchanges/x1")
        assert status == 200
        assert "Place in the log" in text
        assert (await browser.get("/console/exchanges/nothing"))[0] == 404
        status, _, headers = await browser.get("/console/exchanges/x3/proof")
        assert (status, headers["Content-Disposition"]) == (200, 'attachment; filename="x3.proof.json"')
        assert (await browser.get("/console/exchanges/early/proof"))[0] == 409
        assert (await browser.get(f"/console/exchanges/{EXCHANGE}/explain"))[0] == 200
        assert [plan.command for plan in served.commands.plans] == ["explain"]
