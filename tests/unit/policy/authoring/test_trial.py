"""Rules of the organisation on trial inputs: which never apply, and which refuse all; whatever they are about."""

from __future__ import annotations

import dataclasses

import pytest

from proxy.policy.authoring import trial
from proxy.policy.authoring.advice import parsed
from proxy.policy.bundles import tree
from proxy.policy.decision import grid
from proxy.policy.forms.conditions import CONDITIONS
from proxy.runtime.resources import shipped
from testing.house_rules import rego, rule

#: Conditions that make a denial of third parties total where they are alone: here, none has an attestation.
TARGETED = frozenset({"third_party", "without"})
NOW = "2026-12-01T10:00:00Z"
HEAD = "package org.{}\n\nimport rego.v1\n\nimport data.compliance.lib.facts\n\n"


def warned(data, modules):
    """Return (module, row, code) of the warnings about modules of the overlay."""
    library = tree.read(shipped("policies"))
    whole = dataclasses.replace(library, modules={**library.modules, **modules})
    everything = parsed(whole)
    made = trial.inputs(everything, data, NOW)
    asked = trial.asked(whole, data, [*grid.questions(data, NOW), *made])
    found = trial.effects(everything, data, asked)
    return [(p.module.removeprefix("overlay/").removesuffix(".rego"), p.row, p.code) for p in found]


APPLY = {
    "group": 'some role in input.actor.roles\n\trole in {"interns", "guests"}',
    "group_in_place": '"interns" in input.actor.roles',
    "agent": 'input.actor.type == "agent"',
    "model": 'startswith(input.operation.model, "gpt-")',
    "two": '"interns" in input.actor.roles\n\tinput.actor.country == "IN"\n\tinput.operation.model == "gpt-4o"',
    "but": '"interns" in input.actor.roles\n\tinput.actor.country != "IN"',
    "label": '"criminal" in input.classification.labels',
    "reply": 'input.phase == "response"\n\tinput.ext.undeclared_calls > 0',
    "flag": "input.data_subjects.restricted\n\tinput.operation.stateful",
    "regime": '"PIPL" in facts.regimes\n\t"guests" in input.actor.roles',
    "sector": 'facts.tenant.sector == "banking"',
}
MANY = 120
NEVER = {
    "contradiction": 'input.operation.stream == true\n\t"interns" in input.actor.roles\n\tinput.operation.stream == false',
    "nobody": 'facts.tenant.sector == "mining"',
    "nothing": "count(input.candidates) < 0",
}


@pytest.mark.heavy
def test_without_rules_of_its_own_nothing_is_asked(data):
    library = tree.read(shipped("policies"))
    asked = trial.asked(library, data, list(grid.questions(data, NOW)))
    assert [answer for answer in asked.answers if answer] == []
    assert trial.uses(parsed(library), asked, [str(number) for number in range(len(asked.inputs))]) == []
    assert trial.effects(parsed(library), data, asked) == []


@pytest.mark.heavy
@pytest.mark.parametrize("verb", ["deny", "oblige", "prefer"])
def test_what_applies_to_nothing_is_told_and_nothing_else(data, verb):
    data = {**data, "tenants": {**data["tenants"], "bank": {"establishments": ["DE"], "sector": "banking"}}}
    element = {
        "deny": '{"code": "HOUSE"}', "oblige": '{"type": "redact", "entities": ["PERSON"]}',
        "prefer": '{"target": "far/us", "rank": 0}',
    }[verb]  # fmt: skip
    modules = {
        f"overlay/{name}.rego": f"{HEAD.format(name)}{verb} contains {element} if {{\n\t{body}\n}}\n"
        for name, body in {**APPLY, **NEVER}.items()
    }
    found = warned(data, modules)
    assert {(name, code) for name, _, code in found} == {(name, "inert_rule") for name in NEVER}
    assert all(7 <= row <= 11 for _, row, _ in found)


@pytest.mark.heavy
def test_every_condition_of_a_form_applies_to_something(data):
    data = {**data, "tenants": {**data["tenants"], "bank": {"establishments": ["DE"], "sector": "banking"}}}
    first = {name: next(iter(data[name])) for name in ("tenants", "activities", "targets", "providers")}
    values = {
        **{name: [value] for name, value in first.items()}, "sectors": ["banking"], "groups": ["interns"],
        "purposes": [data["activities"][first["activities"]]["purpose"]], "callers": ["desk"], "countries": ["IN"],
        "operations": ["chat"], "models": ["gpt-*"], "features": ["web_search"], "categories": ["health"],
        "labels": ["criminal"], "entities": ["PERSON"], "regimes": ["PIPL"], "origins": ["CN"], "outside": ["EEA"],
        "without": ["C5-T2"], "registered": ["patients"],
    }  # fmt: skip
    modules = {}
    for effect in ("deny", "redact_reply", "retain"):
        rules = [rule(name, effect, when={name: values.get(name, True)}) for name in CONDITIONS if name not in TARGETED]
        modules[f"overlay/{effect}.rego"] = rego(*rules, name=effect)[0]
    assert warned(data, modules) == []


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("body", "is_total"),
    [
        ('input.phase == "response"', True),
        ('input.phase != "response"', True),
        ('input.phase != "response"\n\tfacts.personal', False),
        ("true", True),
    ],
)
def test_what_denies_all_requests_or_all_replies_is_told(data, body, is_total):
    source = f'{HEAD.format("house")}deny contains {{"code": "HOUSE"}} if {{\n\t{body}\n}}\n'
    assert [code for _, _, code in warned(data, {"overlay/house.rego": source})] == ["total_rule"] * is_total


@pytest.mark.heavy
@pytest.mark.parametrize(("more", "is_total"), [("", True), ("\n\tfacts.personal", False)])
def test_what_denies_every_third_party_is_told(data, more, is_total):
    head = f'{HEAD.format("house")}deny contains {{"code": "HOUSE", "target": id}} if {{\n\t'
    source = f"{head}some id, _ in facts.third_party{more}\n}}\n"
    assert [code for _, _, code in warned(data, {"overlay/house.rego": source})] == ["total_rule"] * is_total


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("body", "row"),
    [
        ("if count(input.candidates) < 0", 7),
        ('if { input.phase == "request"; count(input.candidates) < 0 }', 7),
        ('if {\n\tinput.phase == "request"; count(input.candidates) < 0\n}', 8),
        ("if some each in []", 7),
        ('if input.phase == "request" # that is all', 0),
    ],
)
def test_a_rule_on_one_line_that_never_applies_is_told(data, body, row):
    source = f'{HEAD.format("house")}deny contains {{"code": "HOUSE", "target": input.candidates[0].target}} {body}\n'
    told = [(line, code) for _, line, code in warned(data, {"overlay/house.rego": source}) if code == "inert_rule"]
    assert [code for _, code in told] == ["inert_rule"] * bool(row)
    assert source.splitlines()[told[0][0] - 1].count("each" if "each" in body else "< 0") if told else not row


@pytest.mark.heavy
def test_what_own_rules_apply_to_is_counted_with_exchanges(data):
    body = 'deny contains {"code": "HOUSE", "rule_id": "house.%s"} if {\n\tinput.phase == "%s"\n\tfacts.personal\n}\n'
    modules = {
        f"overlay/{name}.rego": HEAD.format(name) + "# METADATA\n# custom:\n#   rule_id: house." + name + "\n" + body % each
        for name, each in {"one": ("one", "response"), "two": ("two", "never")}.items()
    }  # fmt: skip
    library = tree.read(shipped("policies"))
    whole = dataclasses.replace(library, modules={**library.modules, **modules})
    documents = list(grid.questions(data, NOW))
    asked = trial.asked(whole, data, documents)
    one, two = trial.uses(parsed(whole), asked, [str(number) for number in range(len(documents))])
    assert (one.rule, one.module, two.rule, two.count) == ("house.one deny", "overlay/one.rego", "house.two deny", 0)
    assert 0 < one.count < len(documents)
    assert {documents[int(name)]["phase"] for name in one.samples} == {"response"}


def test_many_rules_each_get_inputs_of_their_own(data):
    """However many rules there are, each group is somebody's in a request that may be about people."""
    rules = [rule(f"r{n}", "deny", when={"groups": [f"group-{n}"], "labels": ["criminal"]}) for n in range(MANY)]
    tree_ = tree.Tree({"overlay/house.rego": rego(*rules)[0]})
    made = trial.inputs(parsed(tree_), data, NOW)
    held = {role for document in made for role in document["actor"].get("roles", ())}
    assert held == {f"group-{n}" for n in range(MANY)}
