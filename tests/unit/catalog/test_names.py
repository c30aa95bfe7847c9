from __future__ import annotations

import pytest

from proxy.catalog.names import unregistered

DATA = {"tenants": {"acme": {}, "mercy": {}}, "activities": {"support": {}}}


@pytest.mark.parametrize(
    ("tenants", "activities", "told"),
    [
        (["acme"], ["support"], ""),
        ([], [], ""),
        (["acne"], [], "the registry has no tenant acne; the nearest is acme"),
        (["mercy", "ACME"], ["support"], "the registry has no tenant ACME; the nearest is"),
        (["acme"], ["suport"], "the registry has no activity suport; the nearest is support"),
    ],
)
def test_the_first_unknown_name_is_told_with_the_nearest(tenants, activities, told):
    assert unregistered(DATA, tenants, activities).startswith(told)
    assert bool(unregistered(DATA, tenants, activities)) == bool(told)


def test_a_registry_without_names_knows_none():
    assert unregistered({}, ["acme"]) == "the registry has no tenant acme"
