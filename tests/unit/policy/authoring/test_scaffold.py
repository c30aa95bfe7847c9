from __future__ import annotations

import pytest

from proxy.policy.authoring import scaffold, suite
from proxy.policy.authoring.check import check
from proxy.policy.bundles import tree
from proxy.policy.decision.document import input_document
from proxy.policy.engine.evaluator import Evaluator
from proxy.runtime.resources import shipped


def test_new_rule_passes_its_tests_and_the_checks(tmp_path):
    scaffold.write(tmp_path, "no_streams")
    whole = tree.read(shipped("policies"), tmp_path)
    ours = {name: source for name, source in whole.tests.items() if name.startswith("overlay/")}
    policies = tree.Tree(whole.modules, ours, whole.files)
    assert [p for p in check(policies) if p.module.startswith("overlay/")] == []
    report = suite.run(policies, suite.folder_data(shipped("policies")), match="org.no_streams")
    assert len(report.results) == 3
    assert report.failed == ()


def test_new_rule_decides(tmp_path, data, facts):
    scaffold.write(tmp_path, "no_streams")
    streamed = facts(operation=("chat", "gpt", True, False, False))
    with Evaluator.open(shipped("policies"), tmp_path, data) as evaluator:
        answer = evaluator.decide(input_document(streamed, "r", 1_795_600_800.0))
    denials = {entry["target"]: entry["denials"] for entry in answer["targets"]}
    assert "NO_STREAMS" in denials["near/eu"]
    assert answer["selected_target"] == "own/eu"


@pytest.mark.parametrize("name", ["No", "with space", "../up", "a-b", ""])
def test_odd_name_is_refused(tmp_path, name):
    with pytest.raises(scaffold.ScaffoldError):
        scaffold.write(tmp_path, name)


def test_existing_rule_is_kept(tmp_path):
    rule, _ = scaffold.write(tmp_path, "no_streams")
    rule.write_text("mine", encoding="utf-8")
    with pytest.raises(scaffold.ScaffoldError):
        scaffold.write(tmp_path, "no_streams")
    assert rule.read_text(encoding="utf-8") == "mine"
