from __future__ import annotations

import pytest
from pydantic import ValidationError

from proxy.catalog.limits import BudgetEntry, LimitEntry, compiled, unique
from proxy.core.limits import COST, MONTH, REQUESTS, TOKENS

ENTRY = {"id": "crm", "by": ["service", "model"], "per": "minute", "requests": 60, "tokens": 9000, "models": ["gpt-*"]}


def test_an_entry_is_a_limit_of_each_unit():
    requests, tokens = compiled([LimitEntry(**ENTRY, database_away="admit")])
    assert (requests.unit, requests.most, tokens.unit, tokens.most) == (REQUESTS, 60, TOKENS, 9000)
    assert (tokens.by, tokens.only, tokens.per) == (("service", "model"), {"model": ("gpt-*",)}, "minute")
    assert requests.admits_unasked
    assert not next(compiled([LimitEntry(**ENTRY)])).admits_unasked


@pytest.mark.parametrize(
    ("change", "message"),
    [({"requests": None, "tokens": None}, "limits nothing"), ({"requests": 0}, "greater than or equal to 1"),
     ({"per": "week"}, "'minute', 'hour' or 'day'"), ({"by": []}, "at least 1 item"), ({"by": ["user"]}, "'key', 'service'"),
     ({"id": "two words"}, "match pattern"), ({"tenant": "acme"}, "not permitted"), ({"tenants": []}, "at least 1 item")],
)  # fmt: skip
def test_what_is_no_limit_is_refused(change, message):
    entry = {name: value for name, value in (ENTRY | change).items() if value is not None}
    with pytest.raises(ValidationError, match=message):
        LimitEntry(**entry)


def test_ids_are_unique():
    with pytest.raises(ValueError, match="'crm' is repeated"):
        unique([LimitEntry(**ENTRY), LimitEntry(**ENTRY)])


def test_a_budget_is_a_limit_of_cost_by_the_month():
    entry = BudgetEntry(id="crm", by=["tenant", "activity"], month=250.5, soft=0.5, activities=["support"], hard=False)
    [budget] = compiled([], [entry])
    assert (budget.unit, budget.most, budget.per, budget.soft, budget.hard) == (
        COST,
        250_500_000,
        MONTH,
        125_250_000,
        False,
    )
    assert budget.only == {"activity": ("support",)}
