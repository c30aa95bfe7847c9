from __future__ import annotations

from collections import Counter
from pathlib import Path

from proxy.cli.policy import documents
from proxy.policy.authoring.check import Problem
from proxy.policy.authoring.compare import Comparison
from proxy.policy.authoring.suite import PolicyTest, PolicyTestReport, PolicyTestResult
from proxy.policy.authoring.whatif import Flow
from proxy.policy.bundles.tree import Tree
from proxy.policy.engine.engine import LineCoverage

TREE = Tree({"a.rego": ""}, {"a_test.rego": ""}, {"a.rego": Path("/p/a.rego")})


def test_a_problem_has_a_place_unless_it_is_the_librarys():
    shown = documents.check([Problem("a.rego", 3, "format", "x"), Problem("", 0, "unreachable_code", "y")], TREE)
    assert shown["problems"] == [
        {"code": "format", "message": "x", "module": "a.rego", "file": "/p/a.rego", "row": 3},
        {"code": "unreachable_code", "message": "y"},
    ]
    assert (shown["modules"], shown["test_modules"]) == (1, 1)


def test_failing_tests_and_lines_not_reached():
    failed = PolicyTestResult(
        PolicyTest("a_test.rego", "a_test", "test_x", 7), passed=False, detail="false", prints=("p",)
    )
    good = PolicyTestResult(PolicyTest("a_test.rego", "a_test", "test_y", 9), passed=True)
    lines = {"a.rego": LineCoverage(frozenset({2, 6}), frozenset({1, 2, 3, 4, 6, 9})), "b.rego": LineCoverage()}
    shown = documents.tests(PolicyTestReport((failed, good), lines), TREE, 95.0)
    assert (shown["total"], shown["passed"]) == (2, 1)
    assert shown["failures"][0] | {"test": "test_x", "row": 7, "prints": ["p"]} == shown["failures"][0]
    assert shown["coverage"] == {
        "percent": 33.33,
        "own_percent": None,
        "floor": 95.0,
        "not_reached": {"a.rego": ["1", "3-4", "9"]},
    }
    assert "coverage" not in documents.tests(PolicyTestReport((good,)), TREE, None)


def test_flows_are_summed():
    found = {("t", "a", "x"): Flow(3, 1, Counter({"y": 2}), Counter({"y": 2}), Counter({"NO_DPA": 3}))}
    shown = documents.flows(found, 10)
    assert (shown["total"], shown["stop"], shown["move"]) == (10, 1, 2)
    assert shown["flows"][0]["move_to"] == {"y": 2}


def test_an_empty_comparison():
    assert documents.comparison(Comparison()) == {"total": 0, "changed": 0, "groups": [], "failures": {}}
