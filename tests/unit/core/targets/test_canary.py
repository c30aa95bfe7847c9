from __future__ import annotations

import pytest

from proxy.core.targets.canary import NO_CANARY, Canary


@pytest.mark.parametrize(
    ("canary", "tenant", "draw", "taken"),
    [
        (Canary("new", 0.05), "acme", 0.05, True),
        (Canary("new", 0.05), "acme", 0.0501, False),
        (Canary("new", 1.0), "acme", 1.0, True),
        (Canary("new", 0.0), "acme", 2**-64, False),
        (Canary("new", 0.0, frozenset({"acme"})), "acme", 1.0, True),
        (Canary("new", 0.0, frozenset({"acme"})), "rival", 2**-64, False),
        (NO_CANARY, "acme", 2**-64, False),
    ],
)
def test_who_goes_to_the_canary(canary, tenant, draw, taken):
    assert canary.takes(tenant, draw) is taken
