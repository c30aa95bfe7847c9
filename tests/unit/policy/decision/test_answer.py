from __future__ import annotations

import copy

import pytest

from proxy.policy.decision.answer import Stamp, decision
from proxy.policy.faults import PolicyFaultError

STAMP = Stamp("d-9", "r-9", "2026-11-25T00:00:00Z", "opa/1.20.2")
CANDIDATES = ("far/us", "near/eu", "own/eu")
ANSWER = {
    "schema_version": "1",
    "decision_id": "d-1",
    "request_id": "r-1",
    "time": "2026-11-24T00:00:00Z",
    "effect": "permit",
    "action": "redact_and_forward",
    "selected_target": "near/eu",
    "targets": [
        {"target": "far/us", "permit": False, "rank": 0, "denials": ["TRANSFER_NO_BASIS"]},
        {
            "target": "near/eu",
            "permit": True,
            "rank": 1,
            "region": "FR",
            "denials": [],
            "obligations": [
                {"id": "o1", "type": "pseudonymize", "on": "permit", "when": "before_egress", "entities": ["PERSON"]},
                {"id": "o2", "type": "log", "on": "both", "params": {"level": "metadata"}},
            ],
            "transfers": [{"regime": "eu-gdpr", "mechanism": "eu-gdpr:A45-3", "from": "DE", "to": "JP"}],
        },
        {"target": "own/eu", "permit": True, "rank": 0, "obligations": []},
    ],
    "block_codes": [],
    "reasons": [],
    "policy": {"bundle": "compliance", "revision": "abc", "data_revision": "d1"},
    "http_status": 200,
}
BLOCKED = {
    **ANSWER,
    "effect": "deny",
    "action": "block",
    "selected_target": None,
    "targets": [],
    "block_codes": ["NO_LEGAL_BASIS"],
    "http_status": 403,
}


def changed(**changes):
    return {**copy.deepcopy(ANSWER), **changes}


def with_obligation(index, **obligation):
    answer = copy.deepcopy(ANSWER)
    answer["targets"][index].setdefault("obligations", []).append({"id": "o9", "on": "permit", **obligation})
    return answer


def test_permit_is_read_whole():
    found = decision(ANSWER, CANDIDATES, STAMP)
    assert (found.id, found.permit, found.action, found.selected) == ("d-9", True, "redact_and_forward", "near/eu")
    assert (found.bundle, found.revision, found.data_revision) == ("compliance", "abc", "d1")
    assert found.engine == "opa/1.20.2"
    assert [verdict.target for verdict in found.permitted()] == ["own/eu", "near/eu"]
    near = found.targets[1]
    assert near.obligations[0].entities == ("PERSON",)
    assert near.obligations[1].params == {"level": "metadata"}
    assert near.obligations[1].when == "always"
    assert (near.transfers[0].origin, near.transfers[0].destination) == ("DE", "JP")


def test_document_carries_this_requests_ids():
    document = decision(ANSWER, CANDIDATES, STAMP).document
    assert (document["decision_id"], document["request_id"], document["time"]) == ("d-9", "r-9", STAMP.time)
    assert document["policy"]["engine"] == "opa/1.20.2"
    assert ANSWER["decision_id"] == "d-1"


def test_block_is_read():
    found = decision(BLOCKED, CANDIDATES, STAMP)
    assert (found.permit, found.selected, found.http_status, found.block_codes) == (
        False,
        None,
        403,
        ("NO_LEGAL_BASIS",),
    )


@pytest.mark.parametrize("status", [400, 503])
def test_other_refusal_statuses_are_kept(status):
    assert decision({**BLOCKED, "http_status": status}, CANDIDATES, STAMP).http_status == status


def test_cache_bypass_may_carry_codes():
    answer = {**BLOCKED, "action": "cache_bypass", "block_codes": ["CACHE_SCOPE"], "http_status": 200}
    assert decision(answer, ("none",), STAMP).action == "cache_bypass"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "wrong_shape"),
        ([], "wrong_shape"),
        (True, "wrong_shape"),
        ({}, "wrong_shape"),
        (changed(schema_version="2"), "wrong_shape"),
        (changed(targets=None), "wrong_shape"),
        (changed(targets=["far/us"]), "wrong_shape"),
        (changed(targets=[{"target": "near/eu", "permit": "yes"}]), "wrong_shape"),
        (changed(targets=[{"target": "near/eu", "permit": True, "rank": -1}]), "wrong_shape"),
        (changed(targets=[{"target": "near/eu", "permit": True, "rank": True}]), "wrong_shape"),
        (changed(policy=None), "wrong_shape"),
        (changed(policy={"bundle": "b", "revision": None, "data_revision": "d"}), "wrong_shape"),
        (changed(reasons="none"), "wrong_shape"),
        (changed(block_codes=None), "wrong_shape"),
        (changed(http_status="200"), "wrong_shape"),
        (changed(action="allow"), "unknown_action"),
        (changed(action=None), "unknown_action"),
        (changed(action=["forward"]), "unknown_action"),
        (changed(effect="deny"), "conflict"),
        (changed(effect="maybe"), "wrong_shape"),
        (changed(http_status=403), "conflict"),
        (changed(block_codes=["NO_DPA"]), "conflict"),
        (changed(selected_target=None), "conflict"),
        (changed(selected_target="far/us"), "selected_not_permitted"),
        (changed(selected_target="else/where"), "selected_not_permitted"),
        (changed(targets=[*ANSWER["targets"], {"target": "else/where", "permit": True}]), "unknown_target"),
        (changed(targets=[*ANSWER["targets"], ANSWER["targets"][0]]), "conflict"),
        (changed(targets=[{"target": "near/eu", "permit": True, "denials": ["NO_DPA"]}]), "conflict"),
        ({**BLOCKED, "effect": "permit"}, "conflict"),
        ({**BLOCKED, "selected_target": "near/eu"}, "conflict"),
        ({**BLOCKED, "http_status": 200}, "conflict"),
        ({**BLOCKED, "http_status": 418}, "conflict"),
        (with_obligation(1, type=7), "wrong_shape"),
        (with_obligation(1, type="log", on="sometimes"), "wrong_shape"),
        (with_obligation(1, type="log", when="later"), "wrong_shape"),
        (with_obligation(1, type="redact", entities="PERSON"), "wrong_shape"),
        (with_obligation(1, type="retain", params=[400]), "wrong_shape"),
    ],
)
def test_odd_answers_are_no_decision(answer, reason):
    with pytest.raises(PolicyFaultError) as fault:
        decision(answer, CANDIDATES, STAMP)
    assert fault.value.reason == reason


@pytest.mark.parametrize("kind", ["teleport", "block_content", "retain"])  # the last without its days
def test_unsupported_obligation_of_the_selected_target_denies_and_keeps_the_log(kind):
    found = decision(with_obligation(1, type=kind), CANDIDATES, STAMP)
    assert (found.permit, found.action, found.selected, found.http_status) == (False, "block", None, 403)
    assert found.block_codes == ("NO_COMPLIANT_TARGET", "OBLIGATION_UNSUPPORTED")
    near = found.targets[1]
    assert (near.permit, near.denials) == (False, ("OBLIGATION_UNSUPPORTED",))
    assert [(o.type, o.on) for o in near.obligations] == [("log", "both")]


def test_unsupported_obligation_of_another_target_denies_that_one_alone():
    found = decision(with_obligation(2, type="teleport"), CANDIDATES, STAMP)
    assert (found.permit, found.selected) == (True, "near/eu")
    assert [verdict.target for verdict in found.permitted()] == ["near/eu"]


@pytest.mark.parametrize(("kind", "permit"), [("redact", True), ("mask", False), ("block_content", False)])
def test_a_reply_that_obliges_to_what_replies_do_not_undergo_is_withheld(kind, permit):
    answer = with_obligation(1, type=kind)
    near = answer["targets"][1]
    only = [obligation for obligation in near["obligations"] if obligation["type"] == kind]
    answer |= {"action": "redact_and_deliver", "selected_target": None, "targets": [{**near, "obligations": only}]}
    found = decision(answer, CANDIDATES, STAMP, "response")
    assert (found.permit, found.http_status) == (permit, 200 if permit else 403)
    assert ("OBLIGATION_UNSUPPORTED" in found.block_codes) is not permit
