from __future__ import annotations

import pytest

from proxy.console.pages import exchange
from tests.unit.console.conftest import EXCHANGE, NOW

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
    attempt = {"kind": "attempt", "attempt": 1, "target": "a/us", "body": {"facts": {"region": "US"}}}
    facts = {"caller": {"ingress_region": "DE"}}
    assert exchange.story([decision(**facts), attempt])["left"] == "US"
    unsent = {"kind": "outcome", "attempt": 0, "body": {"facts": {"unsent": [1]}}}
    assert exchange.story([decision(**facts), attempt, unsent])["left"] == ""
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


CALLER = {"key_id": "k1", "ingress_region": "DE"}
POLICY = {"input": {"classification": {"status": "complete"}}, "decision": {"selected_target": "first/de"}}
KEPT = {"exchange": "x0", "target": "first/de", "age_s": 9}


def record(kind, action, number=0, target="", **facts):
    columns = {"exchange": "x1", "tenant": "acme", "service": "crm", "activity": "support", "status": 200, "codes": []}
    place = {
        "leaf": None,
        "recorded_at": NOW,
        "writer": "w",
        "seq": 1,
        "hash": "00",
        "revision": "",
        "data_revision": "",
    }
    about = {"kind": kind, "action": action, "attempt": number, "target": target, "body": {"facts": facts}}
    return {**columns, **place, **about}


def intent(number, target, region):
    return record("attempt", "forward", number, target, region=region)


#: What happened, the page's title, what it says of it, and what it must not say.
STORIES = {
    "refused before policy": (
        [record("decision", "block", caller=CALLER), record("outcome", "block", ended="failed")],
        "Refused", ["It ended before policy was asked.", "Nothing was sent to a target."], ["It went to", "No values were"],
    ),
    "no decision": ([record("outcome", "block", ended="failed")], "Refused", [], ["It went to"]),
    "no parts at all": ([record("decision", "block"), record("outcome", "block")], "Refused", ["Nothing was sent"], []),
    "open": ([record("decision", "forward", target="first/de", caller=CALLER, **POLICY)], "Still open", [], ["It went to"]),
    "dry run": (
        [record("decision", "dry_run", caller=CALLER, **POLICY), record("outcome", "dry_run", ended="dry_run")],
        "Dry run: nothing was sent", ["Nothing was sent to a target.", "dry run"], ["It went to", "Still open"],
    ),
    "kept reply": (
        [record("decision", "forward", target="first/de", caller=CALLER, **POLICY), record("outcome", "forward", cache=KEPT)],
        "Answered by a kept reply", ["A kept reply answered it.", "Nothing was sent to a target."], ["It went to"],
    ),
    "fallback": (
        [record("decision", "forward", target="first/de", caller=CALLER, **POLICY), intent(1, "first/de", "DE"),
         intent(2, "second/us", "US"), record("outcome", "forward", unsent=[1])],
        "Forwarded as it was", ["It went to second/us.", "United States"], ["It went to first/de"],
    ),
    "nothing sent": (
        [record("decision", "pin_local", target="first/us", caller=CALLER, **POLICY), intent(1, "first/us", "US"),
         record("outcome", "block", ended="failed", unsent=[1])],
        "Refused", ["Nothing was sent to a target."], ["It went to", "United States"],
    ),
    "kept local": (
        [record("decision", "pin_local", target="first/de", caller=CALLER, **POLICY), intent(1, "first/de", "DE"),
         record("outcome", "pin_local")],
        "Kept local", ["It went to first/de.", "Nothing left the caller's region."], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
async def test_a_story_says_what_was_sent_and_leaves_out_what_there_is_not(served, name):
    records, title, says, never = STORIES[name]

    async def story(*_):
        return records

    served.desk.exchange = story
    async with served.browser("auditor", "policy-reader") as browser:
        status, text, _ = await browser.get("/console/exchanges/x1")
    assert status == 200
    assert f"<h1>{title}</h1>" in text
    assert [one for one in says if one not in text] == []
    assert [one for one in never if one in text] == []
