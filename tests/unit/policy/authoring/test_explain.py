from __future__ import annotations

import copy

from proxy.policy.authoring.explain import changes, explain
from proxy.policy.decision.document import input_document

NOW = 1_795_600_800.0


def remedies(explanation, target):
    return {remedy.fact: remedy for remedy in explanation.remedies[target]}


def test_missing_contract_is_named_and_would_permit(library, facts, data):
    data["targets"]["near/eu"].pop("dpa")
    with library.over(data) as evaluator:
        found = explain(input_document(facts(), "r", NOW), evaluator)
    remedy = remedies(found, "near/eu")["near/eu: dpa"]
    assert (remedy.lifts, remedy.permits) == (("NO_DPA",), True)


def test_two_missing_facts_are_each_named_and_neither_permits(library, facts, data):
    data["targets"]["near/eu"].pop("dpa")
    data["targets"]["near/eu"]["training_use"] = True
    with library.over(data) as evaluator:
        found = remedies(explain(input_document(facts(), "r", NOW), evaluator), "near/eu")
    assert not found["near/eu: dpa"].permits
    assert not found["near/eu: training_use"].permits
    assert found["everything found in the payload"].lifts == ("NO_DPA", "TRAINING_USE")


def test_gate_is_explained_under_no_target(library, facts):
    found = explain(input_document(facts(restricted=True), "r", NOW), library)
    remedy = remedies(found, "")["subject's restriction or objection"]
    assert remedy.lifts == ("SUBJECT_RESTRICTED",)
    assert remedy.permits


def test_unknown_activity_is_explained(library, facts):
    found = explain(input_document(facts(activity="nonesuch"), "r", NOW), library)
    assert "activity" in remedies(found, "")


def test_nothing_denied_needs_no_remedy(library, facts):
    found = explain(input_document(facts(candidates=(("own/eu", 0, True),)), "r", NOW), library)
    assert found.decision["selected_target"] == "own/eu"
    assert found.remedies == {}


def test_every_change_changes_something_and_the_originals_stay(facts, data):
    document = input_document(facts(minor="unknown", labels=("health",)), "r", NOW)
    before = copy.deepcopy((document, data))
    for change in changes(document, data):
        edited, changed_data = copy.deepcopy(document), copy.deepcopy(data)
        change.edit(edited, changed_data)
        assert (edited, changed_data) != before, change.fact
        assert (document, data) == before
