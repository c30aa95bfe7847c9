from __future__ import annotations

import pytest

from proxy.catalog import documents
from proxy.catalog.load import data_document, legal_data
from proxy.catalog.models import RegistryDocument
from proxy.runtime.resources import shipped
from testing.evidence_words import put, refusal

REGISTRY = {
    "providers": {"house": {"legal_name": "House", "parent_country": "FR", "subprocessors": [{"name": "S", "country": "IN"}]}},
    "targets": {
        "house": {
            "provider": "house", "operator": "third_party", "deployment": "regional", "processing_regions": ["IE", "US-CA"],
            "scc": {"module": "2", "status": "signed"}, "dpa": {"status": "signed", "signed_on": "2026-01-01"},
        }
    },
    "tenants": {"acme": {"establishments": ["DE", "CA-QC"], "age_gate": "adult"}},
    "activities": {"faq": {"purpose": "dpv:CustomerCare", "legal_basis": "A6-1-b"}},
    "exceptions": [{"id": "x", "waives": ["STATEFUL_STORAGE"], "approved_by": ["anna", "bob"], "expires": "2027-01-01"}],
    "reviewed_origins": [{"country": "KZ", "who": "Anna", "until": "2027-01-01", "note": "no rule on transfers"}],
}  # fmt: skip


def test_the_registry_of_these_tests_is_valid():
    documents.valid(REGISTRY, RegistryDocument, "")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("tenants/acme/establishments/0", "UK", "write GB"),
        ("tenants/acme/establishments/0", "EL", "write GR"),
        ("tenants/acme/establishments/0", "EU", "list its member states"),
        ("tenants/acme/establishments/0", "ZZ", "'ZZ' is not a country or part of one"),
        ("tenants/acme/establishments/0", "de", "is not a country or part of one"),
        ("tenants/acme/establishments/0", "CA-QU", "is not a part of CA"),
        ("tenants/acme/establishments/0", "US-XX", "is not a part of US"),
        ("tenants/acme/intra_group", ["UK"], "write GB"),
        ("tenants/acme/age_gate", "children", "'children_service'"),
        ("tenants/acme/us_persons", False, "us_persons"),
        ("targets/house/processing_regions/0", "EEA", "list its member states"),
        ("targets/house/support_access_regions", ["XX"], "is not a country"),
        ("targets/house/scc/module", "C2P", "'1', '2', '3' or '4'"),
        ("targets/house/dpa/status", "sgined", "'signed'"),
        ("targets/house/dpa/expires", "next year", "expires"),
        ("providers/house/parent_country", "China", "'China' is not a country"),
        ("providers/house/parent_country", "UK", "write GB"),
        ("providers/house/subprocessors/0/country", "India", "'India' is not a country"),
        ("providers/house/subprocessors/0/since", "2020-13-01", "since"),
        ("providers/house/scope_flags", ["pipeda"], "'pipeda_commercial'"),
        ("activities/faq/legal_basis", "consent", "A6-1-a (consent)"),
        ("activities/faq/legal_basis", "TBD", "is not a legal basis"),
        ("activities/faq/legal_basis", "A6-1-g", "is not a legal basis"),
        ("activities/faq/legal_basis", "", "is not a legal basis"),
        ("activities/faq/art9", "explicit consent", "A9-2-a"),
        ("activities/faq/art9", "A9-2-k", "is not a condition for special categories"),
        ("activities/faq/art10", "yes", "national_law:DE"),
        ("activities/faq/art49", "consent", "A49-1-a"),
        ("activities/faq/hipaa_basis", "TPO", "'treatment'"),
        ("activities/faq/ai_act", "none", "'minimal'"),
        ("exceptions/0/approved_by", ["anna", "Anna"], "two people must approve"),
        ("exceptions/0/approved_by", ["anna", " anna "], "two people must approve"),
        ("exceptions/0/approved_by", ["anna", ""], "two people must approve"),
        ("reviewed_origins/0/country", "UK", "write GB"),
        ("reviewed_origins/0/country", "KZ-ALA", "is not a country"),
        ("reviewed_origins/0/who", "tbd", "'tbd' is nobody"),
        ("reviewed_origins/0/who", "\u0410nna", "look alike"),
        ("reviewed_origins/0/until", "2027", "until"),
        ("reviewed_origins/0/note", "", "note"),
        ("reviewed_origins/0/by", "Anna", "by"),
    ],
)
def test_a_mistyped_word_of_the_registry_is_refused_with_its_path_and_a_remedy(path, value, message):
    refused = refusal(put(REGISTRY, path, value), RegistryDocument)
    assert message in refused
    assert refused.startswith(path.split("/")[0])


def test_all_faults_are_named_at_once():
    document = put(put(REGISTRY, "tenants/acme/establishments", ["UK", "EU"]), "activities/faq/legal_basis", "TBD")
    assert len(refusal(document, RegistryDocument).splitlines()) == 3


@pytest.mark.parametrize(
    ("tenant", "us_person"),
    [
        ({"establishments": ["DE"]}, False),
        ({"establishments": ["DE", "US-TX"]}, True),
        ({"establishments": ["US"], "us_person": False}, False),
        ({"establishments": ["DE"], "us_person": True}, True),
    ],
)
def test_whoever_has_an_establishment_there_is_a_us_person_unless_it_is_said(tenant, us_person):
    registry = documents.valid(put(REGISTRY, "tenants/acme", tenant), RegistryDocument, "")
    document = data_document(registry, legal_data(shipped("policies")))
    assert document["tenants"]["acme"]["us_person"] is us_person
