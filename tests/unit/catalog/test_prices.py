from __future__ import annotations

import pytest
from pydantic import ValidationError

from proxy.catalog.prices import PricesEntry, compiled

ENTRY = {
    "currency": "EUR",
    "models": [
        {
            "target": "us",
            "model": "gpt-4o",
            "since": "2026-01-01",
            "input": 2.5,
            "output": 10,
            "image": 0.04,
            "minute": 0.006,
        }
    ],
    "servers": [{"targets": ["eu"], "since": "2026-01-01", "month": 900}],
}


def test_prices_are_millionths_for_one():
    found = compiled(PricesEntry.model_validate(ENTRY))
    assert found is not None
    [price] = found.prices
    assert (found.currency, price.since, price.rates) == (
        "EUR", 1767225600.0, {"input": 2.5, "output": 10.0, "images": 40_000.0, "seconds": 100.0}
    )  # fmt: skip
    assert compiled(None) is None


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [("currency", "euro", "match pattern"), ("models", [{"target": "us", "input": 1}], "since"),
     ("models", [{"target": "us", "since": "soon"}], "isoformat"), ("models", [{"target": "us", "since": "2026-01-01", "input": -1}], "greater"),
     ("servers", [{"targets": [], "since": "2026-01-01", "month": 1}], "at least 1"),
     ("servers", [{"targets": ["a"], "since": "2026-02-01", "until": "2026-01-31", "month": 1}], "is before since"),
     ("models", [{"target": "us", "since": "2026-01-01", "input": cost} for cost in (1, 2)], "price is repeated")],
)  # fmt: skip
def test_what_is_no_price_is_refused(place, value, message):
    with pytest.raises(ValidationError, match=message):
        PricesEntry.model_validate(ENTRY | {place: value})
