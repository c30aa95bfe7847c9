from __future__ import annotations

import dataclasses

import pytest

from proxy.policy.authoring.advice import advice
from proxy.policy.bundles.tree import Tree, read
from proxy.runtime.resources import shipped
from testing.house_rules import rego, rule

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


@pytest.mark.parametrize(
    "condition", ['"HR" in input.actor.roles', 'input.actor.country == "DE"', '"PIPL" in facts.regimes']
)
def test_what_a_duty_depends_on_is_no_type_of_an_entity(data, condition):
    head = "package org.house\n\nimport rego.v1\n\nimport data.compliance.lib.facts\n\n"
    rule = f'oblige contains {{"type": "pseudonymize", "entities": ["PERSON"]}} if {{\n\t{condition}\n}}\n'
    assert advice(Tree({"overlay/house.rego": head + rule}), data) == []


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
    ("body", "codes"),
    [
        (
            'deny contains denial if some denial in refused\n\nrefused contains {"code": "HOUSE_B"} if input.b',
            ["unused_waiver"],
        ),
        ('deny contains denial if some denial in refused\n\nrefused contains {"code": "HOUSE_C"} if input.b', []),
        ('deny contains {"code": concat("_", ["HOUSE", "C"])} if input.b', []),
    ],
)
def test_a_waiver_is_judged_beside_denials_that_are_put_together_elsewhere(data, body, codes):
    source = f'package org.house\n\nimport rego.v1\n\n{body}\n\nwaivable contains "HOUSE_C"\n'
    assert [p.code for p in advice(Tree({"overlay/house.rego": source}), data)] == codes


@pytest.mark.parametrize(
    ("member", "reference"),
    [("provider", "target.provider"), ("attestations", ""), ("", "")],
)
def test_words_that_the_registry_has_are_those_that_a_rule_can_mean(data, member, reference):
    """A provider or an attestation that no target has."""
    compared = {"attestations": '"C5" in target.attestations'}.get(member, f'{reference} == "qqq"')
    body = f"some id, target in facts.registered\n\t{compared}" if member else "input.stream"
    head = "package org.house\n\nimport rego.v1\n\nimport data.compliance.lib.facts\n\n"
    source = f'{head}deny contains {{"code": "HOUSE_C"}} if {{\n\t{body}\n}}\n'
    held = {**data, "targets": {name: {**entry, "attestations": ["C5-T2"]} for name, entry in data["targets"].items()}}
    library = read(shipped("policies"))
    overlay = dataclasses.replace(library, modules={**library.modules, "overlay/house.rego": source})
    told = [p.message for p in advice(overlay, held) if p.code == "unknown_value"]
    assert len(told) == bool(member)
    assert all("; " in message for message in told)


@pytest.mark.parametrize("way", ["when", "unless"])
@pytest.mark.parametrize("effect", ["deny", "prefer"])
def test_attestations_of_a_rule_in_yaml_are_those_that_the_registry_has(data, way, effect):
    targets = {name: {**entry, "attestations": ["C5-T2"]} for name, entry in data["targets"].items()}
    library = read(shipped("policies"))
    for word, number in (("C5-T2", 0), ("C5T2", 1)):
        module, _ = rego(rule("one", effect, **{way: {"without": [word]}}))
        tree = dataclasses.replace(library, modules={**library.modules, "overlay/house.rego": module})
        remarks = [p.message for p in advice(tree, {**data, "targets": targets}) if p.code == "unknown_value"]
        assert len(remarks) == number
        assert all("did you mean C5-T2?" in remark for remark in remarks)


def test_a_word_that_is_like_none_is_told_what_there_is(data):
    source = 'package org.house\n\nimport rego.v1\n\ndeny contains {"code": "HOUSE_C"} if input.tenant.id == "qqq"\n'
    [problem] = advice(Tree({"overlay/house.rego": source}), data)
    assert f"; there is {min(data['tenants'])}" in problem.message


@pytest.mark.parametrize(("code", "codes"), [("HOUSE_A", []), ("HOUSE_C", ["unused_waiver"]), ("STATEFUL_STORAGE", [])])
def test_a_waiver_of_a_code_that_no_rule_gives_is_told(data, code, codes):
    denials = "".join(f'deny contains {{"code": "HOUSE_{letter}"}} if input.{letter}\n\n' for letter in "AB")
    source = f'package org.house\n\nimport rego.v1\n\n{denials}waivable contains "{code}"\n'
    assert [(p.code, p.row) for p in advice(Tree({"overlay/house.rego": source}), data)] == [
        (each, 9) for each in codes
    ]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("web_serch", 'input.operation.features is never "web_serch": no target takes it; did you mean web_search?'),
        ("zzz", 'input.operation.features is never "zzz": no target takes it'),
        ("web_search", None),
    ],
)
def test_features_that_no_target_takes_are_named(data, word, message):
    tree = Tree(
        {
            "overlay/house.rego": RULE.format("deny", '{"code": "X"}').replace(
                "input.x", f'"{word}" in input.operation.features'
            )
        }
    )
    problems = advice(tree, data, features={"web_search", "logprobs"})
    assert [problem.message for problem in problems if problem.code == "unknown_value"] == (
        [message] if message else []
    )
    assert advice(tree, data) == []
