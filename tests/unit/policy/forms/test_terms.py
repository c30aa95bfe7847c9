from __future__ import annotations

import json

import pytest

from proxy.policy.engine.engine import PolicyEngine
from proxy.policy.forms.terms import term


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
