from __future__ import annotations

import pytest

from proxy.policy.activation import odd
from proxy.policy.bundles import tree
from proxy.policy.decision import grid
from proxy.policy.engine.evaluator import Evaluator
from proxy.runtime.resources import shipped

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize(
    ("answers", "faults"),
    [
        ("deny contains true", ["overlay/house.rego:5: deny must contain objects such as", "an element is a boolean"]),
        ('deny := "yes"', ["overlay/house.rego:5: deny is text: it must be a set"]),
        ("default deny := false", ["overlay/house.rego:5: deny is a boolean: it must be a set"]),
        ('deny contains {"code": "no"}', ["code is not in capitals"]),
        (
            'deny contains {"codes": "NO", "target": 7}',
            ["code is missing", "target is a number", "unknown member codes"],
        ),
        ('deny := [{"code": "NO"}]', ["deny is a list: it must be a set"]),
        ('oblige contains {"type": "sing"}', ["oblige must contain objects such as", "another shape"]),
        ('oblige contains {"type": "redact", "entities": "PERSON"}', ["entities is text instead of a list"]),
        ('prefer contains {"target": "a/b", "rank": "first"}', ["rank is text instead of a number"]),
        ("waivable contains 7", ["an element is a number"]),
        ("waivable := null", ["waivable is null"]),
        ("deny contains true\n\nwaivable contains 7", ["rego:5: deny must", "rego:7: waivable must"]),
        (
            'deny contains {"code": "X"}\n\ndeny contains true',
            ["rego:5: deny must", "an element is a boolean (the rule is this one or overlay/house.rego:7)"],
        ),
        ('deny := "x" if input.phase == "never"', ["overlay/house.rego:5: org.house answers nothing"]),
    ],
)
def test_odd_answers_are_described_by_file_and_member(data, answers, faults):
    modules = {
        **tree.read(shipped("policies")).modules,
        "overlay/house.rego": f"package org.house\n\nimport rego.v1\n\n{answers}\n",
    }
    with Evaluator(tree.Tree(modules), data) as evaluator:
        document = next(grid.questions(evaluator.data, "2026-11-26T10:00:00Z"))
        described = " ".join(
            odd.described(evaluator, *each, document) for each in odd.answers(evaluator.decide(document))
        )
    for fault in faults:
        assert fault in described


def test_answers_of_the_agreed_shape_are_not_odd(data):
    rules = 'deny contains {"code": "ORG_X", "message": "no"}\n\nprefer contains {"target": "a/b", "rank": 1}\n'
    modules = {
        **tree.read(shipped("policies")).modules,
        "overlay/house.rego": f"package org.house\n\nimport rego.v1\n\n{rules}",
    }
    with Evaluator(tree.Tree(modules), data) as evaluator:
        document = next(grid.questions(evaluator.data, "2026-11-26T10:00:00Z"))
        assert list(odd.answers(evaluator.decide(document))) == []


@pytest.mark.parametrize("document", [None, [], {}, {"reasons": None}, {"reasons": [7, {"rule_id": "org.x"}]}])
def test_documents_without_reasons(document):
    assert list(odd.answers(document)) == []
