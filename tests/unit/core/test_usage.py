from __future__ import annotations

import pytest

from proxy.core import usage
from proxy.core.usage import Price, PriceList


def test_tokens_are_those_of_both_ways():
    assert usage.tokens({"input": 7, "output": 5, "cached": 6, "images": 2}) == 12
    assert usage.tokens({}) == 0


@pytest.mark.parametrize(
    ("counts", "events", "expected"),
    [({}, 0, {"input": 100, "output": 20}), ({}, 9, {"input": 100, "output": 9}),
     ({"input": 80, "output": 1}, 9, {"input": 80, "output": 9}), ({"output": 50}, 9, {"input": 100, "output": 50})],
)  # fmt: skip
def test_an_estimate_is_at_least_what_was_reported(counts, events, expected):
    assert usage.estimated(counts, 400, 80, events) == expected


RATES = {"input": 2.5, "cached": 1.25, "output": 10.0, "images": 40_000.0, "seconds": 100.0}
LIST = PriceList("EUR", (
    Price("us", "*", 0.0, {"input": 1.0}),
    Price("us", "gpt-*", 100.0, {"input": 3.0}),
    Price("us", "gpt-4o", 0.0, RATES),
    Price("us", "gpt-4o", 200.0, {"input": 5.0}),
))  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "cost"),
    [({"input": 1000, "output": 200}, 4500), ({"input": 1000, "cached": 400}, 2000), ({"input": 10, "written": 4}, 25),
     ({"output": 200, "reasoning": 150}, 2000), ({"images": 2}, 80_000), ({"seconds": 60}, 6000), ({}, 0),
     ({"input": 10, "cached": 90}, 12)],
)  # fmt: skip
def test_what_is_inside_the_input_has_its_own_price_or_the_inputs(counts, cost):
    assert Price("us", "m", 0.0, RATES).cost(counts) == cost


@pytest.mark.parametrize(
    ("model", "at", "cost"),
    [
        ("gpt-4o", 150.0, 2500),
        ("gpt-4o", 200.0, 5000),
        ("gpt-5", 150.0, 3000),
        ("gpt-5", 50.0, 1000),
        ("other", 50.0, 1000),
    ],
)
def test_the_most_exact_name_counts_at_the_price_of_that_day(model, at, cost):
    assert LIST.cost("us", model, {"input": 1000}, at) == cost


def test_without_a_price_there_is_no_cost():
    assert LIST.cost("eu", "gpt-4o", {"input": 1}, 500.0) is None
    assert LIST.cost("us", "gpt-4o", {"input": 1}, -1.0) is None
