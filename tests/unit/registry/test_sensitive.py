"""What one person may change alone is listed; everything else needs two, whatever is added to the registry later."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from proxy.catalog import models
from proxy.catalog.endpoints import TargetEndpoint
from proxy.errors import SecondPersonError
from proxy.registry import edit, sensitive

BEFORE: dict[str, Any] = {
    "registry": {
        "providers": {"p": {"legal_name": "P"}},
        "targets": {
            "p/eu": {"provider": "p", "operator": "third_party", "deployment": "regional", "processing_regions": ["IE"]}
        },
        "tenants": {"acme": {"establishments": ["DE"], "sgbv": True}},
        "activities": {"support": {"purpose": "dpv:CustomerCare"}},
        "exceptions": [
            {"id": "ex-1", "waives": ["MINOR_LOCAL_ONLY"], "approved_by": ["a", "b"], "expires": "2027-01-01"},
            {"id": "ex-2", "waives": ["STATEFUL_STORAGE"], "approved_by": ["a", "b"], "expires": "2027-01-01"},
        ],
    },
    "endpoints": {"p/eu": {"base_url": "http://p.test", "models": {"*": "*"}}},
    "routes": [{"targets": ["p/eu"]}],
}
EXCEPTION = {"id": "ex-3", "waives": ["MINOR_LOCAL_ONLY"], "approved_by": ["a", "b"], "expires": "2027-01-01"}


def after(path, value):
    return edit.put(deepcopy(BEFORE), path, value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("endpoints.p/eu.base_url", "http://sink.test"),
        ("endpoints.p/eu.credential", "OPENAI_API_KEY"),
        ("routes.0.mirror", {"target": "p/eu", "share": 1.0}),
        ("routes.0", {"targets": ["p/eu"], "mirror": {"target": "p/eu"}}),
        ("routes.+", {"targets": ["p/eu"], "mirror": {"target": "p/eu"}}),
        ("routes", [{"targets": ["p/eu"], "mirror": {"target": "p/eu"}}]),
        ("endpoints.p/eu.authorization", {"scheme": "caller"}),
        ("endpoints.p/eu.dialects", ["openai_chat"]),
        ("endpoints.p/eu", {"base_url": "http://sink.test"}),
        ("endpoints.q/eu", {"base_url": "http://sink.test"}),
        ("providers.p.legal_name", "An organisation that an adequacy decision names"),
        ("entity_map", {"HEALTH_CONDITION": {"kind": "attr", "categories": []}}),
        ("entity_map", {}),
        ("adequacy", {"eu": []}),
        ("hipaa", {"x": 1}),
        ("doj", {"x": 1}),
        ("regions", {"eea": ["US"]}),
        ("as_of", "2099-01-01"),
        ("max_age_days", 9999),
        ("config", {"threshold": 1.0}),
        ("retention", {"x": 1}),
        ("targets.p/eu.operator", "self"),
        ("targets.p/eu.processing_regions", ["DE"]),
        ("targets.p/eu.storage_regions", ["DE"]),
        ("targets.p/eu.zero_retention", True),
        ("targets.p/eu.training_use", False),
        ("targets.q/eu", BEFORE["registry"]["targets"]["p/eu"]),
        ("tenants.acme.sgbv", False),
        ("tenants.acme.offshore_phi", True),
        ("tenants.acme.hipaa_role", "none"),
        ("tenants.acme.establishments", ["US"]),
        ("activities.support.legal_basis", "eu-gdpr:A6-1-f"),
        ("activities.support.allow_third_party_special", True),
        ("activities.support.necessary_entities", ["PERSON"]),
        ("exceptions.+", EXCEPTION),
        ("exceptions.ex-1.expires", "2030-01-01"),
        ("exceptions", [EXCEPTION]),
        ("reviewed_origins", [{"country": "KZ", "who": "a", "until": "2027-01-01", "note": "x"}]),
        ("something_new", {"a": 1}),
        ("targets.p/eu.something_new", 1),
    ],
)  # fmt: skip
def test_two_people_are_needed(path, value):
    assert sensitive.touched(BEFORE, after(path, value))
    with pytest.raises(SecondPersonError, match="a second person"):
        sensitive.check(BEFORE, after(path, value))


@pytest.mark.parametrize("path", ["tenants.acme.sgbv", "endpoints.p/eu.base_url", "targets.p/eu.operator"])
def test_taking_a_fact_out_is_a_change_of_it(path):
    assert sensitive.touched(BEFORE, edit.remove(deepcopy(BEFORE), path)) == (path,)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("endpoints.p/eu.models", {"gpt": "gpt"}),
        ("endpoints.p/eu.timeout_s", 5.0),
        ("targets.p/eu.dpa", {"status": "signed"}),
        ("targets.p/eu.tia", {"result": "pass", "expires": "2027-01-01"}),
        ("activities.support.purpose", "dpv:Marketing"),
        ("providers.p.contacts", {"dpo": "x"}),
        ("routes.+", {"model": "gpt-*", "targets": ["p/eu"]}),
        ("tenants.acme.ext", {"note": "x"}),
        ("exceptions", []),
    ],
)
def test_one_person_is_enough(path, value):
    assert sensitive.touched(BEFORE, after(path, value)) == ()


@pytest.mark.parametrize(
    "path",
    ["targets.p/eu", "endpoints.p/eu", "tenants.acme", "activities.support", "providers.p", "exceptions.ex-1", "exceptions"],
)  # fmt: skip
def test_taking_a_whole_entry_out_permits_nothing(path):
    assert sensitive.touched(BEFORE, edit.remove(deepcopy(BEFORE), path)) == ()


@pytest.mark.parametrize(
    ("contract", "touched"),
    [({"status": "signed"}, ("tenants.other",)), ({"status": "signed", "tenants": ["acme"]}, ()), (None, ())],
)
def test_a_tenant_that_is_left_alone_inherits_no_contract_by_one_person(contract, touched):
    before = edit.put(deepcopy(BEFORE), "tenants.other", {"establishments": ["FR"]})
    if contract is not None:
        before = edit.put(before, "targets.p/eu.scc", contract)
    assert sensitive.touched(before, edit.remove(deepcopy(before), "tenants.other")) == touched
    three = edit.put(deepcopy(before), "tenants.third", {"establishments": ["FR"]})
    assert sensitive.touched(three, edit.remove(deepcopy(three), "tenants.other")) == ()


def test_every_listed_place_exists():
    """A field that was renamed would need two people without anybody noticing, and a new one by another's name none."""
    entries = {
        ("endpoints",): TargetEndpoint,
        ("registry", "providers"): models.Provider,
        ("registry", "targets"): models.TargetEntry,
        ("registry", "tenants"): models.Tenant,
        ("registry", "activities"): models.Activity,
    }
    assert entries.keys() == sensitive.ONE_PERSON.keys()
    for section, names in sensitive.ONE_PERSON.items():
        assert set(names) <= set(entries[section].model_fields)


@pytest.mark.parametrize(
    ("operator", "recorded", "same"),
    [("root", "root", True), ("root", "ann", False), ("root", "crm (key1)", True), ("root", "", True),
     ("first start", "first start", True), ("ann", "first start", False)],
)  # fmt: skip
def test_who_cannot_be_told_apart_is_the_same(operator, recorded, same):
    assert sensitive.same_account(operator, recorded) is same
