from __future__ import annotations

import pytest

from proxy.policy.authoring import vacuous
from proxy.policy.bundles.tree import Tree

pytestmark = pytest.mark.heavy

RULE = 'package org.{0}\n\nimport rego.v1\n\ndeny contains {{"code": "HOUSE"}} if input.x\n\nhelper(x) := x\n'
TWIN = "package org.{0}_test\n\nimport rego.v1\n\ntest_it if {1}\n"


def empty(**tests):
    modules = {f"overlay/{name}.rego": RULE.format(name) for name in tests}
    twins = {f"overlay/{name}_test.rego": TWIN.format(name, body) for name, body in tests.items()}
    return [(p.module, p.row, p.code) for p in vacuous.problems(Tree(modules, twins), {})]


@pytest.mark.parametrize(
    "body", ["true", "count(data.org.a.deny) >= 0", 'data.org.a.deny == set() with input as {"x": false}']
)
def test_a_test_that_passes_without_the_rule_is_none(body):
    assert empty(a=body) == [("overlay/a.rego", 5, "empty_test")]


@pytest.mark.parametrize("body", ['count(data.org.a.deny) == 1 with input as {"x": true}', "data.org.a.helper(3) == 3"])
def test_a_test_that_needs_the_rule_or_its_functions_is_one(body):
    assert empty(a=body) == []


def test_each_package_needs_a_test_of_its_own():
    needed = 'count(data.org.a.deny) == 1 with input as {"x": true}'
    assert empty(a=needed, b="true") == [("overlay/b.rego", 5, "empty_test")]


def test_a_library_alone_has_no_twins_of_an_overlay():
    assert vacuous.problems(Tree({"main.rego": "package compliance\n"}), {}) == []
