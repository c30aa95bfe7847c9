from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.core.limits import COST, TOKENS
from proxy.registry.allowances import standing
from proxy.registry.store import CounterState

NOW = datetime(2026, 11, 25, tzinfo=UTC)
LIMIT = {"id": "crm", "by": ["tenant"], "per": "day", "tokens": 4000}
BUDGET = {"id": "all", "by": ["tenant"], "month": 9.0, "soft": 0.5, "hard": False}
DOCUMENTS = {"registry": {"limits": [LIMIT], "budgets": [BUDGET], "prices": {"currency": "EUR", "models": []}}}


def counter(limit, unit, taken):
    return CounterState(limit, unit, ("acme",), NOW, NOW, taken)


def test_a_counter_says_of_how_much_in_units_that_people_read():
    rows = standing([counter("crm", TOKENS, 1000), counter("all", COST, 4_500_000)], DOCUMENTS)
    assert [(row["limit"], row["taken"], row["most"], row["share"], row["currency"]) for row in rows] == [
        ("all", 4.5, 9.0, 0.5, "EUR"), ("crm", 1000, 4000, 0.25, ""),
    ]  # fmt: skip
    assert [(row["soft"], row["hard"], row["per"]) for row in rows] == [(4.5, False, "month"), (None, True, "day")]


@pytest.mark.parametrize("gone", [counter("old", TOKENS, 5), counter("crm", "requests", 5), counter("crm", COST, 5)])
def test_what_was_removed_since_is_not_shown(gone):
    assert standing([gone], DOCUMENTS) == []
    assert standing([gone], {}) == []
