from __future__ import annotations

import json

import pytest

from proxy.policy.engine.engine import PolicyEngine
from proxy.policy.forms.conditions import CONDITIONS, term
from proxy.policy.forms.form import Conditions
from testing.house_rules import rego, results, rule


def test_every_condition_of_the_form_reads_in_rego():
    assert CONDITIONS.keys() == Conditions.model_fields.keys()


WORLD = """package org.world_test

import rego.v1

test_places if {{
	answers := data.org.house.deny with data.compliance.lib.facts.registered as {{"a": {{}}}}
		with data.compliance.lib.facts.places as {places}
		with data.regions as {{"EEA": {{"members": ["DE"], "territories": {{}}}}, "SUBDIVISIONS": {{"territories": {{}}}}}}
	count(answers) == {denied}
}}
"""


@pytest.mark.parametrize(
    ("codes", "places", "denied"),
    [
        (["EEA"], '{"a": ["DE"]}', 0),
        (["EEA"], '{"a": ["DE", "US"]}', 1),
        (["EEA"], "{}", 1),  # a place that is not certain
        (["EEA", "US"], '{"a": ["US-CA", "DE"]}', 0),
        (["US"], '{"a": ["DE"]}', 1),
    ],
)
def test_outside_is_where_any_place_is_another(codes, places, denied):
    module, _ = rego(rule("one", "deny", when={"outside": codes}))
    [test] = results(
        {"overlay/house.rego": module}, {"overlay/world_test.rego": WORLD.format(places=places, denied=denied)}
    )
    assert test.passed, test.detail


@pytest.mark.parametrize("effect", ["deny", "pin"])
@pytest.mark.parametrize(
    ("phase", "conditions", "count"),
    [
        ("request", {"personal": True}, 1),
        ("fallback", {"personal": True}, 1),
        ("response", {"personal": True}, 0),  # what a model writes is not what the caller sent
        ("response", {"personal": True, "undeclared_calls": True}, 1),
    ],
)
def test_refusals_are_about_what_is_sent_unless_they_name_the_reply(effect, phase, conditions, count):
    module, _ = rego(rule("one", effect, when={**conditions, "third_party": True}))
    world = f"""package org.world_test

import rego.v1

test_phase if {{
	answers := data.org.house.deny with input as {{"phase": "{phase}", "ext": {{"undeclared_calls": 1}}}}
		with data.compliance.lib.facts.personal as true
		with data.compliance.lib.facts.registered as {{"a": {{}}}}
		with data.compliance.lib.facts.third_parties as {{"a"}}
	count(answers) == {count}
}}
"""
    [test] = results({"overlay/house.rego": module}, {"overlay/world_test.rego": world})
    assert test.passed, test.detail


@pytest.mark.parametrize(
    "value",
    [{"b": [1, True], "a": {"x": None}}, 'say "no"\n\\', "tab\tand \u2028 and \U0001f600", [], {}, -3, "`${x}`"],
)
def test_a_term_is_its_value(value):
    engine = PolicyEngine({"m.rego": f"package m\n\nimport rego.v1\n\nx := {term(value)}\n"}, {})
    try:
        assert engine.evaluate("m/x", b"{}") == value
    finally:
        engine.close()


def test_sets_are_sorted_and_the_empty_one_is_no_object():
    assert term({"b", "a"}) == '{"a", "b"}'
    assert term(set()) == "set()"
    assert json.loads(term(["ü"])) == ["ü"]
