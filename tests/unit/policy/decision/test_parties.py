from __future__ import annotations

from typing import get_args

import pytest

from proxy.catalog.models import Contract, TargetEntry
from proxy.policy.decision import parties

TARGETS = {
    "us": {"dpa": {"status": "signed"}, "scc": {"status": "signed"}, "baa": {"status": "signed", "tenants": ["a"]}},
    "eu": {"dpa": {"status": "signed", "tenants": []}, "dpf": {"status": "active"}},
}


def world(*tenants: str, kinds=("scc", "baa")) -> dict:
    return {"tenants": {name: {} for name in tenants}, "targets": TARGETS, "config": {"named_contracts": list(kinds)}}


def test_an_agreement_that_names_nobody_counts_for_all_and_says_so():
    assert parties.unnamed(world("a", "b")) == (("targets.us.dpa",), ("targets.us.scc",))
    assert list(parties.warnings(world("a", "b", "c"))) == [
        "targets.us.dpa names no tenants, so it counts for all 3 tenants",
        "targets.us.scc names no tenants, so it counts for nobody",
    ]


def test_a_house_that_wants_every_agreement_named_gets_none_for_all():
    assert parties.unnamed(world("a", "b", kinds=("scc", "dpa"))) == ((), ("targets.us.dpa", "targets.us.scc"))


@pytest.mark.parametrize("data", [world("a"), world(), {}, {"tenants": {"a": {}, "b": {}}, "targets": {"us": None}}])
def test_there_is_nothing_to_say_of_one_tenant_or_no_contract(data):
    assert list(parties.warnings(data)) == []


def test_every_kind_that_tenants_sign_is_known():
    fields = TargetEntry.model_fields.items()
    signed = {
        name
        for name, field in fields
        for one in get_args(field.annotation)
        if isinstance(one, type) and issubclass(one, Contract)
    }
    assert set(parties.CONTRACTS) == signed
