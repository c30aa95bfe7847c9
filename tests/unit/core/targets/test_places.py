from __future__ import annotations

import pytest

from proxy.core.targets import regions
from proxy.core.targets.places import _CODES, GLOBAL, place


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Sweden Central", "SE"), ("westeurope", "NL"), ("East US 2", "US"), ("eu-central-1", "DE"), ("eu-central-2", "CH"),
        ("europe-west1", "BE"), ("us", "US"), ("DE", "DE"), ("de", "DE"), ("Global", GLOBAL), ("eu", ""), ("", ""),
        ("Mars North", ""), ("me-central-1", ""),
    ],
)  # fmt: skip
def test_where_a_providers_region_lies(name, code):
    assert place(name) == code


def test_every_region_lies_in_a_country_that_exists():
    assert all(regions.exists(code) for code in _CODES.values())
