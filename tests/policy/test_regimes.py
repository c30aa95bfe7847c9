"""The laws that are data decide as they are written: permit, deny, expiry, boundary, overlap with the library's."""

from __future__ import annotations

import copy
import json

import pytest

from proxy.catalog.load import data_document
from proxy.catalog.models import RegistryDocument
from proxy.errors import ConfigurationError
from proxy.policy.decision import grid, parties
from proxy.runtime.resources import shipped

LEGAL = json.loads((shipped("policies") / "data" / "legal.json").read_text())
DAY = "2026-12-15"
INSTRUMENT = {"targets": ["us"], "status": "signed", "signed_on": "2026-11-20"}


def target(places, **more):
    entry = {
        "provider": "house", "operator": "third_party", "deployment": "regional", "processing_regions": places,
        "storage_regions": places, "operations": ["chat"], "retention_days": 0, "training_use": False,
        "dpa": {"status": "signed"},
    }  # fmt: skip
    return {**entry, **more}


REGISTRY = {
    "as_of": "2026-12-01",
    "providers": {"house": {"legal_name": "House", "parent_country": "FR", "doj_covered_person": False}},
    "targets": {
        **{code.lower(): target([code]) for code in "US FR GB CN BR CH ZA IN CA-ON KZ".split()},
        "nodpa": {key: value for key, value in target(["US"]).items() if key != "dpa"},
    },
    "tenants": {"acme": {"establishments": ["DE"]}},
    "activities": {"faq": {"purpose": "p", "legal_basis": "A6-1-b", "art9": "A9-2-h"}},
}


def document(origin, *instruments):
    registry = copy.deepcopy(REGISTRY)
    registry["tenants"]["acme"] = {"establishments": [origin], "us_person": False, "instruments": list(instruments)}
    return data_document(RegistryDocument.model_validate(registry), LEGAL)


def having(kind, **more):
    return {**INSTRUMENT, "kind": kind, **more}


#: origin, target, day, instruments, categories -> mechanism, "" for a denial for want of one
CASES = [
    ("IN", "us", DAY, [], [], "in-dpdp:S16-1"),
    ("JP", "fr", DAY, [], [], "jp-appi:A28-1a"),
    ("JP", "gb", DAY, [], [], "jp-appi:A28-1a"),
    ("JP", "us", DAY, [], [], ""),
    ("JP", "us", DAY, [having("jp_equivalent", checked_on="2026-01-02")], [], "jp-appi:A28-1b"),
    ("JP", "us", "2027-01-02", [having("jp_equivalent", checked_on="2026-01-02")], [], "jp-appi:A28-1b"),
    ("JP", "us", "2027-01-03", [having("jp_equivalent", checked_on="2026-01-02")], [], ""),
    ("JP", "us", DAY, [having("jp_equivalent")], [], ""),
    ("KR", "fr", DAY, [], [], "kr-pipa:A28-8-1-5"),
    ("KR", "fr", DAY, [], ["national_id"], ""),
    ("KR", "fr", DAY, [], ["financial"], ""),
    ("KR", "gb", DAY, [], [], ""),
    ("KR", "us", DAY, [having("kr_disclosed_contract")], [], "kr-pipa:A28-8-1-3"),
    ("KR", "us", DAY, [having("kr_certified_recipient")], [], "kr-pipa:A28-8-1-4"),
    ("TR", "us", DAY, [], [], ""),
    ("TR", "fr", DAY, [], [], ""),
    ("TR", "us", DAY, [having("tr_standard_contract", signed_on="2026-12-10", due_on="2026-12-17")], [], "tr-kvkk:A9-4-c"),
    ("TR", "us", "2026-12-18", [having("tr_standard_contract", due_on="2026-12-17")], [], ""),
    ("TR", "us", "2026-12-18", [having("tr_standard_contract", due_on="2026-12-17", filed_on="2026-12-16")], [], "tr-kvkk:A9-4-c"),
    ("TR", "us", DAY, [having("tr_bcr")], [], "tr-kvkk:A9-4-b"),
    ("EG", "us", DAY, [], [], ""),
    ("EG", "us", DAY, [having("eg_licence")], [], "eg-pdpl:A14"),
    ("EG", "us", DAY, [having("eg_licence", status="revoked")], [], ""),
    ("CL", "us", "2026-11-30", [], [], "none-known"),
    ("CL", "us", "2026-12-01", [], [], ""),
    ("CL", "us", "2026-12-01", [having("cl_clauses")], [], "cl-ley:A27-clauses"),
    ("CL", "us", DAY, [having("cl_bcr")], [], "cl-ley:A27-bcr"),
    ("CL", "us", DAY, [having("cl_clauses", expires="2026-12-14")], [], ""),
    ("CL", "us", DAY, [having("cl_clauses", targets=["fr"])], [], ""),
    ("SG", "us", DAY, [having("sg_contract", places=["US"])], [], "sg-pdpa:R11-contract"),
    ("SG", "us", DAY, [having("sg_contract", places=["IN"])], [], ""),
    ("SG", "us", DAY, [], [], ""),
    ("SG", "us", DAY, [having("sg_certified_recipient")], [], "sg-pdpa:R12-certified"),
    ("AU", "us", DAY, [having("au_contract")], [], "au-app:P8-1"),
    ("AU", "us", DAY, [], [], ""),
    ("NZ", "us", DAY, [], [], "nz-pa:S11"),
    ("NZ", "nodpa", DAY, [], [], ""),
    ("ZA", "us", DAY, [], [], ""),
    ("ZA", "us", DAY, [having("za_agreement")], [], "za-popia:S72-1-a"),
    ("ZA", "us", DAY, [having("za_agreement")], ["health"], ""),
    ("ZA", "us", DAY, [having("za_agreement"), having("za_prior_authorisation")], ["health"], "za-popia:S72-1-a"),
    ("IL", "us", DAY, [having("il_contract")], [], ""),
    ("IL", "us", DAY, [having("il_contract"), having("il_undertaking")], [], "il-reg:R2-4"),
    ("CA-ON", "us", DAY, [], [], "ca-pipeda:P4-1-3"),
    ("CA-ON", "nodpa", DAY, [], [], ""),
    ("CA-AB", "ca-on", DAY, [], [], None),
    ("HK", "us", DAY, [], [], "hk-pdpo:S33"),
    ("TW", "us", DAY, [], [], "tw-pdpa:A21"),
    ("TW", "cn", DAY, [], [], ""),
    ("TH", "us", DAY, [], [], ""),
    ("TH", "us", DAY, [having("th_safeguards")], [], "th-pdpa:S29-safeguards"),
    ("VN", "us", DAY, [having("vn_dossier", due_on="2027-01-20")], [], "vn-pdpl:dossier"),
    ("VN", "us", "2027-01-21", [having("vn_dossier", due_on="2027-01-20")], [], ""),
    ("ID", "us", DAY, [], [], ""),
    ("ID", "us", DAY, [having("id_safeguards")], [], "id-pdp:A56-3"),
    ("MY", "us", DAY, [having("my_tia", checked_on="2023-12-16")], [], "my-pdpa:S129-2"),
    ("MY", "us", DAY, [having("my_tia", checked_on="2023-12-15")], [], ""),
    ("MY", "us", DAY, [having("my_contract")], [], "my-pdpa:S129-3-f"),
    ("PH", "us", DAY, [], [], "ph-dpa:S21"),
    ("PH", "nodpa", DAY, [], [], ""),
    ("NG", "us", DAY, [], [], ""),
    ("NG", "us", DAY, [having("ng_approved_instrument")], [], "ng-ndpa:S42"),
    ("KE", "us", DAY, [having("ke_safeguards")], [], "ke-dpa:S48"),
    ("KE", "us", DAY, [having("ke_safeguards")], ["health"], ""),
    ("KE", "us", DAY, [having("ke_safeguards"), having("ke_consent")], ["health"], "ke-dpa:S48"),
    ("QA", "us", DAY, [], [], "qa-law:A15"),
    ("QA", "us", DAY, [], ["health"], ""),
    ("QA", "us", DAY, [having("qa_permit")], ["health"], "qa-law:A15"),
    ("AE", "us", DAY, [], [], "none-known"),
    ("AR", "fr", DAY, [], [], "ar-ley:A12-list"),
    ("AR", "us", DAY, [], [], ""),
    ("AR", "us", DAY, [having("ar_clauses")], [], "ar-ley:clauses"),
    ("CO", "us", DAY, [], [], "co-ley:transmision"),
    ("MX", "us", DAY, [], [], "mx-ley:remision"),
    ("MX", "nodpa", DAY, [], [], ""),
    ("KZ", "us", DAY, [], [], "none-known"),
    ("KZ", "kz", DAY, [], [], None),
    ("US", "fr", DAY, [], [], None),
]  # fmt: skip


def asked(origin, to, day, categories):
    question = next(q for q in grid.questions(document(origin), f"{day}T10:00:00Z") if q["phase"] == "request")
    entities = [{"type": "PERSON", "count": 1, "max_confidence": 0.9, "paths": ["m"], "subject_role": "unknown"}]
    return {
        **question,
        "activity": {"id": "faq"}, "tenant": {"id": "acme"},
        "operation": {"name": "chat", "stream": False, "stateful": False, "tools": False},
        "data_subjects": {"regions": [{"code": origin, "source": "declared", "confidence": 1.0}], "region_status": "known", "minor": "no", "restricted": False},
        "classification": {**question["classification"], "status": "complete", "coverage": 1.0, "opaque_parts": [], "entities": entities, "categories": ["personal", *categories]},
        "candidates": [{"target": to, "rank": 0, "available": True}],
    }  # fmt: skip


def named(case):
    origin, to, day, instruments, categories, mechanism = case
    return f"{origin} to {to} on {day} with {[i['kind'] for i in instruments]} {categories}: {mechanism}"


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_law_that_is_data_decides_as_it_is_written(ask, case):
    origin, to, day, instruments, categories, mechanism = case
    data = {**document(origin, *instruments), "as_of": day}
    cases = [{"input_document": asked(origin, to, day, categories)}]
    (verdict,) = ask({"do": "cases", "cases": cases, "data": data})["decisions"][0]["targets"]
    found = {each["mechanism"] for each in verdict["transfers"]}
    if mechanism == "":
        assert "TRANSFER_NO_BASIS" in verdict["denials"]
    elif verdict["permit"]:
        assert found == ({mechanism} if mechanism else set())
    else:
        assert (categories, verdict["denials"]) == (["health"], ["SPECIAL_CATEGORY_LOCAL_ONLY"])


def test_every_law_has_a_case_that_permits_or_records_and_its_sources():
    met = {case[0][:2] for case in CASES}
    for regime in LEGAL["regimes"].values():
        assert {code[:2] for code in regime["scope"]} <= met
        assert regime["sources"]


def test_laws_intersect(ask):
    data = document("CL")
    data["tenants"]["acme"]["establishments"] = ["DE", "CL"]
    cases = [{"input_document": asked("CL", "us", DAY, [])}]
    (verdict,) = ask({"do": "cases", "cases": cases, "data": data})["decisions"][0]["targets"]
    assert not verdict["permit"]


def test_an_instrument_that_no_law_knows_is_refused():
    with pytest.raises(
        ConfigurationError, match="'cl_clause' is not an instrument of any regime; known are ae_contract"
    ):
        document("CL", having("cl_clause"))


def test_an_establishment_of_which_no_law_is_known_is_warned_of():
    assert [warning.partition(":")[0] for warning in parties.lawless(document("KZ"))] == ["tenants.acme.establishments"]
    assert [
        code for code in ("DE", "GB", "CL", "CA-QC", "CA-ON", "US-CA", "RE") if list(parties.lawless(document(code)))
    ] == []
    assert list(parties.lawless(document("AE"))) != []


def test_a_law_of_nowhere_needs_data_alone(ask):
    """A fictitious regime, with a list, an instrument and a restricted place, and the grid asks about its origin."""
    law = {
        "name": "Act", "scope": ["KZ"], "home": ["KZ"], "from": "2026-01-01", "mode": "enforce", "citation": ["Act s. 1"], "restricted": ["CN"],
        "ladder": [{"mechanism": "kz-act:list", "places": [{"code": "EEA", "from": "2026-01-01"}]}, {"mechanism": "kz-act:contract", "needs": ["kz_contract"]}],
        "sources": [{"mark": "open", "title": "fictitious", "checked": "2026-01-01"}],
    }  # fmt: skip
    registry = copy.deepcopy(REGISTRY)
    registry["tenants"]["acme"] = {
        "establishments": ["KZ"],
        "instruments": [having("kz_contract", targets=["us", "cn"])],
    }
    data = data_document(RegistryDocument.model_validate(registry), {**LEGAL, "regimes": {"KZACT": law}})
    cases = [{"input_document": asked("KZ", to, DAY, [])} for to in ("fr", "us", "cn", "in")]
    decisions = ask({"do": "cases", "cases": cases, "data": data})["decisions"]
    found = [[*(each["mechanism"] for each in one["targets"][0]["transfers"])] for one in decisions]
    assert found == [["kz-act:list"], ["kz-act:contract"], [], []]
    assert any(
        r["code"] == "KZ" for q in grid.questions(data, f"{DAY}T10:00:00Z") for r in q["data_subjects"]["regions"]
    )


@pytest.mark.parametrize(("day", "refused"), [("2026-12-01", False), ("2026-12-02", True)])
def test_imagery_of_abuse_is_a_prohibited_practice_from_its_day(ask, day, refused):
    registry = copy.deepcopy(REGISTRY)
    registry["activities"]["faq"]["ai_practices"] = ["child_abuse_imagery"]
    data = {**data_document(RegistryDocument.model_validate(registry), LEGAL), "as_of": day}
    decision = ask({"do": "cases", "cases": [{"input_document": asked("DE", "fr", day, [])}], "data": data})[
        "decisions"
    ][0]
    assert ("AI_ACT_PROHIBITED" in decision["block_codes"]) is refused


def test_a_practice_that_the_law_does_not_list_is_refused():
    registry = copy.deepcopy(REGISTRY)
    registry["activities"]["faq"]["ai_practices"] = ["scoring"]
    with pytest.raises(
        ConfigurationError, match=r"activities\.faq\.ai_practices: unknown practice 'scoring'; known are "
    ):
        data_document(RegistryDocument.model_validate(registry), LEGAL)
