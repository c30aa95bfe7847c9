"""Mutants of an overlay: whatever its tests do not need is shown, and nothing else."""

from __future__ import annotations

import pytest

from proxy.policy.authoring import mutants
from proxy.policy.bundles.tree import Tree
from testing.house_rules import over_small, rego, rule, value

HOUSE = """package org.house

import rego.v1

deny contains {
	"code": "HOUSE_A",
	"rule_id": "house.a",
} if {
	input.phase == "request"
	some role in input.actor.roles
	role in {
		"interns",
		"guests",
	}
}

prefer contains {"target": "a/b", "rank": 0} if {
	input.operation.stream
}

waivable contains "HOUSE_A"
"""
#: A condition of each shape; tests of the forms have all of them, one at a time.
SHAPES = ("tenants", "groups", "models", "entities", "personal", "undeclared_calls", "outside", "without", "providers")
FORMS = [("deny", {"when": {condition: value(condition) for condition in SHAPES}})]
FORMS += [
    (effect, {"when": {"groups": ["interns", "guests"], "health": True}}) for effect in ("redact_reply", "prefer")
]
HEAD = "package org.house_test\n\nimport rego.v1\n\nimport data.org.house\n\n"
MET = 'met := {"phase": "request", "actor": {"roles": ["interns"]}, "operation": {"stream": true}}\n\n'
DENIES = "test_denies if count(house.deny) == 1 with input as met\n\n"
OTHERS = """test_others if {
	count(house.deny) == 0 with input as object.union(met, {"actor": {"roles": ["staff"]}})
	count(house.deny) == 0 with input as object.union(met, {"phase": "response"})
}

"""
PREFERS = """test_prefers if {
	count(house.prefer) == 1 with input as met
	count(house.prefer) == 0 with input as object.union(met, {"operation": {"stream": false}})
	house.waivable == {"HOUSE_A"}
}
"""


def judged(*tests):
    """Return the mutants with which all tests pass, and the number of all."""
    tree = Tree({"overlay/house.rego": HOUSE}, {"overlay/house_test.rego": HEAD + MET + "".join(tests)})
    found = list(mutants.survivors(tree, {}, list(mutants.mutants(tree))))
    return [(mutant.row, mutant.what) for mutant, survives in found if survives], len(found)


def test_rules_and_conditions_are_left_out_whole():
    tree = Tree({"overlay/house.rego": HOUSE, "rules/law.rego": HOUSE})
    made = list(mutants.mutants(tree))
    assert {mutant.module for mutant in made} == {"overlay/house.rego"}
    assert [(m.row, m.what) for m in made] == [
        (5, "rule"), (9, "condition"), (10, "condition"), (11, "condition"), (17, "rule"), (18, "condition"), (21, "rule"),
    ]  # fmt: skip
    assert made[3].text == "role in {"
    assert '"guests"' not in made[3].source


def test_conditions_on_the_line_of_the_head_are_left_out_each():
    body = 'deny contains {"code": "HOUSE_A"} if { input.a; input.b == 1 }\nprefer contains {"target": "a"} if input.c # one\n'
    made = list(mutants.mutants(Tree({"overlay/house.rego": f"package org.house\n\nimport rego.v1\n\n{body}"})))
    assert [(m.row, m.what, m.text) for m in made if m.what == "condition"] == [
        (5, "condition", "input.a"), (5, "condition", "input.b == 1"), (6, "condition", "input.c # one"),
    ]  # fmt: skip


def test_brackets_in_texts_and_comments_close_nothing():
    conditions = [
        'startswith(input.operation.model, "{(")',
        "input.operation.stream # [",
        "regex.match(`^[{]`, input.x)",
    ]
    body = "\n\t".join(conditions)
    tree = Tree({"overlay/a.rego": f"package org.a\n\nimport rego.v1\n\npin contains 1 if {{\n\t{body}\n}}\n"})
    assert [(m.row, m.what) for m in mutants.mutants(tree)] == [
        (5, "rule"), (6, "condition"), (7, "condition"), (8, "condition"),
    ]  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("tests", "unneeded"),
    [
        ((DENIES, OTHERS, PREFERS), []),
        ((DENIES, PREFERS), [(9, "condition"), (11, "condition")]),
        ((DENIES, OTHERS), [(17, "rule"), (18, "condition"), (21, "rule")]),
    ],
)
def test_what_no_test_needs_survives(tests, unneeded):
    found, total = judged(*tests)
    assert found == unneeded
    assert total == 6  # without the binding of a variable, it does not compile


@pytest.mark.heavy
def test_the_twin_of_a_form_needs_every_rule_and_condition():
    """Whatever a form says, its tests notice when it is left out."""
    rules = [rule(f"{effect}_{number}", effect, **conditions) for number, (effect, conditions) in enumerate(FORMS)]
    module, twin = rego(*rules)
    tree = over_small({"overlay/house.rego": module}, {"overlay/house_test.rego": twin})
    found = list(mutants.survivors(tree, {}, list(mutants.mutants(tree))))
    assert len(found) > len(rules)
    assert [(mutant.what, mutant.text) for mutant, survives in found if survives] == []
