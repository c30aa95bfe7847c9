from __future__ import annotations

import pytest

from proxy.policy.decision.summary import permitted, summary

DUTY = {
    "id": "1",
    "type": "redact",
    "entities": ["PERSON", "DATE"],
    "when": "after_response",
    "params": {"b": 1, "a": 2},
}
VERDICTS = [
    {"target": "b", "permit": True, "rank": 1, "obligations": [DUTY]},
    {"target": "a", "permit": True, "rank": 0},
    {"target": "c", "permit": False, "rank": 2, "denials": ["NO_DPA"], "obligations": [DUTY]},
]
ANSWER = {"action": "forward", "selected_target": "a", "targets": VERDICTS, "http_status": 200}


def test_permitted_targets_are_in_their_order():
    assert permitted(ANSWER) == ["a", "b"]
    assert permitted({}) == []


def test_an_obligation_is_all_that_it_says_but_its_id():
    assert summary(ANSWER).obligations == {("b", "redact", "DATE,PERSON after_response a=2 b=1")}
    assert summary(ANSWER).reason_codes() == {"NO_DPA"}


@pytest.mark.parametrize("change", [{"id": "2"}, {"hl7": "REDACT"}, {"entities": ["DATE", "PERSON"]}])
def test_names_and_orders_are_no_difference(change):
    others = [{**VERDICTS[0], "obligations": [{**DUTY, **change}]}, *VERDICTS[1:]]
    assert summary({**ANSWER, "targets": others, "decision_id": "x"}) == summary(ANSWER)
