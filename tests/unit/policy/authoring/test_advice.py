from __future__ import annotations

import pytest

from proxy.policy.authoring.advice import Denied, advice, effects
from proxy.policy.bundles.tree import Tree

RULE = "package org.house\n\nimport rego.v1\n\n{} contains {} if input.x\n"


def warned(data, verb, element):
    tree = Tree({"overlay/house.rego": RULE.format(verb, element)})
    return [problem.code for problem in advice(tree, data)]


@pytest.mark.parametrize(
    ("verb", "element", "codes"),
    [
        ("oblige", '{"type": "redact", "entities": ["EMPLOYE_ID"]}', ["unknown_entity_type"]),
        ("oblige", '{"type": "redact", "entities": ["PERSON"]}', []),
        ("waivable", '"NO_DPA"', ["never_waivable"]),
        ("waivable", '"STATEFUL_STORAGE"', []),
        ("waivable", '"HOUSE_OWN"', []),
        ("prefer", '{"target": "near/us", "rank": 0}', ["unknown_target"]),
        ("deny", '{"code": "HOUSE", "target": "near/eu"}', []),
    ],
)
def test_names_that_exist_nowhere_are_told(data, verb, element, codes):
    assert warned(data, verb, element) == codes


def test_a_contract_that_names_nobody_among_several_is_told(data):
    target = {**data["targets"]["far/us"], "scc": {"status": "signed"}}
    several = {**data, "targets": {"far/us": target}, "tenants": {"a": {}, "b": {}}}
    assert [problem.message.split(" ")[0] for problem in advice(Tree({}), several)] == [
        "targets.far/us.dpa",
        "targets.far/us.scc",
    ]
    assert advice(Tree({}), {**several, "tenants": {"a": {}}}) == []
    named = {**target, **{name: target[name] | {"tenants": ["a"]} for name in ("dpa", "scc")}}
    assert advice(Tree({}), {**several, "targets": {"far/us": named}}) == []


@pytest.mark.parametrize(
    ("denied", "codes"),
    [
        ({"org.house": 7}, ["total_rule"]),
        ({"org.house": 6}, []),
        ({}, ["inert_rule"]),
        ({"org.other": 7}, ["inert_rule"]),
    ],
)
def test_denials_that_every_trial_input_met_or_none_are_told(denied, codes):
    tree = Tree({"overlay/house.rego": RULE.format("deny", '{"code": "HOUSE"}')})
    assert [problem.code for problem in effects(tree, Denied(7, denied))] == codes
    assert effects(tree, Denied(0, denied)) == []


@pytest.mark.parametrize(("abroad", "barred", "codes"), [(5, 5, ["total_rule"]), (5, 4, []), (0, 0, [])])
def test_denials_of_every_third_party_are_told(abroad, barred, codes):
    tree = Tree({"overlay/house.rego": RULE.format("deny", '{"code": "HOUSE"}')})
    told = effects(tree, Denied(7, {"org.house": 6}, abroad, {"org.house": barred}))
    assert [problem.code for problem in told] == codes
