from __future__ import annotations

import pytest

from proxy.core import usage


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
