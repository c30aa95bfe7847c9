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


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("condition", ["undeclared_calls", "foreign_addresses"])
@pytest.mark.parametrize("part", ["when", "unless"])
def test_what_is_done_before_a_reply_cannot_depend_on_it(effect, condition, part):
    stated = rule("one", effect, **{part: {condition: True}})
    if effect in {"deny", "pin", "redact_reply", "retain"}:
        assert HouseRule.model_validate(stated).of_reply
    else:
        with pytest.raises(ValidationError, match=f"{effect} is done before there is a reply"):
            HouseRule.model_validate(stated)


@pytest.mark.parametrize(
    "conditions",
    [
        {"when": {"special": True}}, {"when": {"health": True}}, {"unless": {"special": False}},
        {"unless": {"health": False}}, {"when": {"categories": ["health"]}}, {"when": {"labels": ["secret"]}},
    ],
)  # fmt: skip
def test_a_cache_for_special_categories_alone_says_so(conditions):
    def cached(**form):
        return HouseRule.model_validate({**rule("one", "cache", **conditions), "cache": form})

    with pytest.raises(ValidationError, match="add special_categories: true, or seconds: 0"):
        cached(seconds=60)
    assert cached(seconds=60, special_categories=True).cache.seconds == 60
    assert cached(seconds=0).cache.seconds == 0
    with pytest.raises(ValidationError, match="leave out special_categories"):
        cached(seconds=0, special_categories=True)


@pytest.mark.parametrize(
    "conditions",
    [{"unless": {"special": True}}, {"when": {"special": False}}, {"when": {"categories": ["public", "health"]}}],
)
def test_a_cache_that_can_answer_is_no_fault(conditions):
    HouseRule.model_validate({**rule("one", "cache", **conditions), "cache": {"seconds": 60}})
