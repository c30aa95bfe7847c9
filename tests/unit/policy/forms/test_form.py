from __future__ import annotations

import pytest
from pydantic import ValidationError

from proxy.policy.forms.form import Conditions, HouseRule
from testing.house_rules import EFFECTS, rule


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_rule_has_one_effect(effect):
    assert HouseRule.model_validate(rule("one", effect)).effect[0] == effect
    other = "deny" if effect != "deny" else "retain"
    with pytest.raises(ValidationError, match="exactly one of"):
        HouseRule.model_validate({**rule("one", effect), other: EFFECTS[other]})


def test_stated_conditions_keep_the_order_of_the_form():
    assert list(Conditions(outside=["EEA"], groups=["x"], streamed=False).stated()) == ["groups", "streamed", "outside"]
