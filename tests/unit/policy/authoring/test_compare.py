from __future__ import annotations

from proxy.policy.authoring.compare import Recorded, compare
from proxy.policy.decision.summary import summary

INPUT = {"tenant": {"id": "acme"}, "activity": {"id": "support"}}
PERMIT = {
    "action": "forward",
    "selected_target": "a",
    "http_status": 200,
    "targets": [{"target": "a", "permit": True, "obligations": [{"id": "1", "type": "log"}]}],
    "policy": {},
}
BLOCK = {
    "action": "block",
    "selected_target": None,
    "http_status": 403,
    "block_codes": ["NO_COMPLIANT_TARGET"],
    "targets": [{"target": "a", "permit": False, "denials": ["NO_DPA"]}],
    "policy": {},
}


def test_summary_ignores_ids_and_wording():
    other = {**PERMIT, "decision_id": "x", "time": "y", "reasons": [{"message": "z"}]}
    assert summary(other) == summary(PERMIT)


def test_groups_count_by_tenant_activity_action_and_codes():
    inputs = [Recorded(INPUT, None, f"d{number}") for number in range(5)]
    found = compare(inputs, [PERMIT] * 5, [BLOCK] * 5)
    ((key, group),) = found.groups().items()
    assert key == ("acme", "support", "forward → block", "NO_COMPLIANT_TARGET NO_DPA", "")
    assert (group.count, group.samples) == (5, ["d0", "d1", "d2"])


def test_equal_decisions_are_no_change():
    found = compare([Recorded(INPUT)], [PERMIT], [PERMIT])
    assert (found.total, found.changed) == (1, 0)


def test_other_target_with_the_same_action_is_a_change():
    moved = {**PERMIT, "selected_target": "b", "targets": [{"target": "b", "permit": True}]}
    ((key, _),) = compare([Recorded(INPUT)], [PERMIT], [moved]).groups().items()
    assert key[2] == "forward: a → b"


def test_obligations_are_named_where_nothing_else_differs():
    duty = {"type": "redact", "entities": ["PERSON", "DATE"]}
    both = [{"target": name, "permit": True, "obligations": [duty]} for name in "ab"]
    ((key, _),) = compare([Recorded(INPUT)], [PERMIT], [{**PERMIT, "targets": both}]).groups().items()
    assert key[2:] == ("forward, +redact DATE,PERSON, -log", "", "")


def test_answers_without_a_policy_are_failures():
    fault = {"action": "block", "reasons": [{"rule_id": "pep.eval_error"}]}
    found = compare([Recorded(INPUT)], [PERMIT], [fault])
    assert dict(found.failures) == {"pep.eval_error": 1}


def test_step_is_called_for_each():
    steps = []
    compare([Recorded(INPUT)] * 3, [PERMIT] * 3, [PERMIT] * 3, lambda: steps.append(1))
    assert len(steps) == 3
