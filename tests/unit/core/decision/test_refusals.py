from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.core.decision.enforce import refused as by_policy
from proxy.core.decision.matters import FINAL, MATTERS
from proxy.core.decision.refusals import explained, withheld
from proxy.core.decision.ways import Way
from proxy.core.findings import Cause, Status
from proxy.core.records import Denial
from proxy.core.targets.capabilities import NO_REQUIREMENTS, Requirements
from testing.fakes import decision, exchange
from tests.unit.core.decision.test_causes import inspected, said

CAUSE = Cause("messages[0]", "user", ("HEALTH_CONDITION",))


def refused(*codes, causes=(CAUSE,), reasons=(), permitted=(), needs=NO_REQUIREMENTS, **changes):
    if codes[0].islower():
        denial = Denial(503, codes[0], codes, "a target is down")
    else:
        denial = replace(by_policy(codes[0], codes, "d"), causes=causes)
    made = decision(None, (), "block", document={"reasons": reasons})
    inspection = inspected(said("hello"), {}, **changes)
    return explained(denial, inspection, made, needs, exchange(), permitted)


@pytest.mark.parametrize("code", MATTERS)
def test_every_code_says_rule_cause_and_what_to_do(code):
    reasons = [{"code": code, "effect": "deny", "rule_id": "a.rule", "citation": ["GDPR Art. 1"]}]
    told = (
        refused("NO_COMPLIANT_TARGET", code, reasons=reasons).message
        if code != "NO_COMPLIANT_TARGET"
        else refused(code, reasons=reasons).message
    )
    assert f"{code} (GDPR Art. 1): {MATTERS[code].says}. Cause: HEALTH_CONDITION in messages[0] (user). " in told
    assert told.endswith("ask whoever runs this proxy, with the exchange x1.")
    assert ("To go on" in told) == (code not in FINAL)


def test_ways_are_listed_once_and_what_a_target_lacks():
    ways = [Way("do this", "", None), Way("name it", "a", None), Way("name it", "b", None)]
    told = refused("NO_DPA", permitted=ways, needs=Requirements(lacking=(("near", ("image", "x.y")),))).message
    assert "near lacks image, x.y. To go on: do this; or name it (a, b); or ask whoever" in told


def test_a_rules_author_has_the_word_before_the_library():
    reasons = [
        {"code": "NO_DPA", "effect": "deny", "rule_id": "processor.dpa", "citation": ["GDPR Art. 28"]},
        {"code": "NIGHT", "effect": "deny", "rule_id": "org.night", "message": "Nobody works\nat night. " + "x" * 900},
        {"code": "NO_BAA", "effect": "permit", "message": "waived"},
    ]
    told = refused("NO_DPA", "NIGHT", reasons=reasons).message
    assert (
        0 < told.index("NIGHT (org.night): Nobody works at night.") < told.index("NO_DPA (GDPR Art. 28): there is no")
    )
    assert len(told) < 900
    assert "waived" not in told


def test_what_is_about_any_personal_data_is_said_last_and_one_code_once():
    told = refused("NO_COMPLIANT_TARGET", "NO_DPA", "TRAINING_USE", "OPAQUE_CONTENT", "STATEFUL_STORAGE").message
    assert 0 < told.index("OPAQUE_CONTENT:") < told.index("STATEFUL_STORAGE:") < told.index("NO_DPA:")
    assert "TRAINING_USE:" not in told
    assert refused("NO_DPA").message.startswith("refused by policy: NO_DPA: there is no data processing agreement")


def test_no_more_than_a_few_causes_and_rules_are_named():
    told = refused(*MATTERS, causes=(CAUSE,) * 9).message
    assert "; 4 more." in told
    assert told.count(": ") < 12


def test_what_was_not_read_in_time_is_to_be_sent_again():
    later = refused("CLASSIFIER_FAILED", status=Status.TIMEOUT)
    assert (later.status, later.retry_after_s, later.final) == (503, 2.0, False)
    lost = refused("CLASSIFIER_FAILED", status=Status.FAILED)
    assert (lost.status, lost.retry_after_s, lost.final) == (503, 0.0, True)


def test_what_is_no_denial_by_policy_stays_as_it_is():
    assert refused("targets_down").message == "a target is down"


def test_a_reply_that_is_withheld_names_its_target():
    told = withheld(decision(None, (), "block", block_codes=("ACTOR_ACCESS_TRANSFER",)), "far", "x1").message
    assert "caller's country. This is about the reply of far, which had the request by then. To go on: ask" in told
