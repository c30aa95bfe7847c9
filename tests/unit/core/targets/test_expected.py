from __future__ import annotations

import pytest

from proxy.core.targets.expected import ExpectedOrigin


@pytest.mark.parametrize(
    ("registered", "name", "misplaced"),
    [
        ({"SE"}, "Sweden Central", False),
        ({"SE", "IE"}, "northeurope", False),
        ({"IE"}, "Sweden Central", True),
        ({"US-CA"}, "us", False),
        ({"US"}, "US-CA", False),
        ({"IE"}, "global", True),
        ({"IE"}, "a name of nobody", False),
        (None, "us", False),
        (set(), "us", True),
    ],
)
def test_a_region_that_is_not_registered_is_told(registered, name, misplaced):
    assert ExpectedOrigin(regions=None if registered is None else frozenset(registered)).misplaced(name) is misplaced


def test_a_global_deployment_may_say_so():
    assert not ExpectedOrigin(regions=frozenset({"US"}), anywhere=True).misplaced("global")


def test_the_catalog_may_say_where_a_name_lies():
    assert ExpectedOrigin(regions=frozenset({"IE"}), places={"north": "NO"}).misplaced("north")
